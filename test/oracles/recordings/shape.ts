// What of an answer can be compared: names and types of its properties, the forms of ids, words of states, and headers that bear meaning.
import { formOf } from './address.ts'
import type { Exchange } from './exchange.ts'

/** Values by what they are about, such as `.properties.tenantId` -> `string`. */
export type Facets = ReadonlyMap<string, ReadonlySet<string>>

/** Objects whose keys are data. */
const maps = new Set([
  'tags',
  'configurationSettings',
  'configurationProtectedSettings',
  'userAssignedIdentities',
  'metadata',
  'customizedKeys',
  'additionalInfo',
])

/** The JSON type of each property. */
export function typesOf(body: unknown): Facets {
  const types = new Map<string, Set<string>>()
  walk(body, '', (at, value) => add(types, at, typeOf(value)))
  return types
}

const wordNames = /^\.(properties\.)?(status|provisioningState)$|^\.(error\.)?code$/
const idNames = /^(\.value\[\])?\.(id|type)$/

/** States, error codes, and the forms of `id` and `type`. */
export function wordsOf({ body, path }: Exchange): Facets {
  const words = new Map<string, Set<string>>()
  walk(body, '', (at, value) => {
    if (typeof value !== 'string') return
    if (wordNames.test(at)) add(words, at, value)
    if (idNames.test(at)) add(words, at, formOf(value, versionOf(path)))
  })
  return words
}

const addresses = ['azure-asyncoperation', 'location']
const byPresence = ['retry-after', 'x-ms-failure-cause', 'www-authenticate']

/** Forms of addresses and of the ETag, the media type, and which others are there. */
export function headersOf({ headers, path, body }: Exchange): Facets {
  const found = new Map<string, Set<string>>()
  for (const name of addresses) if (headers[name]) add(found, name, formOf(headers[name], versionOf(path)))
  for (const name of byPresence) if (headers[name]) add(found, name, 'provided')
  if (headers['etag']) add(found, 'etag', headers['etag'].startsWith('W/') ? 'weak' : 'strong')
  const media = headers['content-type']?.split(';')[0]
  // Recordings keep the media type of some empty bodies, which says nothing.
  if (media && body !== '' && body !== undefined) add(found, 'content-type', media)
  return found
}

export const versionOf = (path: string): string => /[?&]api-version=([^&]*)/i.exec(path)?.[1] ?? ''

function walk(value: unknown, at: string, visit: (at: string, value: unknown) => void): void {
  if (at !== '') visit(at, value)
  if (Array.isArray(value)) for (const one of value) walk(one, `${at}[]`, visit)
  else if (typeof value === 'object' && value !== null && !maps.has(at.slice(at.lastIndexOf('.') + 1)))
    for (const [name, one] of Object.entries(value)) walk(one, `${at}.${name}`, visit)
}

function add(to: Map<string, Set<string>>, name: string, value: string): void {
  const values = to.get(name) ?? new Set()
  to.set(name, values.add(value))
}

const typeOf = (value: unknown): string =>
  value === null ? 'null' : value === '' ? 'string' : Array.isArray(value) ? 'array' : typeof value

/** All that several answers say. */
export function union(all: readonly Facets[]): Facets {
  const whole = new Map<string, Set<string>>()
  for (const one of all) for (const [name, values] of one) for (const value of values) add(whole, name, value)
  return whole
}
