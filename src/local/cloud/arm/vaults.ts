// Microsoft.KeyVault/vaults, which come with the fleet: to be read, and given access policies. Their secrets are the data plane's (key-vault/).
import type { CloudResponse } from '../http.ts'
import type { World } from '../world.ts'
import { resourceNotFound } from './errors.ts'
import { parseId } from './ids.ts'
import { type Body, type Call, objectOf, type Provider, page } from './provider.ts'
import { findResource, putResource, type Resource, resources, resourcesOf } from './resources.ts'

export const vaultType = 'Microsoft.KeyVault/vaults'
const group = '/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.KeyVault/vaults'

/** Names of vaults are unique in all of Azure. */
export const vaultNamed = (world: World, name: string): Resource | undefined =>
  [...resources(world).values()].find(
    (one) => one.type.toLowerCase() === vaultType.toLowerCase() && one.name.toLowerCase() === name.toLowerCase(),
  )

function read(call: Call): CloudResponse {
  const found = findResource(call.world, call.path)
  if (found) return { status: 200, body: found }
  const { type = '', name = '', group: inGroup = '' } = parseId(call.path)
  throw resourceNotFound(type, name, inGroup)
}

/** Permissions are added to those that a principal has. https://learn.microsoft.com/rest/api/keyvault/keyvault/vaults/update-access-policy */
function addPolicies(call: Call): CloudResponse {
  const found = findResource(call.world, call.path.replace(/\/accessPolicies\/add$/i, ''))
  if (!found) return read(call)
  const listOf = (properties: unknown): readonly Body[] => {
    const policies = objectOf(properties)['accessPolicies']
    return Array.isArray(policies) ? policies.map(objectOf) : []
  }
  const secretsOf = (policy: Body): readonly unknown[] => {
    const secrets = objectOf(policy['permissions'])['secrets']
    return Array.isArray(secrets) ? secrets : []
  }
  const all = Map.groupBy([...listOf(found.properties), ...listOf(call.body['properties'])], ({ objectId }) => objectId)
  const accessPolicies = [...all].map(([objectId, policies]) => ({
    ...policies[0],
    objectId,
    permissions: { secrets: [...new Set(policies.flatMap(secretsOf))] },
  }))
  putResource(call.world, { ...found, properties: { ...found.properties, accessPolicies } })
  return { status: 200, body: { id: call.path, type: `${vaultType}/accessPolicies`, properties: { accessPolicies } } }
}

export const vaults: Provider = {
  namespace: 'Microsoft.KeyVault',
  routes: [
    { method: 'GET', path: `${group}/{name}`, handle: read },
    { method: 'PUT', path: `${group}/{name}/accessPolicies/add`, handle: addPolicies },
    { method: 'GET', path: group, handle: (call) => page(call, resourcesOf(call.world, vaultType, parseId(call.path).parent)) },
  ],
}
