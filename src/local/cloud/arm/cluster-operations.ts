// What runs on a cluster for minutes: create, update, delete, start, stop, and the reconcile after a change of tags. A write stores its
// values at once and takes the lock; what AKS itself makes (issuer URL, effective addresses, identities) appears when it succeeds.

import { emit } from '../event-grid.ts'
import type { Happening } from '../happening.ts'
import { type Latencies, latencies } from '../latencies.ts'
import type { Json, World } from '../world.ts'
import { happeningOf } from './announce.ts'
import { type LockKind, lockOf, releaseLock, startLocks, takeLock } from './cluster-lock.ts'
import { settle } from './cluster-settling.ts'
import { withoutEgress } from './egress.ts'
import { removeBindingsOf } from './identity-binding.ts'
import { isWithin, keyOf } from './ids.ts'
import { type Cluster, findCluster, nodeGroupId, storeCluster, withState } from './managed-cluster.ts'
import { endOperation, findOperation, type Operation, startOperation } from './operations.ts'
import type { Call } from './provider.ts'
import { groups } from './resource-groups.ts'
import { removeResource, resources } from './resources.ts'
import type { ClusterAsk } from './run-commands.ts'

/** What ARM needs of the simulated Kubernetes. */
export type ClusterHosts = {
  addCluster(cluster: { readonly id: string; readonly fqdn: string; readonly issuer?: string }): Promise<void>
  removeCluster(id: string): void
  authorityPem(id: string): string
  readonly askAs: ClusterAsk
}

export type Work = 'create' | 'update' | 'delete' | 'start' | 'stop' | 'tags'

const how: Readonly<Record<Work, { readonly state: string; readonly lock: LockKind; readonly takes: keyof Latencies }>> = {
  create: { state: 'Creating', lock: 'create', takes: 'clusterCreate' },
  update: { state: 'Updating', lock: 'update', takes: 'clusterUpdate' },
  delete: { state: 'Deleting', lock: 'delete', takes: 'clusterDelete' },
  start: { state: 'Starting', lock: 'start', takes: 'clusterStartStop' },
  stop: { state: 'Stopping', lock: 'stop', takes: 'clusterStartStop' },
  tags: { state: 'Updating', lock: 'update', takes: 'tagReconcile' },
}

type End = {
  readonly type: 'cluster-operation-end'
  readonly id: string
  readonly operation: string
  readonly work: Work
  readonly happening: Happening & Json
}

/** Stores the target state of `cluster` and starts the operation. */
export function begin(call: Call, cluster: Cluster, work: Work): { readonly operation: Operation; readonly cluster: Cluster } {
  const { world } = call
  const { state, lock, takes } = how[work]
  const operation = startOperation(call, cluster.id, cluster.location, latencies(world)[takes])
  const held = lockOf(world, cluster.id)
  if (held) endOperation(world, held.operation, preempted)
  takeLock(world, cluster.id, { kind: lock, operation: operation.guid })
  const stored = storeCluster(world, withState(cluster, state))
  const happening = happeningOf(call, 'Success') as Happening & Json
  world.later(operation.endsAt - operation.startedAt, {
    type: 'cluster-operation-end',
    id: cluster.id,
    operation: operation.guid,
    work,
    happening,
  } satisfies End)
  return { operation, cluster: stored }
}

/** Only a delete takes the lock from another operation. */
const preempted = {
  status: 'Failed',
  error: { code: 'AKSOperationPreemptedByDelete', message: 'This operation has been preempted by Deleting operation.' },
} as const

export function startClusterOperations(world: World, hosts: ClusterHosts): void {
  startLocks(world)
  world.on<End>('cluster-operation-end', async ({ id, operation, work, happening }) => {
    const cluster = findCluster(world, id)
    if (findOperation(world, operation)?.ended || !cluster) return
    const outcome = endOperation(world, operation)?.ended
    releaseLock(world, id, operation)
    const ended: Happening = { ...(happening as Happening), outcome: outcome?.status === 'Succeeded' ? 'Success' : 'Failure' }
    if (outcome?.status !== 'Succeeded') storeCluster(world, withState(cluster, outcome?.status ?? 'Failed'))
    else if (work === 'delete') removeCluster(world, cluster, hosts)
    else {
      const moved = work === 'start' && world.random() < latencies(world).egressChangesAtStart ? withoutEgress(world, cluster) : cluster
      const settled = storeCluster(world, settle(world, withPower(withState(moved, 'Succeeded'), work)))
      if (work === 'create') await hosts.addCluster(hostOf(settled))
    }
    emit(world, ended)
  })
}

export function hostOf(cluster: Cluster): { readonly id: string; readonly fqdn: string; readonly issuer?: string } {
  const issuer = (cluster.properties['oidcIssuerProfile'] as { readonly issuerURL?: string } | undefined)?.issuerURL
  return { id: cluster.id, fqdn: String(cluster.properties['fqdn']), ...(issuer ? { issuer } : {}) }
}

function withPower(cluster: Cluster, work: Work): Cluster {
  if (work !== 'start' && work !== 'stop') return cluster
  return { ...cluster, properties: { ...cluster.properties, powerState: { code: work === 'stop' ? 'Stopped' : 'Running' } } }
}

/** With its node resource group and everything in it. */
export function removeCluster(world: World, cluster: Cluster, hosts: Pick<ClusterHosts, 'removeCluster'>): void {
  const nodeGroup = nodeGroupId(cluster)
  for (const key of [...resources(world).keys()]) if (isWithin(key, nodeGroup)) removeResource(world, key)
  groups(world).delete(keyOf(nodeGroup))
  removeBindingsOf(world, cluster.id)
  removeResource(world, cluster.id)
  hosts.removeCluster(cluster.id)
}
