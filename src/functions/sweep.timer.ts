// Every hour: lists the app's objects in the known clusters. What is missing, recreated or changed wakes its owner (evidence.ts). Every sixth hour it
// also reports objects whose connection or identity is gone; it deletes nothing. Incomplete evidence proves nothing: a cluster that could not be
// listed, a store that could not be read or is empty.
import { app, type InvocationContext } from '@azure/functions'
import { mapConcurrent } from '../contract/map-concurrent.ts'
import { digestOf, nothing } from '../model/evidence.ts'
import { isManagedKind } from '../model/kubernetes-kind.ts'
import { type Key, type Loop, loop } from '../model/loop.ts'
import type { LoopRow } from '../ports/store.ts'
import { loopFields, say } from '../telemetry/log.ts'
import { type Listing, weigh } from './evidence.ts'
import type { HandlerContext, HandlerContextOf, OwnObject } from './handler-context.ts'
import { hubInputs } from './hub.ts'

const everyHours = 6
const hour = 60 * 60_000

export function registerSweep(services: HandlerContextOf): void {
  app.timer('sweep', {
    schedule: '0 17 * * * *',
    extraInputs: hubInputs,
    handler: async (_timer, context) => {
      const isFull = Math.floor(services().now() / hour) % everyHours === 0
      await sweep(services, context, isFull ? 'everything' : 'evidence')
    },
  })
}

export type Leftover = OwnObject & { readonly cluster: string }

/** The result of listing a cluster. */
type List = { readonly cluster: Loop<'cluster'>; readonly objects: readonly OwnObject[] }

export async function sweep(
  servicesOf: HandlerContextOf,
  context: InvocationContext,
  what: 'everything' | 'evidence' = 'everything',
): Promise<readonly Leftover[]> {
  const services = servicesOf()
  const { store, ownObjects } = services
  const owners: LoopRow[] = []
  for await (const row of store.connections()) owners.push(row)
  const connected = new Map(owners.flatMap(({ self }) => (self ? [[self.cluster.key, self.cluster] as const] : [])))
  for await (const row of store.loops('identity')) owners.push(row)
  const clusters = what === 'everything' ? clustersOf(store) : connected.values()
  const found = await mapConcurrent(clusters, 4, (cluster) => listOf(cluster, () => ownObjects(cluster, what), context))
  const lists = found.filter((list) => list !== undefined)
  await weighAll(owners, lists, services, context)
  return what === 'everything' ? await reportLeftovers(lists, services, context) : []
}

async function* clustersOf(store: HandlerContext['store']): AsyncIterable<Loop<'cluster'>> {
  for await (const row of store.loops('cluster')) yield row.loop
}

async function weighAll(
  owners: readonly LoopRow[],
  lists: readonly List[],
  services: HandlerContext,
  context: InvocationContext,
): Promise<void> {
  const had = new Set(lists.map(({ cluster }) => nameOfList(cluster)))
  const digestsByOwner = new Map<string, Map<string, string>>()
  for (const { cluster, objects } of lists)
    for (const [owner, digest] of byOwner(objects))
      digestsByOwner.set(owner, (digestsByOwner.get(owner) ?? new Map()).set(nameOfList(cluster), digest))
  const hub = services.hub(context)
  function* evidence(): Iterable<Listing> {
    for (const row of owners) {
      if (row.removing) continue
      const digests = digestsByOwner.get(row.loop.key)
      // Nothing is known of a cluster that could not be listed.
      const before = Object.keys(row.listed ?? {}).filter((list) => had.has(list))
      for (const list of new Set([...before, ...(digests?.keys() ?? [])])) yield { row, list, digest: digests?.get(list) ?? nothing }
    }
  }
  const woken = await mapConcurrent(evidence(), 8, (one) => weigh(one, services, hub, context))
  const count = woken.filter((one) => one).length
  if (count > 0) say(context, 'log', { event: 'differs', loops: count, text: 'Objects in clusters are missing or others than before.' })
}

const nameOfList = (cluster: Loop<'cluster'>): string => `cluster-${cluster.key}`

/** By owner: which objects exist, and in which version. The status ConfigMap is advisory, and shared by all. */
function byOwner(objects: readonly OwnObject[]): ReadonlyMap<string, string> {
  const owned = Map.groupBy(
    objects.filter(({ kind }) => isManagedKind(kind)),
    ({ owner }) => owner,
  )
  const textOf = ({ kind, namespace, name, version }: OwnObject): string => `${kind} ${namespace}/${name} ${version}`
  return new Map([...owned].map(([owner, group]) => [owner, digestOf(group.map(textOf).sort())]))
}

async function reportLeftovers(
  lists: readonly List[],
  { store }: HandlerContext,
  context: InvocationContext,
): Promise<readonly Leftover[]> {
  // The objects first, then the store: an object is always younger than the row of its owner.
  const owners = new Set<string>()
  for await (const row of store.connections()) owners.add(row.loop.key)
  if (owners.size === 0) {
    say(context, 'log', { event: 'sweep', text: 'The store came back without connections, so nothing counts as left over.' })
    return []
  }
  for await (const row of store.loops('identity')) owners.add(row.loop.key)
  const objects = lists.flatMap(({ cluster, objects }) => objects.map((object) => ({ ...object, cluster: cluster.id })))
  const suspects = objects.filter(({ owner }) => !owners.has(owner))
  const gone = await mapConcurrent(suspects, 4, async (object) => ((await isThere(object.owner, store)) ? undefined : object))
  const leftovers = gone.filter((object) => object !== undefined)
  for (const { cluster, kind, namespace, name, owner } of leftovers)
    say(context, 'warn', {
      event: 'left over',
      ...loopFields(loop('cluster', cluster)),
      kind,
      object: `${namespace}/${name}`,
      owner,
      text: 'Its owner is gone. It can be deleted by hand.',
    })
  return leftovers
}

async function listOf(
  cluster: Loop<'cluster'>,
  list: () => ReturnType<HandlerContext['ownObjects']>,
  context: InvocationContext,
): Promise<List | undefined> {
  const unlisted = (why: string): undefined => {
    say(context, 'log', { event: 'not listed', ...loopFields(cluster), text: why })
    return undefined
  }
  try {
    const objects = await list()
    return 'code' in objects ? unlisted(objects.text) : { cluster, objects }
  } catch (error) {
    return unlisted(String(error))
  }
}

/** A second, single read, because lists of a store can be minutes old by the time they are evaluated. */
async function isThere(owner: string, store: HandlerContext['store']): Promise<boolean> {
  const key = owner as Key
  const rows = await Promise.all([store.read({ kind: 'connection', key, id: '' }), store.read({ kind: 'identity', key, id: '' })])
  return rows.some((row) => row !== undefined)
}
