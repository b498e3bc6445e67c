// Checks a JSON value against Microsoft's own description of an ARM resource type. The data in arm-types/ come from the NuGet package
// Azure.Bicep.Types.Az 0.2.972 (MIT), which is generated from the public REST specifications; README.md describes their form.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export type TypeRef =
  | 'string'
  | 'integer'
  | 'boolean'
  | 'any'
  | 'null'
  | { readonly string: string }
  | { readonly enum: readonly string[]; readonly open?: true }
  | { readonly array: TypeRef }
  | { readonly union: readonly TypeRef[] }
  | { readonly ref: string }

type Properties = Readonly<Record<string, { readonly type: TypeRef; readonly flags?: string }>>
type Definition =
  | { readonly object: Properties; readonly additional?: TypeRef }
  | { readonly by: string; readonly base: Properties; readonly cases: Readonly<Record<string, TypeRef>> }
type Action = { readonly input?: TypeRef; readonly output: TypeRef }
export type ResourceDescription = {
  readonly body: TypeRef
  readonly actions?: Readonly<Record<string, Action>>
  readonly types: Readonly<Record<string, Definition>>
}

/** `answer`: what a service returns. `put` and `patch`: what a client sends; a PATCH need not repeat required properties. */
export type Direction = 'answer' | 'put' | 'patch'

type Descriptions = ReadonlyMap<string, ResourceDescription>

/** A file for each namespace, read when the first exchange of the namespace comes. */
const read = new Map<string, Descriptions>()

/** By `<type>@<api-version>` in lower case. */
function descriptionsOf(armType: string): Descriptions {
  const namespace = armType.split('/')[0]?.toLowerCase() ?? ''
  const known = read.get(namespace)
  if (known) return known
  const path = join(import.meta.dirname, 'arm-types', `${namespace}.json`)
  const file = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Readonly<Record<string, ResourceDescription>>) : {}
  const descriptions = new Map(Object.entries(file).map(([name, one]) => [name.toLowerCase(), one]))
  read.set(namespace, descriptions)
  return descriptions
}

/** Whether the data describe the type at any api-version. */
export const isDescribed = (armType: string): boolean =>
  [...descriptionsOf(armType).keys()].some((name) => name.startsWith(`${armType.toLowerCase()}@`))

/** `undefined`: the data do not have the type at this api-version. */
export const describeType = (armType: string, apiVersion: string): ResourceDescription | undefined =>
  descriptionsOf(armType).get(`${armType.toLowerCase()}@${apiVersion.toLowerCase()}`)

/** Where `value` does not fit `type`: one line for each place, as `path: reason`. Empty = it fits. */
export function misfits(type: TypeRef, value: unknown, types: ResourceDescription['types'], direction: Direction, at = ''): string[] {
  if (type === 'any') return []
  if (value === null) return type === 'null' || direction !== 'put' ? [] : [`${at}: null`]
  if (typeof type === 'string') return hasType(type, value) ? [] : [`${at}: ${kindOf(value)} instead of ${type}`]
  if ('string' in type) return typeof value === 'string' ? matching(type.string, value, at) : [`${at}: ${kindOf(value)} instead of string`]
  if ('enum' in type) return enumMisfits(type, value, at)
  if ('array' in type)
    return Array.isArray(value)
      ? value.flatMap((one, index) => misfits(type.array, one, types, direction, `${at}[${index}]`))
      : [`${at}: ${kindOf(value)} instead of array`]
  if ('union' in type) {
    const all = type.union.map((one) => misfits(one, value, types, direction, at))
    return all.find((one) => one.length === 0) ?? all[0] ?? []
  }
  const definition = types[type.ref]
  if (!definition) throw new Error(`The data have no definition of ${type.ref}`)
  if (typeof value !== 'object' || Array.isArray(value)) return [`${at}: ${kindOf(value)} instead of object`]
  return objectMisfits(definition, new Map(Object.entries(value)), types, direction, at)
}

function objectMisfits(
  definition: Definition,
  value: ReadonlyMap<string, unknown>,
  types: ResourceDescription['types'],
  direction: Direction,
  at: string,
): string[] {
  if ('by' in definition) {
    const chosen = definition.cases[String(value.get(definition.by))]
    if (chosen === undefined) return [`${at}.${definition.by}: ${JSON.stringify(value.get(definition.by))} selects no case`]
    return misfits(chosen, Object.fromEntries(value), types, direction, at)
  }
  const { object, additional } = definition
  const known = new Map(Object.entries(object))
  const unknown = [...value.keys()].filter((name) => !known.has(name))
  return [
    ...unknown.flatMap((name) =>
      additional === undefined
        ? [`${at}.${name}: no such property`]
        : misfits(additional, value.get(name), types, direction, `${at}.${name}`),
    ),
    ...[...known].flatMap(([name, { type, flags = '' }]) => {
      const here = `${at}.${name}`
      if (value.has(name) && value.get(name) !== undefined) {
        if (direction === 'answer' && flags.includes('writeOnly') && value.get(name) !== null) return [`${here}: is never returned`]
        return misfits(type, value.get(name), types, direction, here)
      }
      const isMissing = flags.includes('required') && !flags.includes('readOnly') && direction !== 'patch' && !inAddress.has(here)
      return isMissing ? [`${here}: missing`] : []
    }),
  ]
}

/** ARM takes these from the URL, whatever the body says. */
const inAddress: ReadonlySet<string> = new Set(['.name', '.type', '.apiVersion', '.id'])

function enumMisfits({ enum: values, open }: Extract<TypeRef, { enum: unknown }>, value: unknown, at: string): string[] {
  if (typeof value !== 'string') return [`${at}: ${kindOf(value)} instead of ${values.join(' | ')}`]
  // Types in ids and bodies are case-insensitive; ARM echoes several spellings.
  const isKnown = values.some((one) => (at === '.type' ? one.toLowerCase() === value.toLowerCase() : one === value))
  return isKnown || open ? [] : [`${at}: ${JSON.stringify(value)} is none of ${values.join(' | ')}`]
}

const matching = (pattern: string, value: string, at: string): string[] =>
  new RegExp(pattern).test(value) ? [] : [`${at}: does not match ${pattern}`]

function hasType(type: 'string' | 'integer' | 'boolean' | 'null', value: unknown): boolean {
  return type === 'integer' ? Number.isInteger(value) : typeof value === type
}

const kindOf = (value: unknown): string => (Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value)
