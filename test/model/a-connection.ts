// A connection with good defaults, for tests of the domain.
import { type ConnectionSpec, linkerId } from '../../src/model/connection.ts'
import { keyOf, loop } from '../../src/model/loop.ts'

export const subscription = '5f0c3f3e-0000-4000-8000-000000000001'
export const clusterId = `/subscriptions/${subscription}/resourceGroups/rg/providers/Microsoft.ContainerService/managedClusters/aks`
export const accountId = `/subscriptions/${subscription}/resourceGroups/data/providers/Microsoft.Storage/storageAccounts/stdata`
export const identityId = `/subscriptions/${subscription}/resourceGroups/ids/providers/Microsoft.ManagedIdentity/userAssignedIdentities/app`
export const defaultRole = 'ba92f5b4-2d11-453d-a403-e96b0029c9fe'
export const readerRole = '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1'

export function aConnection(over: Partial<ConnectionSpec> = {}): ConnectionSpec {
  const { name = 'data', cluster = loop('cluster', clusterId), target = loop('target', accountId), auth = 'workload-identity' } = over
  return {
    key: keyOf(linkerId(cluster.id, name)),
    origin: 'http',
    name,
    cluster,
    target,
    targetId: `${target.id}/blobServices/default`,
    type: 'storage-blob',
    ...(auth === 'workload-identity' ? { identity: loop('identity', identityId) } : {}),
    provided: false,
    namespace: 'shop',
    workload: 'default',
    auth,
    client: 'none',
    roles: auth === 'workload-identity' ? [defaultRole] : [],
    firewall: 'open',
    transport: 'direct',
    ...over,
  }
}
