// Observing and changing objects in clusters, for the steps that have objects there. If a cluster cannot be reached, its own objects are unknown and
// those in other clusters are unaffected; in a cluster that is gone, or was recreated under the same id, none of the app's objects exist.

import { allChanges, eachChange } from '../../contract/each-change.ts'
import { surelyAbsent } from '../../contract/missing.ts'
import type { Applied } from '../../contract/step.ts'
import { problemOf, problemOfError } from '../../errors/catalogue.ts'
import { Failure } from '../../errors/failure.ts'
import { type Connection, defaultTransport, type TransportName } from '../../model/connection.ts'
import type { ClusterFacts } from '../../model/facts.ts'
import { managedIdOf } from '../../model/kubernetes-kind.ts'
import type { Loop } from '../../model/loop.ts'
import type { Change, LedgerEntry, Need, ObservedState } from '../../model/managed-object.ts'
import type { Operation } from '../../model/outcome.ts'
import type { Problem } from '../../model/problem.ts'
import type { View } from '../../model/view.ts'
import { minute, nameOf } from '../../model/words.ts'
import type { KubernetesObject, ManagedKubernetesObject, Transport } from '../../ports/kubernetes.ts'
import type { Ports } from '../../ports/ports.ts'
import { through, transportTypeOf } from '../../transports/catalogue.ts'
import { clusterApi, managedCluster } from './cluster-api.ts'
import { clusterFacts } from './read-cluster.ts'
import { transportFor, transportTypeFor } from './transport-for.ts'
import { notReached, unreachable } from './unreachable.ts'

/** By id of the object. */
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
 * What is known of a cluster. A cluster whose last connection has left is forgotten while orphaned objects may still exist in it: then ARM is asked.
 * For these, one read that finds no cluster is enough if the graph does not list it either, because only orphans depend on it.
 */
export async function knownOf(view: Facts, cluster: Loop<'cluster'>, ports: Ports): Promise<Known> {
  const facts = view.of(cluster)
  if (facts.uid !== undefined || facts.missingSince !== undefined) return facts
  const body = await ports.arm.get(cluster.id, clusterApi)
  if (body !== undefined) return clusterFacts(managedCluster(body), cluster.id)
  await surelyAbsent(cluster.id, `cluster ${nameOf(cluster)}`, ports)
  return { gone: true }
}

export const managedId = (cluster: Loop<'cluster'>, namespace: string, kind: ManagedKubernetesObject['kind'], name: string): string =>
  managedIdOf(cluster, { namespace, kind, name })

export async function observeInClusters(
  view: Facts,
  objects: readonly ManagedKubernetesObject[],
  contents: Objects,
  ports: Ports,
  rows: readonly LedgerEntry[],
): Promise<readonly ObservedState[]> {
  const tracked = new Set(rows.map((row) => row.object.id))
  const clusters = [...Map.groupBy(objects, (object) => `${object.cluster.key} ${through(object)}`).values()]
  const observed = await Promise.all(clusters.map((group) => observeInOne(view, group, contents, ports, tracked, clusters.length > 1)))
  return observed.flat()
}

/** Changes that take minutes come last, and one at a time: a step can follow only one operation, so the next change waits for the next run. */
export async function changeInClusters(
  changes: readonly Change<ManagedKubernetesObject>[],
  contents: Objects,
  view: View,
  ports: Ports,
): Promise<Applied> {
  const waiting: Need[] = []
  let started: Operation | undefined
  const carryOut = async ({ action, object, observed }: Change<ManagedKubernetesObject>): Promise<void> => {
    if (started) return
    const { fqdn, apiServer } = await knownOf(view, object.cluster, ports)
    const transport = await ports.kubernetes(object.cluster, fqdn, through(object))
    // It could be reached a moment ago; the second read tells the problem.
    if (!('observe' in transport)) return
    const content = contents.get(object.id)
    if (action !== 'delete' && !content) return
    const change = action !== 'delete' && content ? transport.apply(object, content, observed) : transport.remove(object, observed)
    const carried = await change.catch((error: unknown) => {
      throw unreachable(error, apiServer)
    })
    if ('started' in carried) started = carried.started
    if (!('waiting' in carried)) return
    const of = object.of === undefined ? {} : { member: object.of }
    waiting.push({ of: [object.cluster], nextRunAt: view.now + minute, ...of, ...carried.waiting })
  }
  const way = ({ object }: Change<ManagedKubernetesObject>) => transportTypeOf({ transport: through(object) }).changes
  const going = (how: ReturnType<typeof way>) => changes.filter((change) => way(change) === how)
  await allChanges(going('together'), carryOut)
  await eachChange(going('one by one'), carryOut)
  await eachChange(going('operation'), carryOut)
  if (started) return { started }
  return waiting.length > 0 ? { waiting } : { done: true }
}

/** The transport to the cluster in which something was written, or why there is none, or that the cluster is gone with everything in it. */
export async function reach(
  view: Facts,
  cluster: Loop<'cluster'>,
  clusterUid: string,
  ports: Ports,
  by: TransportName = defaultTransport,
): Promise<Transport | Problem | 'gone'> {
  const { running, fqdn, gone, uid } = await knownOf(view, cluster, ports)
  if (gone || (uid !== undefined && uid !== clusterUid)) return 'gone'
  if (running === false) return problemOf({ code: 'ClusterStopped', about: { cluster: nameOf(cluster), id: cluster.id } })
  return await ports.kubernetes(cluster, fqdn, by)
}

/** In the ledger the usual one is not written down. */
export const carriedBy = (connection: Connection, view: Parameters<typeof transportFor>[1]): Pick<ManagedKubernetesObject, 'transport'> => {
  const transport = transportFor(connection, view)
  return transport === defaultTransport ? {} : { transport }
}

/** A transport that holds what it was given has it, and it goes otherwise now: it has to leave it first. */
export function isHeld({ object }: LedgerEntry, transport: TransportName): boolean {
  const before = through(object as ManagedKubernetesObject)
  return before !== transport && transportTypeOf({ transport: before }).holds === true
}

/** Without those that are held: not desired now, they are removed where they are, and desired again when that is done. */
export const withoutHeld = (
  objects: readonly ManagedKubernetesObject[],
  rows: readonly LedgerEntry[],
): readonly ManagedKubernetesObject[] =>
  objects.filter((object) => !rows.some((row) => row.object.id === object.id && isHeld(row, through(object))))

/**
 * Of an object that members share, who can have different transports. One that can read is better, and a single member with it is enough; of these the one
 * that needs no network, where the cluster has a private one.
 */
export function carriedFor(
  members: readonly Connection[],
  view: Parameters<typeof transportFor>[1],
): Pick<ManagedKubernetesObject, 'transport'> {
  const reading = members.filter((member) => transportTypeFor(member, view).can.observe)
  const fits = (member: Connection): boolean =>
    transportTypeFor(member, view).can.call === (view.of(member.cluster).apiServer === undefined)
  const carrier = reading.find(fits) ?? reading[0] ?? members[0]
  return carrier ? carriedBy(carrier, view) : {}
}

async function observeInOne(
  view: Facts,
  objects: readonly ManagedKubernetesObject[],
  contents: Objects,
  ports: Ports,
  tracked: ReadonlySet<string>,
  isOneOfMany: boolean,
): Promise<readonly ObservedState[]> {
  const [first] = objects
  if (!first) return []
  const { cluster } = first
  const name = nameOf(cluster)
  const unknown = (some: readonly ManagedKubernetesObject[], problem: Problem): readonly ObservedState[] =>
    some.map(({ id }) => ({ id, state: 'unknown', problem }))
  try {
    const { running, fqdn, gone, uid, apiServer } = await knownOf(view, cluster, ports)
    const isVoid = (object: ManagedKubernetesObject): boolean => gone === true || (uid !== undefined && uid !== object.clusterUid)
    const lost = objects.filter(isVoid).map(({ id }): ObservedState => ({ id, state: 'absent' }))
    const there = objects.filter((object) => !isVoid(object))
    if (there.length === 0) return lost
    if (running === false)
      return [...lost, ...unknown(there, problemOf({ code: 'ClusterStopped', about: { cluster: name, id: cluster.id } }))]
    const transport = await ports.kubernetes(cluster, fqdn, through(first))
    if (!('observe' in transport)) return [...lost, ...unknown(there, transport)]
    const observed = await transport.observe(there, contents, tracked).catch((error: unknown) => {
      throw unreachable(error, apiServer)
    })
    return [...lost, ...observed.map((one) => notReached(one, name, apiServer))]
  } catch (error) {
    // If thrown, it is retried as its class says; but then nothing happens in the other clusters either.
    if (!isOneOfMany || !(error instanceof Failure)) throw error
    return unknown(objects, problemOfError(error, `read cluster ${name}`))
  }
}
