// What goes on after a write of an extension was answered: the add-on handler takes the cluster's lock some seconds later, Helm and the job run, and the
// operation ends. extensions.ts says what is surprising.
import { emit } from '../event-grid.ts'
import type { Happening } from '../happening.ts'
import { latencies } from '../latencies.ts'
import type { Json, World } from '../world.ts'
import { happeningOf } from './announce.ts'
import { lockOf, releaseLock, takeLock } from './cluster-lock.ts'
import { type Extension, findExtension, removeExtension, statusOf, storeExtension, withState } from './extension.ts'
import { endJob, release, startJob, uninstall } from './extension-agent.ts'
import { endOperation, findOperation } from './operations.ts'
import type { Call } from './provider.ts'

const serviceConnector = 'microsoft.servicelinker.connection'
/** The add-on handler takes the lock this long after the answer. */
const lockAfter = 5_000

export const isServiceConnector = ({ properties }: Extension): boolean =>
  String(properties['extensionType']).toLowerCase() === serviceConnector

type Locking = { readonly type: 'extension-lock'; readonly id: string; readonly operation: string }
type Unlocking = { readonly type: 'extension-unlock'; readonly cluster: string; readonly operation: string }
type End = {
  readonly type: 'extension-end'
  readonly id: string
  readonly operation: string
  readonly work: 'put' | 'delete'
  readonly happening: Happening & Json
}

/** `takes`: how long the operation runs. */
export function locksLater(world: World, { id, operation }: Extension, takes: number): void {
  world.later(Math.min(lockAfter, takes / 2), { type: 'extension-lock', id, operation } satisfies Locking)
}

export function endsLater(call: Call, { id, operation }: Extension, ms: number, work: End['work']): void {
  const happening = happeningOf(call, 'Success') as Happening & Json
  call.world.later(ms, { type: 'extension-end', id, operation, work, happening } satisfies End)
}

export function startExtensions(world: World): void {
  world.on<Locking>('extension-lock', ({ id, operation }) => {
    const row = findExtension(world, id)
    if (!row || row.operation !== operation || findOperation(world, operation)?.ended) return
    if (lockOf(world, row.cluster)) return fail(world, row, conflict(row), 'ExtensionOperationFailed')
    takeLock(world, row.cluster, { kind: 'extension-addon', operation })
    world.later(latencies(world).extensionLock, { type: 'extension-unlock', cluster: row.cluster, operation } satisfies Unlocking)
    if (!isServiceConnector(row)) return
    release(world, row.cluster, row.revision, row.revision === 1 ? 'pending-install' : 'pending-upgrade')
    if (row.protectedSettings['resources'] !== undefined) startJob(world, row.cluster)
  })
  world.on<Unlocking>('extension-unlock', ({ cluster, operation }) => void releaseLock(world, cluster, operation))
  world.on<End>('extension-end', ({ id, operation, work, happening }) => {
    const row = findExtension(world, id)
    if (!row || row.operation !== operation || findOperation(world, operation)?.ended) return
    const planned = findOperation(world, operation)?.planned
    const failed = planned?.status === 'Succeeded' ? undefined : (planned?.error?.message ?? 'The operation was canceled.')
    const refused = failed ?? (work === 'put' && isServiceConnector(row) ? endJob(world, row.cluster, row.protectedSettings) : undefined)
    if (refused !== undefined) fail(world, row, refused, planned?.error?.code ?? 'ExtensionOperationFailed')
    else succeed(world, row, work)
    emit(world, { ...(happening as Happening), outcome: refused === undefined ? 'Success' : 'Failure' })
  })
}

function succeed(world: World, row: Extension, work: End['work']): void {
  endOperation(world, row.operation, { status: 'Succeeded' })
  if (work === 'delete') {
    removeExtension(world, row.id)
    if (isServiceConnector(row)) uninstall(world, row.cluster)
    return
  }
  if (isServiceConnector(row)) release(world, row.cluster, row.revision, 'deployed')
  // The provider makes the identity while it installs.
  const aksAssignedIdentity = row.properties['aksAssignedIdentity'] ?? { type: null, principalId: world.uuid(), tenantId: null }
  storeExtension(world, withState(row, 'Succeeded', { currentVersion: '1.0.20', statuses: [], aksAssignedIdentity }))
}

function fail(world: World, row: Extension, message: string, code: string): void {
  const text = `The extension operation failed with the following error:  ${message}`
  endOperation(world, row.operation, { status: 'Failed', error: { code, message: text } })
  if (isServiceConnector(row)) release(world, row.cluster, row.revision, 'failed')
  storeExtension(world, withState(row, 'Failed', { statuses: statusOf(world, message) }))
}

const conflict = ({ cluster, name }: Extension): string =>
  `Request failed to https://management.azure.com${cluster}/extensionaddons/${name}?api-version=2021-03-01. Error code: Conflict. Reason: Conflict.{"code":"EtagMismatch","details":[{"code":"Unspecified","message":"rpc error: code = FailedPrecondition desc = Etag mismatched"}],"message":"Operation is not allowed: Another operation is in progress","subcode":"PutManagedClusterAndComponents_FailedPrecondition"}`
