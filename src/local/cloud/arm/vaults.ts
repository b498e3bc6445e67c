// Microsoft.KeyVault/vaults, only to read: vaults come with the fleet. Their secrets are the data plane's (key-vault/).
import type { CloudResponse } from '../http.ts'
import type { World } from '../world.ts'
import { resourceNotFound } from './errors.ts'
import { parseId } from './ids.ts'
import { type Call, type Provider, page } from './provider.ts'
import { findResource, type Resource, resources, resourcesOf } from './resources.ts'

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

export const vaults: Provider = {
  namespace: 'Microsoft.KeyVault',
  routes: [
    { method: 'GET', path: `${group}/{name}`, handle: read },
    { method: 'GET', path: group, handle: (call) => page(call, resourcesOf(call.world, vaultType, parseId(call.path).parent)) },
  ],
}
