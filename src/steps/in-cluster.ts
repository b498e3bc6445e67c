// Looking at and changing objects in clusters, for the steps that have things there. A cluster that cannot be reached makes its own things
// unseen and leaves those in other clusters alone; in a cluster that is gone, or was made again under the same id, nothing of ours is left.
import type { TransportName } from '../domain/connection.ts'
import type { ClusterFacts } from '../domain/facts.ts'
import type { Loop } from '../domain/loop.ts'
import type { Operation } from '../domain/outcome.ts'
import type { Problem } from '../domain/problem.ts'
import type { Change, Held, Need, Seen } from '../domain/thing.ts'
import type { View } from '../domain/view.ts'
import { problemOf, problemOfError } from '../errors/catalogue.ts'
import { Failure } from '../errors/failure.ts'
import { clusterApi, managedCluster } from './cluster-api.ts'
import { eachChange } from './each-change.ts'
import { surelyAbsent } from './missing.ts'
import type { KubernetesObject, KubernetesThing, Ports, Transport } from './ports.ts'
import { clusterFacts } from './read-cluster.ts'
import type { Applied } from './step.ts'
import { notReached, unreachable } from './unreachable.ts'
import { minute, nameOf } from './words.ts'

/** By id of the thing. */
export type Objects = ReadonlyMap<string, KubernetesObject>
type Facts = Pick<View, 'of'>
type Known = {
  readonly uid?: string
  readonly fqdn?: string | undefined
  readonly apiServer?: ClusterFacts['apiServer'] | undefined
  readonly running?: boolean
  readonly gone?: true
}

/**
 * What is known of a cluster. A cluster whose last connection has left is forgotten, while something of ours may still be left behind
 * in it: then ARM is asked. There one look that finds no cluster is enough where the graph does not list it either: only leftovers depend on it.
 */
async function knownOf(view: Facts, cluster: Loop<'cluster'>, ports: Ports): Promise<Known> {
  const facts = view.of(cluster)
  if (facts.uid !== undefined || facts.missingSince !== undefined) return facts
  const body = await ports.arm.get(cluster.id, clusterApi)
  if (body !== undefined) return clusterFacts(managedCluster(body), cluster.id)
  await surelyAbsent(cluster.id, `cluster ${nameOf(cluster)}`, ports)
  return { gone: true }
}

export const thingId = (cluster: Loop<'cluster'>, namespace: string, kind: KubernetesThing['kind'], name: string): string =>
  `${cluster.key}/${namespace}/${kind}/${name}`

export async function lookInClusters(
  view: Facts,
  things: readonly KubernetesThing[],
  objects: Objects,
  ports: Ports,
  rows: readonly Held[],
): Promise<readonly Seen[]> {
  const held = new Set(rows.map((row) => row.thing.id))
  const clusters = [...Map.groupBy(things, (thing) => `${thing.cluster.key} ${through(thing)}`).values()]
  const looks = await Promise.all(clusters.map((group) => lookInOne(view, group, objects, ports, held, clusters.length > 1)))
  return looks.flat()
}

/** What takes minutes comes last, and one at a time: a step can follow one operation only, the next change waits for the next look. */
export async function changeInClusters(
  changes: readonly Change<KubernetesThing>[],
  objects: Objects,
  view: View,
  ports: Ports,
): Promise<Applied> {
  const waiting: Need[] = []
  let started: Operation | undefined
  const carryOut = async ({ action, thing, seen }: Change<KubernetesThing>): Promise<void> => {
    if (started) return
    const { fqdn, apiServer } = await knownOf(view, thing.cluster, ports)
    const transport = await ports.kubernetes(thing.cluster, fqdn, through(thing))
    // It could be reached a moment ago; the second look tells what is the matter.
    if (!('observe' in transport)) return
    const object = objects.get(thing.id)
    if (action !== 'delete' && !object) return
    const change = action !== 'delete' && object ? transport.apply(thing, object, seen) : transport.remove(thing, seen)
    const carried = await change.catch((error: unknown) => {
      throw unreachable(error, apiServer)
    })
    if ('started' in carried) started = carried.started
    if (!('waiting' in carried)) return
    const of = thing.of === undefined ? {} : { member: thing.of }
    waiting.push({ of: [thing.cluster], lookAt: view.now + minute, ...of, ...carried.waiting })
  }
  const [direct, slow] = [true, false].map((isDirect) => changes.filter(({ thing }) => (through(thing) === 'direct') === isDirect))
  await eachChange(direct ?? [], carryOut)
  await eachChange(slow ?? [], carryOut)
  if (started) return { started }
  return waiting.length > 0 ? { waiting } : { done: true }
}

/** The way into the cluster in which something was written, why there is none, or that it is gone with all that was in it. */
export async function reach(
  view: Facts,
  cluster: Loop<'cluster'>,
  clusterUid: string,
  ports: Ports,
): Promise<Transport | Problem | 'gone'> {
  const { running, fqdn, gone, uid } = await knownOf(view, cluster, ports)
  if (gone || (uid !== undefined && uid !== clusterUid)) return 'gone'
  if (running === false) return problemOf({ code: 'ClusterStopped', about: { cluster: nameOf(cluster), id: cluster.id } })
  return await ports.kubernetes(cluster, fqdn)
}

const through = ({ transport }: KubernetesThing): TransportName => transport ?? 'direct'

async function lookInOne(
  view: Facts,
  things: readonly KubernetesThing[],
  objects: Objects,
  ports: Ports,
  held: ReadonlySet<string>,
  isOneOfMany: boolean,
): Promise<readonly Seen[]> {
  const [first] = things
  if (!first) return []
  const { cluster } = first
  const name = nameOf(cluster)
  const unseen = (some: readonly KubernetesThing[], problem: Problem): readonly Seen[] =>
    some.map(({ id }) => ({ id, state: 'unseen', problem }))
  try {
    const { running, fqdn, gone, uid, apiServer } = await knownOf(view, cluster, ports)
    const isVoid = (thing: KubernetesThing): boolean => gone === true || (uid !== undefined && uid !== thing.clusterUid)
    const lost = things.filter(isVoid).map(({ id }): Seen => ({ id, state: 'absent' }))
    const there = things.filter((thing) => !isVoid(thing))
    if (there.length === 0) return lost
    if (running === false)
      return [...lost, ...unseen(there, problemOf({ code: 'ClusterStopped', about: { cluster: name, id: cluster.id } }))]
    const transport = await ports.kubernetes(cluster, fqdn, through(first))
    if (!('observe' in transport)) return [...lost, ...unseen(there, transport)]
    const seen = await transport.observe(there, objects, held).catch((error: unknown) => {
      throw unreachable(error, apiServer)
    })
    return [...lost, ...seen.map((one) => notReached(one, name, apiServer))]
  } catch (error) {
    // Thrown on, it is retried as its class says; but then nothing is done in the other clusters either.
    if (!isOneOfMany || !(error instanceof Failure)) throw error
    return unseen(things, problemOfError(error, `look into cluster ${name}`))
  }
}
