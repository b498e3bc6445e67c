// GET /inventory: every object that the app has made or uses, from the ledgers of its loops, page by page, in the order in which it is safe to go: what
// pods read before what it leads to, and clusters last, because only through them the rest can be reached. Of each it says what an uninstallation
// does with it, and why.
import type { HttpResponseInit } from '@azure/functions'
import { defined } from '../../model/defined.ts'
import type { Key, Loop, LoopKind } from '../../model/loop.ts'
import { inside, type LedgerEntry } from '../../model/managed-object.ts'
import type { Store } from '../../ports/store.ts'
import { stepsOf } from '../../steps/program.ts'
import { badRequest, json } from '../http/answers.ts'
import type { Call } from '../http/call.ts'
import { numberIn } from '../http/query.ts'

export const inventoryFilters = ['top', 'after'] as const
const order: readonly LoopKind[] = ['connection', 'identity', 'target', 'cluster']
const place = /^(connection|identity|target|cluster)-([a-z2-7]{26})$/

export async function getInventory({ services, url, origin }: Call): Promise<HttpResponseInit> {
  const params = url.searchParams
  const unknown = [...params.keys()].find((name) => !inventoryFilters.some((one) => one === name) && name !== 'api-version')
  if (unknown !== undefined) throw badRequest('InvalidQuery', `Write no other parameters than ${inventoryFilters.join(' and ')}.`)
  const top = numberIn(params, 'top', { from: 1, to: 1000, otherwise: 200 })
  const after = params.get('after') ?? undefined
  if (after !== undefined && !place.test(after)) throw badRequest('InvalidQuery', 'after must come from the nextLink of the page before.')
  const value: object[] = []
  for await (const loop of loopsAfter(services.store, after)) {
    value.push(...(await objectsOf(loop, services.store)))
    // Whole loops only, so that a page ends where the next one begins.
    if (value.length >= top) return json(200, { value, nextLink: `${origin}/inventory?top=${top}&after=${loop.kind}-${loop.key}` })
  }
  return json(200, { value })
}

async function* loopsAfter(store: Store, after: string | undefined): AsyncIterable<Loop> {
  const [, kind, key] = place.exec(after ?? '') ?? []
  const first = kind === undefined ? 0 : order.indexOf(kind as LoopKind)
  for (const one of order.slice(first)) for await (const { loop } of store.loops(one, one === kind ? (key as Key) : undefined)) yield loop
}

async function objectsOf(loop: Loop, store: Store): Promise<readonly object[]> {
  const view = (await store.read(loop))?.view
  if (!view) return []
  return stepsOf(loop.kind)
    .toReversed()
    .flatMap(({ name }) => view.tracked(name).map((row) => ({ row, step: name })))
    .filter(({ row }) => !inside.has(row.object.kind))
    .map(({ row, step }) => {
      const { kind, summary } = row.object
      const stays = staysBecause(row)
      return defined({ loop: loop.kind, of: loop.id, step, kind, object: summary, ownership: row.ownership, stays })
    })
}

/** `undefined`: it goes with the last connection that needs it. */
function staysBecause({ object, ownership, keptFor }: LedgerEntry): string | undefined {
  if (keptFor) return 'a connection that was removed says onDelete: keep'
  if (ownership === 'adopted') return 'it existed before, or was made by others'
  if (ownership === 'orphaned') return 'it could not be reached, or may not be deleted; the app goes on trying'
  if (object.retain) return 'others may use it'
  return undefined
}
