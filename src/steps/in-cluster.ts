// Looking at and changing objects in clusters, for the steps that have things there. A cluster that cannot be reached makes its own things
// unseen and leaves those in other clusters alone; in a cluster that is gone, or was made again under the same id, nothing of ours is left.
import type { Loop } from '../domain/loop.ts'
import type { Change, Need, Seen } from '../domain/thing.ts'
import type { View } from '../domain/view.ts'
import { problemOf, problemOfError } from '../errors/catalogue.ts'
import { Failure } from '../errors/failure.ts'
import { eachChange } from './each-change.ts'
import type { KubernetesObject, KubernetesThing, Ports } from './ports.ts'
import type { Applied } from './step.ts'
import { minute, nameOf } from './words.ts'

/** By id of the thing. */
export type Objects = ReadonlyMap<string, KubernetesObject>
type Facts = Pick<View, 'of'>

export const thingId = (cluster: Loop<'cluster'>, namespace: string, kind: KubernetesThing['kind'], name: string): string =>
  `${cluster.key}/${namespace}/${kind}/${name}`

export async function lookInClusters(
  view: Facts,
  things: readonly KubernetesThing[],
  objects: Objects,
  ports: Ports,
): Promise<readonly Seen[]> {
  const [lost, there] = [things.filter((thing) => isVoid(thing, view)), things.filter((thing) => !isVoid(thing, view))]
  const clusters = Map.groupBy(there, (thing) => thing.cluster.key)
  const looks = await Promise.all([...clusters.values()].map((group) => lookInOne(view, group, objects, ports, clusters.size > 1)))
  return [...lost.map(({ id }): Seen => ({ id, state: 'absent' })), ...looks.flat()]
}

export async function changeInClusters(
  changes: readonly Change<KubernetesThing>[],
  objects: Objects,
  view: View,
  ports: Ports,
): Promise<Applied> {
  const waiting: Need[] = []
  await eachChange(changes, async ({ action, thing, seen }) => {
    const transport = await ports.kubernetes(thing.cluster, view.of(thing.cluster).fqdn)
    // It could be reached a moment ago; the second look tells what is the matter.
    if (!('observe' in transport)) return
    if (action === 'delete') return transport.remove(thing, seen)
    const object = objects.get(thing.id)
    if (!object) return
    const applied = await transport.apply(thing, object, seen)
    if ('waiting' in applied) {
      const of = thing.of === undefined ? {} : { member: thing.of }
      waiting.push({ of: [thing.cluster], lookAt: view.now + minute, ...of, ...applied.waiting })
    }
  })
  return waiting.length > 0 ? { waiting } : { done: true }
}

function isVoid(thing: KubernetesThing, view: Facts): boolean {
  const { gone, uid } = view.of(thing.cluster)
  return gone === true || (uid !== undefined && uid !== thing.clusterUid)
}

async function lookInOne(
  view: Facts,
  things: readonly KubernetesThing[],
  objects: Objects,
  ports: Ports,
  isOneOfMany: boolean,
): Promise<readonly Seen[]> {
  const [first] = things
  if (!first) return []
  const { cluster } = first
  const { running, fqdn } = view.of(cluster)
  const name = nameOf(cluster)
  const unseen = (problem: Parameters<typeof withProblem>[1]): readonly Seen[] => withProblem(things, problem)
  if (running === false) return unseen(problemOf({ code: 'ClusterStopped', about: { cluster: name, id: cluster.id } }))
  try {
    const transport = await ports.kubernetes(cluster, fqdn)
    return 'observe' in transport ? await transport.observe(things, objects) : unseen(transport)
  } catch (error) {
    // Thrown on, it is retried as its class says; but then nothing is done in the other clusters either.
    if (!isOneOfMany || !(error instanceof Failure)) throw error
    return unseen(problemOfError(error, `look into cluster ${name}`))
  }
}

const withProblem = (things: readonly KubernetesThing[], problem: ReturnType<typeof problemOf>): readonly Seen[] =>
  things.map(({ id }) => ({ id, state: 'unseen', problem }))
