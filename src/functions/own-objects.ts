// Objects of this installation in a cluster, for the sweep. A cluster that is stopped is not asked.
import { problemOf } from '../errors/catalogue.ts'
import type { Loop } from '../model/loop.ts'
import type { Problem } from '../model/problem.ts'
import { nameOf } from '../model/words.ts'
import type { Store } from '../ports/store.ts'
import type { HandlerContext, OwnObject } from './handler-context.ts'

type Clusters = {
  marked(cluster: Loop<'cluster'>, fqdn: string | undefined, what: 'everything' | 'evidence'): Promise<readonly OwnObject[] | Problem>
}

export const ownObjectsIn =
  (store: Pick<Store, 'read'>, clusters: Clusters): HandlerContext['ownObjects'] =>
  async (cluster, what) => {
    const { fqdn, running } = (await store.read(cluster))?.view.facts ?? {}
    if (running === false) return problemOf({ code: 'ClusterStopped', about: { cluster: nameOf(cluster), id: cluster.id } })
    return await clusters.marked(cluster, fqdn, what)
  }
