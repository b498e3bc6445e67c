// The lock of a cluster: one operation at a time. It is not the provisioning state: an extension's add-on takes it while the state
// reads Succeeded, and so does an agent pool (https://github.com/Azure/AKS/issues/4840 and many others).

import type { World } from '../world.ts'
import { type ArmError, refuseFlat } from './errors.ts'
import { keyOf } from './ids.ts'
import { type Cluster, findCluster, isStopped, stateOf, storeCluster, withState } from './managed-cluster.ts'
import { objectOf } from './provider.ts'

export type LockKind = 'create' | 'update' | 'delete' | 'start' | 'stop' | 'extension-addon' | 'agent-pool'
export type Lock = { readonly kind: LockKind; readonly operation: string; readonly since: number; readonly pool?: string }

const locks = (world: World): Map<string, Lock> => world.table<Lock>('cluster-locks')
export const lockOf = (world: World, id: string): Lock | undefined => locks(world).get(keyOf(id))
export const takeLock = (world: World, id: string, lock: Omit<Lock, 'since'>): void =>
  void locks(world).set(keyOf(id), { ...lock, since: world.clock.now() })

/** Only by the operation that has it: one that was preempted no longer does. */
export function releaseLock(world: World, id: string, operation: string): boolean {
  if (lockOf(world, id)?.operation !== operation) return false
  return locks(world).delete(keyOf(id))
}

const doing: Readonly<Record<LockKind, string>> = {
  create: 'in-progress create managed cluster operation',
  update: 'in-progress update managed cluster operation',
  delete: 'in-progress delete managed cluster operation',
  start: 'in-progress start managed cluster operation',
  stop: 'in-progress stop managed cluster operation',
  'extension-addon': 'in progress PutExtensionAddonHandler.PUT operation',
  'agent-pool': 'in progress update node pool operation',
}

function busy(lock: Lock): ArmError {
  const on = lock.kind === 'agent-pool' ? `agent pool ${lock.pool}` : 'managed cluster'
  const abort = lock.kind === 'agent-pool' ? 'az aks nodepool operation-abort' : 'az aks operation-abort'
  const since = new Date(lock.since).toISOString().replace(/\.\d+/, '')
  return refuseFlat(
    409,
    'OperationNotAllowed',
    `Operation is not allowed because there's an ${doing[lock.kind]} (operation ID: ${lock.operation}) on the ${on} started on UTC ${since}. Please wait for it to finish before starting a new operation. You can also use '${abort} ...' to abort the ongoing operation.`,
  )
}

/** Refuses what cannot begin now. */
export function needIdle(world: World, cluster: Cluster): void {
  const lock = lockOf(world, cluster.id)
  if (lock) throw busy(lock)
}

export function needRunning(cluster: Cluster, what: string): void {
  if (!isStopped(cluster)) return
  throw refuseFlat(
    400,
    'OperationNotAllowed',
    `managed cluster is in Provisioning State(${stateOf(cluster)}) and Power State(Stopped), the operation (${what}) cannot be performed.`,
  )
}

/** An operation of another caller on a cluster, for `ms`: it holds the lock, and shows in the state only where the real one does. */
export function occupyCluster(world: World, id: string, by: 'update' | 'extension-addon' | 'agent-pool', ms: number): void {
  const cluster = findCluster(world, id)
  if (!cluster) throw new Error(`No cluster ${id}`)
  const operation = world.uuid()
  takeLock(world, id, { kind: by, operation, ...(by === 'agent-pool' ? { pool: 'system' } : {}) })
  if (by === 'update') storeCluster(world, withState(cluster, 'Updating'))
  if (by === 'agent-pool') storeCluster(world, withPools(cluster, 'Updating'))
  world.later(ms, { type: 'cluster-occupied-end', id, operation })
}

const withPools = (cluster: Cluster, provisioningState: string): Cluster => {
  const pools = cluster.properties['agentPoolProfiles']
  const agentPoolProfiles = (Array.isArray(pools) ? pools : []).map((pool) => ({ ...objectOf(pool), provisioningState }))
  return { ...cluster, properties: { ...cluster.properties, agentPoolProfiles } }
}

export function startLocks(world: World): void {
  world.on<{ type: 'cluster-occupied-end'; id: string; operation: string }>('cluster-occupied-end', ({ id, operation }) => {
    const cluster = findCluster(world, id)
    if (!releaseLock(world, id, operation) || !cluster) return
    storeCluster(world, withPools(withState(cluster, 'Succeeded'), 'Succeeded'))
  })
}
