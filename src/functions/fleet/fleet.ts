// The connections of the installation, read once with filters: what `GET /connections` pages through, counts, sorts and writes as CSV, and what `GET /graph` draws.
import { mapConcurrent } from '../../contract/map-concurrent.ts'
import type { InvalidTag } from '../../model/invalid-tag.ts'
import { parseResourceId, sameId } from '../../model/resource-id.ts'
import type { LoopRow } from '../../ports/rows.ts'
import type { Store } from '../../ports/store.ts'
import { badRequest } from '../http/answers.ts'
import type { Call } from '../http/call.ts'
import { oneOfEachName } from '../linkers/invalid-tags.ts'
import { type Known, reader } from '../linkers/known.ts'

export type Self = NonNullable<LoopRow['self']>
type Filter = (self: Self, wanted: string) => boolean

export const filters: Readonly<Record<string, Filter>> = {
  cluster: ({ cluster }, wanted) => sameId(cluster.id, wanted),
  target: ({ target, targetId }, wanted) => sameId(target.id, wanted) || sameId(targetId, wanted),
  identity: ({ identity }, wanted) => identity !== undefined && sameId(identity.id, wanted),
  namespace: ({ namespace }, wanted) => sameId(namespace, wanted),
  type: ({ type }, wanted) => sameId(type, wanted),
  auth: ({ auth }, wanted) => sameId(auth, wanted),
  origin: ({ origin }, wanted) => sameId(origin, wanted),
  subscription: ({ cluster }, wanted) => sameId(parseResourceId(cluster.id)?.subscription ?? '', wanted),
  name: ({ name }, wanted) => sameId(name, wanted),
}

export type Conditions = readonly (readonly [name: string, wanted: string])[]

/** @throws Refusal about a parameter that is neither a filter nor one of `others`. */
export function conditionsIn(params: URLSearchParams, others: readonly string[]): Conditions {
  const names = [...Object.keys(filters), ...others]
  const unknown = [...params.keys()].find((name) => !names.includes(name) && name !== 'api-version')
  if (unknown !== undefined)
    throw badRequest('InvalidQuery', `The filter '${unknown.slice(0, 40)}' is not known. Write one of: ${names.join(', ')}.`)
  return [...params].filter(([name]) => Object.hasOwn(filters, name))
}

/** Of one name any of its values, of several names all. */
export function passes(self: Self, conditions: Conditions): boolean {
  const byName = Map.groupBy(conditions, ([name]) => name)
  return [...byName].every(([name, wanted]) => wanted.some(([, value]) => filters[name]?.(self, value) ?? false))
}

/** So many are read at a time. */
const atOnce = 200

export async function* knownConnections(
  { services }: Pick<Call, 'services'>,
  keep: (row: LoopRow & { readonly self: Self }) => boolean,
  after?: LoopRow['loop']['key'],
): AsyncIterable<Known> {
  const read = reader(services.store, services.steps)
  let batch: LoopRow[] = []
  const readBatch = async (): Promise<readonly Known[]> => {
    const rows = batch
    batch = []
    return (await mapConcurrent(rows, 16, (row) => read(row.loop.key))).filter((one) => one !== undefined)
  }
  for await (const row of services.store.connections(undefined, after)) {
    const { self } = row
    if (!self || !keep({ ...row, self })) continue
    batch.push(row)
    if (batch.length >= atOnce) yield* await readBatch()
  }
  yield* await readBatch()
}

/** A tag that cannot be read has a failed connection, of which little is known. */
export async function invalidTagsFor(store: Store, conditions: Conditions): Promise<readonly InvalidTag[]> {
  const found: InvalidTag[] = []
  for await (const tag of store.invalidTags()) {
    const { connection, name, namespace = '' } = tag
    const cluster = { id: connection.id.split('/providers/Microsoft.ServiceLinker/')[0] ?? '' }
    const self = { cluster, name, namespace, origin: tag.origin ?? 'tag', target: { id: '' }, targetId: '', type: '', auth: '' }
    if (passes(self as unknown as Self, conditions)) found.push(tag)
  }
  return oneOfEachName(found).toSorted((a, b) => (a.connection.key < b.connection.key ? -1 : 1))
}
