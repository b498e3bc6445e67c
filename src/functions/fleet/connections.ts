// GET /connections: the connections of the installation, page by page, with filters. Without timelines; GET of one linker has it. Sorted, counted by state or as
// CSV they are read as a whole; otherwise a page reads no more than it shows, in the order of keys.
import type { HttpResponseInit } from '@azure/functions'
import type { InvalidTag } from '../../model/invalid-tag.ts'
import type { Key } from '../../model/loop.ts'
import { sameId } from '../../model/resource-id.ts'
import { badRequest, json } from '../http/answers.ts'
import type { Call } from '../http/call.ts'
import { numberIn } from '../http/query.ts'
import { invalidLinkerOf } from '../linkers/invalid-tags.ts'
import { type Known, progressIn } from '../linkers/known.ts'
import { toResponse } from '../linkers/linker-answers.ts'
import { csvOf } from './connections-csv.ts'
import { type Conditions, conditionsIn, filters, invalidTagsFor, knownConnections, passes } from './fleet.ts'

const others = ['state', 'top', 'after', 'sort', 'counts', 'format'] as const
export const filterNames: readonly string[] = [...Object.keys(filters), ...others]

export async function listConnections(call: Call): Promise<HttpResponseInit> {
  const query = parsed(call.url.searchParams)
  if (query.format === 'csv') return await asCsv(call, query)
  return query.sort !== undefined || query.counts ? await whole(call, query) : await page(call, query)
}

/** One of them, with what its page shows. */
type Row = { readonly key: Key; readonly state: string; readonly known?: Known; readonly tag?: InvalidTag }

async function* rowsOf(call: Call, { conditions, states }: Query, after?: Key): AsyncIterable<Row> {
  const has = (state: string): boolean => states.length === 0 || states.some((one) => sameId(one, state))
  for await (const known of knownConnections(call, ({ self }) => passes(self, conditions), after)) {
    const state = progressIn(known, call.services).status
    if (has(state)) yield { key: known.self.key, state, known }
  }
}

/** A tag whose name is that of a connection is shown by the connection. */
async function tagRows({ services }: Call, { conditions, states }: Query): Promise<readonly Row[]> {
  if (states.length > 0 && !states.some((one) => sameId(one, 'Failed'))) return []
  const rows: Row[] = []
  for (const tag of await invalidTagsFor(services.store, conditions))
    if (!(await services.store.read(tag.connection))) rows.push({ key: tag.connection.key, state: 'Failed', tag })
  return rows
}

/** Invalid tags follow after all connections, and pages among them continue after such a key. */
const tagsFrom = '~'

async function page(call: Call, query: Query): Promise<HttpResponseInit> {
  const { top, after } = query
  const rows: Row[] = []
  const full = (): HttpResponseInit => {
    const last = rows.at(-1)
    return answer(call, rows, last && `${last.tag ? tagsFrom : ''}${last.key}`)
  }
  if (!after?.startsWith(tagsFrom))
    for await (const row of rowsOf(call, query, after as Key | undefined)) {
      if (rows.length === top) return full()
      rows.push(row)
    }
  const behind = after?.startsWith(tagsFrom) ? after.slice(tagsFrom.length) : ''
  for (const row of await tagRows(call, query)) {
    if (row.key <= behind) continue
    if (rows.length === top) return full()
    rows.push(row)
  }
  return answer(call, rows)
}

async function whole(call: Call, query: Query): Promise<HttpResponseInit> {
  const rows = await all(call, query)
  const counts = Object.fromEntries([...Map.groupBy(rows, ({ state }) => state)].map(([state, some]) => [state, some.length]))
  const { sort, top } = query
  const sorted = sort === undefined ? rows : [...rows].sort(by(sort))
  const start = Number(query.after ?? 0)
  const shown = sorted.slice(start, start + top)
  const end = start + shown.length
  return answer(call, shown, end < sorted.length ? String(end) : undefined, query.counts ? { count: rows.length, counts } : {})
}

async function all(call: Call, query: Query): Promise<readonly Row[]> {
  const rows: Row[] = []
  for await (const row of rowsOf(call, query)) rows.push(row)
  return [...rows, ...(await tagRows(call, query))]
}

async function asCsv(call: Call, query: Query): Promise<HttpResponseInit> {
  const rows = (await all(call, query)).flatMap(({ known, state }) => (known ? [{ known, state }] : []))
  const headers = { 'content-type': 'text/csv; charset=utf-8', 'content-disposition': 'attachment; filename="connections.csv"' }
  return { status: 200, headers: { ...headers, 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }, body: csvOf(rows) }
}

const sortable: Readonly<Record<string, (row: Row) => string>> = {
  name: ({ known, tag }) => known?.self.name ?? tag?.name ?? '',
  state: ({ state }) => state,
  cluster: ({ known, tag }) => known?.self.cluster.id ?? tag?.connection.id ?? '',
  namespace: ({ known, tag }) => known?.self.namespace ?? tag?.namespace ?? '',
  target: ({ known }) => known?.self.targetId ?? '',
  type: ({ known }) => known?.self.type ?? '',
  auth: ({ known }) => known?.self.auth ?? '',
  created: ({ known }) => known?.systemData.createdAt ?? '',
  changed: ({ known }) => known?.systemData.lastModifiedAt ?? '',
}

/** `-changed`: the newest first. Equal ones by key, so that pages neither repeat nor skip. */
function by(sort: string): (a: Row, b: Row) => number {
  const of = sortable[sort.replace(/^-/, '')] ?? (() => '')
  const direction = sort.startsWith('-') ? -1 : 1
  return (a, b) => {
    const [first, second] = [of(a).toLowerCase(), of(b).toLowerCase()]
    if (first !== second) return first < second ? -direction : direction
    return a.key < b.key ? -1 : 1
  }
}

function answer({ services, url, origin }: Call, rows: readonly Row[], after?: string, more: object = {}): HttpResponseInit {
  const value = rows.map(({ known, tag }) =>
    known ? toResponse(known, progressIn(known, services), services, 'in a list') : tag ? invalidLinkerOf(tag) : {},
  )
  if (after === undefined) return json(200, { value, ...more })
  const next = new URL(`${origin}${url.pathname}${url.search}`)
  next.searchParams.set('after', after)
  return json(200, { value, ...more, nextLink: next.href })
}

type Query = {
  readonly conditions: Conditions
  readonly states: readonly string[]
  readonly top: number
  readonly after?: string
  readonly sort?: string
  readonly counts: boolean
  readonly format: 'json' | 'csv'
}

function parsed(params: URLSearchParams): Query {
  const conditions = conditionsIn(params, others)
  const top = numberIn(params, 'top', { from: 1, to: 1000, otherwise: 200 })
  const [after, sort, format, counts] = ['after', 'sort', 'format', 'counts'].map((name) => params.get(name))
  if (sort && !Object.hasOwn(sortable, sort.replace(/^-/, '')))
    throw badRequest('InvalidQuery', `sort must be one of: ${Object.keys(sortable).join(', ')}; with - in front in the other direction.`)
  if (format && format !== 'json' && format !== 'csv') throw badRequest('InvalidQuery', 'format must be json or csv.')
  if (counts && counts !== 'true' && counts !== 'false') throw badRequest('InvalidQuery', 'counts must be true or false.')
  const isWhole = Boolean(sort) || counts === 'true'
  if (after && !(isWhole ? /^\d{1,9}$/ : /^~?[a-z2-7]{26}$/).test(after))
    throw badRequest('InvalidQuery', 'after must come from the nextLink of the page before.')
  return {
    conditions,
    states: params.getAll('state'),
    top,
    counts: counts === 'true',
    format: format === 'csv' ? 'csv' : 'json',
    ...(after ? { after } : {}),
    ...(sort ? { sort } : {}),
  }
}
