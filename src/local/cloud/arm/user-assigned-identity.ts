// A user-assigned identity and its principal in the directory. Recreated under the same name it is a different one: a new principal and client id
// (https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/managed-identity-best-practice-recommendations).

import { principals, tenant } from '../entra/directory.ts'
import { latencies } from '../latencies.ts'
import type { World } from '../world.ts'
import { parseId } from './ids.ts'
import { findResource, putResource, type Resource, removeResource, type Tags } from './resources.ts'

export const identityType = 'Microsoft.ManagedIdentity/userAssignedIdentities'

/** New ones are not in the directory's every replica at once. `ids` only where a fleet wants known ones. */
export function makeIdentity(
  world: World,
  id: string,
  location: string,
  tags: Tags = {},
  ids: { readonly principalId: string; readonly clientId: string } = { principalId: world.uuid(), clientId: world.uuid() },
): Resource {
  const { subscription, group, name = '' } = parseId(id)
  const { principalId, clientId } = ids
  const resource: Resource = {
    id: `/subscriptions/${subscription}/resourcegroups/${group}/providers/${identityType}/${name}`,
    name,
    type: identityType,
    location,
    tags,
    properties: { tenantId: tenant, principalId, clientId },
  }
  putResource(world, resource)
  const now = world.clock.now()
  principals(world).set(principalId, {
    oid: principalId,
    appId: clientId,
    kind: 'managed-identity',
    name,
    resourceId: resource.id,
    createdAt: now,
    visibleAt: now + latencies(world).directoryReplication * (0.5 + 0.5 * world.random()),
  })
  return resource
}

export const isIdentity = (resource: Resource): boolean => resource.type.toLowerCase() === identityType.toLowerCase()

export function findIdentity(world: World, id: string): Resource | undefined {
  const found = findResource(world, id)
  return found && isIdentity(found) ? found : undefined
}

/** Its role assignments stay behind, as in Azure. */
export function removeIdentity(world: World, identity: Resource): void {
  removeResource(world, identity.id)
  const oid = String(identity.properties['principalId'])
  const principal = principals(world).get(oid)
  if (principal) principals(world).set(oid, { ...principal, deleted: true })
}
