// GET /connections: all connections of the installation, page by page, with filters. Without timelines; GET of one linker has it.
import type { HttpResponseInit } from '@azure/functions'
import { mapConcurrent } from '../contract/map-concurrent.ts'
import type { InvalidTag } from '../model/invalid-tag.ts'
import { sameId } from '../model/resource-id.ts'
import type { LoopRow } from '../ports/store.ts'
import { badRequest, json } from './answers.ts'
import type { Call } from './call.ts'
import { invalidLinkerOf } from './invalid-tags.ts'
import { type Known, progressIn, reader } from './known.ts'
import { toResponse } from './linker-answers.ts'
import { numberIn } from './query.ts'

type Self = NonNullable<LoopRow['self']>
const filters: Readonly<Record<string, (self: Self, desired: string) => boolean>> = {
  cluster: ({ cluster }, desired) => sameId(cluster.id, desired),
  target: ({ target, targetId }, desired) => sameId(target.id, desired) || sameId(targetId, desired),
  identity: ({ identity }, desired) => identity !== undefined && sameId(identity.id, desired),
  namespace: ({ namespace }, desired) => sameId(namespace, desired),
  type: ({ type }, desired) => sameId(type, desired),
  auth: ({ auth }, desired) => sameId(auth, desired),
  origin: ({ origin }, desired) => sameId(origin, desired),
}
const others = ['state', 'top', 'after']
export const filterNames: readonly string[] = [...Object.keys(filters), ...others]

export async function listConnections({ url, origin, services }: Call): Promise<HttpResponseInit> {
  const query = parsed(url.searchParams)
  const read = reader(services.store, services.steps)
  const wires: object[] = []
  let last: string | undefined
  // Rows are ordered by key, so a page continues after the last key of the previous one.
  const keys = new Set<string>()
  const nextLink = (): string => {
    const next = new URL(`${origin}${url.pathname}${url.search}`)
    next.searchParams.set('after', last ?? '')
    return next.href
  }
  for await (const rows of batches(remembered(services.store.connections(), keys), 50, (row) => passes(row, query))) {
    const known = await mapConcurrent(rows, 16, (row) => read(row.loop.key))
    for (const one of known) {
      if (!one) continue
      const progress = progressIn(one, services)
      if (query.state !== undefined && !sameId(progress.status, query.state)) continue
      if (wires.length === query.top) return json(200, { value: wires, nextLink: nextLink() })
      wires.push(toResponse(one, progress, services, 'in a list'))
      last = keyIn(one)
    }
  }
  for (const tag of await invalidTags(services.store.invalidTags(), keys, query)) {
    if (wires.length === query.top) return json(200, { value: wires, nextLink: nextLink() })
    wires.push(invalidLinkerOf(tag))
    last = `${tagsFrom}${tag.connection.key}`
  }
  return json(200, { value: wires })
}

/** Invalid tags follow after all connections, and pages among them continue after such a key. */
const tagsFrom = '~'

async function invalidTags(all: AsyncIterable<InvalidTag>, keys: ReadonlySet<string>, query: Query): Promise<readonly InvalidTag[]> {
  if (query.state !== undefined && !sameId(query.state, 'Failed')) return []
  const after = query.after?.startsWith(tagsFrom) ? query.after.slice(tagsFrom.length) : ''
  const found: InvalidTag[] = []
  for await (const tag of all) {
    const { connection, namespace = '' } = tag
    const self = {
      cluster: { id: connection.id.split('/providers/Microsoft.ServiceLinker/')[0] },
      namespace,
      origin: tag.origin ?? 'tag',
      type: '',
      auth: '',
    }
    const passes = query.conditions.every(([name, desired]) =>
      ['cluster', 'namespace', 'origin'].includes(name) ? (filters[name]?.(self as never, desired) ?? false) : false,
    )
    if (passes && !keys.has(connection.key) && connection.key > after) found.push(tag)
  }
  return found.sort((a, b) => (a.connection.key < b.connection.key ? -1 : 1))
}

async function* remembered(rows: AsyncIterable<LoopRow>, keys: Set<string>): AsyncIterable<LoopRow> {
  for await (const row of rows) {
    if (row.self) keys.add(row.self.key)
    yield row
  }
}

const keyIn = (known: Known): string => known.self.key

type Query = {
  readonly conditions: readonly (readonly [string, string])[]
  readonly state?: string
  readonly top: number
  readonly after?: string
}

function parsed(params: URLSearchParams): Query {
  const unknown = [...params.keys()].filter((name) => !filterNames.includes(name) && name !== 'api-version')
  if (unknown.length > 0)
    throw badRequest('InvalidQuery', `The filter '${unknown[0]?.slice(0, 40)}' is not known. Write one of: ${filterNames.join(', ')}.`)
  const top = numberIn(params, 'top', { from: 1, to: 1000, otherwise: 200 })
  const after = params.get('after')
  if (after !== null && !/^~?[a-z2-7]{26}$/.test(after))
    throw badRequest('InvalidQuery', 'after must come from the nextLink of the page before.')
  const state = params.get('state')
  const conditions = [...params].filter(([name]) => Object.hasOwn(filters, name))
  return { conditions, top, ...(state === null ? {} : { state }), ...(after === null ? {} : { after }) }
}

function passes({ self, loop }: LoopRow, { conditions, after }: Query): boolean {
  if (!self || (after !== undefined && (after.startsWith(tagsFrom) || loop.key <= after))) return false
  return conditions.every(([name, desired]) => filters[name]?.(self, desired) ?? false)
}

async function* batches<T>(items: AsyncIterable<T>, size: number, keep: (item: T) => boolean): AsyncIterable<readonly T[]> {
  let batch: T[] = []
  for await (const item of items) {
    if (!keep(item)) continue
    batch.push(item)
    if (batch.length < size) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}
