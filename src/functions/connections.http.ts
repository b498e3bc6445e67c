// GET /connections: all connections of the installation, page by page, with filters. Without timelines; GET of one linker has it.
import { app, type HttpRequest, type HttpResponseInit, type InvocationContext } from '@azure/functions'
import type { BadTag } from '../domain/bad-tag.ts'
import { sameId } from '../domain/resource-id.ts'
import type { LoopRow } from '../steps/store.ts'
import { answering, badRequest, json } from './answers.ts'
import { badLinkerOf } from './bad-tags.ts'
import { callerOf, readers } from './callers.ts'
import type { DoorsOf } from './doors.ts'
import { type Known, progressIn, reader } from './known.ts'
import { wireOf } from './linkers.ts'
import { originOf } from './origin.ts'
import { paced } from './paced.ts'

export function registerConnections(doors: DoorsOf): void {
  app.http('connections', { route: 'connections', methods: ['GET'], authLevel: 'anonymous', handler: connections(doors) })
}

type Self = NonNullable<LoopRow['self']>
const filters: Readonly<Record<string, (self: Self, wanted: string) => boolean>> = {
  cluster: ({ cluster }, wanted) => sameId(cluster.id, wanted),
  target: ({ target, targetId }, wanted) => sameId(target.id, wanted) || sameId(targetId, wanted),
  identity: ({ identity }, wanted) => identity !== undefined && sameId(identity.id, wanted),
  namespace: ({ namespace }, wanted) => sameId(namespace, wanted),
  type: ({ type }, wanted) => sameId(type, wanted),
  auth: ({ auth }, wanted) => sameId(auth, wanted),
  origin: ({ origin }, wanted) => sameId(origin, wanted),
}
const others = ['state', 'top', 'after']

export const connections = (doorsOf: DoorsOf) =>
  answering(async (request: HttpRequest, _context: InvocationContext): Promise<HttpResponseInit> => {
    const doors = doorsOf()
    callerOf(request, doors, readers)
    const url = new URL(request.url)
    const query = parsed(url.searchParams)
    const read = reader(doors.store, doors.steps)
    const wires: object[] = []
    let last: string | undefined
    // Rows come in the order of their keys, so a page goes on after the last key of the one before.
    const keys = new Set<string>()
    const nextLink = (): string => {
      const next = new URL(`${originOf(request, doors.publicUrl)}${url.pathname}${url.search}`)
      next.searchParams.set('after', last ?? '')
      return next.href
    }
    for await (const rows of batches(remembered(doors.store.connections(), keys), 50, (row) => passes(row, query))) {
      const known = await paced(rows, 16, (row) => read(row.loop.key))
      for (const one of known) {
        if (!one) continue
        const progress = progressIn(one, doors)
        if (query.state !== undefined && !sameId(progress.status, query.state)) continue
        if (wires.length === query.top) return json(200, { value: wires, nextLink: nextLink() })
        wires.push(wireOf(one, progress, doors, 'in a list'))
        last = keyIn(one)
      }
    }
    for (const tag of await badTags(doors.store.badTags(), keys, query)) {
      if (wires.length === query.top) return json(200, { value: wires, nextLink: nextLink() })
      wires.push(badLinkerOf(tag))
      last = `${tagsFrom}${tag.connection.key}`
    }
    return json(200, { value: wires })
  })

/** Tags that are not understood come after all connections, and pages among them go on after such a key. */
const tagsFrom = '~'

async function badTags(all: AsyncIterable<BadTag>, keys: ReadonlySet<string>, query: Query): Promise<readonly BadTag[]> {
  if (query.state !== undefined && !sameId(query.state, 'Failed')) return []
  const after = query.after?.startsWith(tagsFrom) ? query.after.slice(tagsFrom.length) : ''
  const found: BadTag[] = []
  for await (const tag of all) {
    const { connection, namespace = '' } = tag
    const self = {
      cluster: { id: connection.id.split('/providers/Microsoft.ServiceLinker/')[0] },
      namespace,
      origin: 'tag',
      type: '',
      auth: '',
    }
    const passes = query.given.every(([name, wanted]) =>
      ['cluster', 'namespace', 'origin'].includes(name) ? (filters[name]?.(self as never, wanted) ?? false) : false,
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
  readonly given: readonly (readonly [string, string])[]
  readonly state?: string
  readonly top: number
  readonly after?: string
}

function parsed(params: URLSearchParams): Query {
  const unknown = [...params.keys()].filter((name) => !Object.hasOwn(filters, name) && !others.includes(name) && name !== 'api-version')
  if (unknown.length > 0)
    throw badRequest(
      'InvalidQuery',
      `The filter '${unknown[0]?.slice(0, 40)}' is not known. Write one of: ${[...Object.keys(filters), ...others].join(', ')}.`,
    )
  const top = Number(params.get('top') ?? 200)
  if (!Number.isInteger(top) || top < 1 || top > 1000) throw badRequest('InvalidQuery', 'top must be a whole number from 1 to 1000.')
  const after = params.get('after')
  if (after !== null && !/^~?[a-z2-7]{26}$/.test(after))
    throw badRequest('InvalidQuery', 'after must come from the nextLink of the page before.')
  const state = params.get('state')
  const given = [...params].filter(([name]) => Object.hasOwn(filters, name))
  return { given, top, ...(state === null ? {} : { state }), ...(after === null ? {} : { after }) }
}

function passes({ self, loop }: LoopRow, { given, after }: Query): boolean {
  if (!self || (after !== undefined && (after.startsWith(tagsFrom) || loop.key <= after))) return false
  return given.every(([name, wanted]) => filters[name]?.(self, wanted) ?? false)
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
