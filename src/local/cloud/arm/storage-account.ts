// A storage account: what ARM stores of it, and its keys. Whom its network lets in says storage-network.ts.

import { createHash } from 'node:crypto'
import type { World } from '../world.ts'
import { keyOf, parseId } from './ids.ts'
import { type Body, objectOf } from './provider.ts'
import { type Resource, removeResource, resources } from './resources.ts'

export const storageType = 'Microsoft.Storage/storageAccounts'

export const isStorageAccount = ({ type }: Resource): boolean => type.toLowerCase() === storageType.toLowerCase()

export type StorageKey = {
  readonly keyName: 'key1' | 'key2'
  readonly value: string
  readonly permissions: 'FULL'
  readonly creationTime: string
}

/** By the account's id in lower case. */
const keys = (world: World): Map<string, readonly StorageKey[]> => world.table<readonly StorageKey[]>('storage-keys')

export function keysOf(world: World, id: string): readonly StorageKey[] {
  const found = keys(world).get(keyOf(id))
  if (found) return found
  const made = [newKey(world, 'key1'), newKey(world, 'key2')]
  keys(world).set(keyOf(id), made)
  return made
}

export function renewKey(world: World, id: string, keyName: string): readonly StorageKey[] {
  const renewed = keysOf(world, id).map((key) => (key.keyName === keyName ? newKey(world, key.keyName) : key))
  keys(world).set(keyOf(id), renewed)
  return renewed
}

/** With Azure's defaults, and open to every network. */
export function bornAccount(
  world: World,
  id: string,
  location: string,
  given: { readonly sku?: unknown; readonly kind?: unknown } = {},
): Resource {
  const { subscription, group, name = '' } = parseId(id)
  const endpoint = (service: string): string => `https://${name}.${service}.core.windows.net/`
  const made = `/subscriptions/${subscription}/resourceGroups/${group}/providers/${storageType}/${name}`
  keysOf(world, made)
  return {
    id: made,
    name,
    type: storageType,
    location,
    sku: skuOf(given.sku),
    kind: given.kind ?? 'StorageV2',
    properties: {
      provisioningState: 'Succeeded',
      creationTime: new Date(world.clock.now()).toISOString(),
      primaryLocation: location,
      statusOfPrimary: 'available',
      primaryEndpoints: Object.fromEntries(['blob', 'queue', 'table', 'file', 'dfs', 'web'].map((service) => [service, endpoint(service)])),
      supportsHttpsTrafficOnly: true,
      minimumTlsVersion: 'TLS1_2',
      allowBlobPublicAccess: false,
      allowSharedKeyAccess: true,
      accessTier: 'Hot',
      privateEndpointConnections: [],
      publicNetworkAccess: 'Enabled',
      networkAcls: { bypass: 'AzureServices', virtualNetworkRules: [], ipRules: [], defaultAction: 'Allow' },
    },
  }
}

/** The tier is the first word of the name. */
function skuOf(given: unknown): Body {
  const { name } = { name: 'Standard_LRS', ...objectOf(given) }
  return { name, tier: String(name).split('_')[0] }
}

/** As ARM answers it: when a key was made is said in the account as well. */
export const answeredAccount = (world: World, account: Resource): Resource => ({
  ...account,
  properties: {
    ...account.properties,
    keyCreationTime: Object.fromEntries(keysOf(world, account.id).map(({ keyName, creationTime }) => [keyName, creationTime])),
  },
})

/** Keys belong to the account: one that is made again under the same name has others. */
export function removeStorageAccount(world: World, id: string): void {
  keys(world).delete(keyOf(id))
  removeResource(world, id)
}

/** A moved account keeps its keys. */
export function moveKeys(world: World, from: string, to: string): void {
  keys(world).set(keyOf(to), keysOf(world, from))
  keys(world).delete(keyOf(from))
}

function newKey(world: World, keyName: StorageKey['keyName']): StorageKey {
  const value = createHash('sha512').update(world.uuid()).digest('base64')
  return { keyName, value, permissions: 'FULL', creationTime: new Date(world.clock.now()).toISOString() }
}

/** An account's name is unique in all of Azure. Asked for with every request to storage: no more work than it needs. */
export function accountNamed(world: World, name: string): Resource | undefined {
  for (const row of resources(world).values()) if (row.name === name && row.type === storageType) return row
  return undefined
}

export type StorageAccount = {
  readonly id: string
  readonly name: string
  readonly region: string
  readonly keys: readonly StorageKey[]
  readonly allowSharedKeyAccess: boolean
  readonly createdAt: string
}

export function storageAccount(world: World, name: string): StorageAccount | undefined {
  const found = accountNamed(world, name)
  return (
    found && {
      id: found.id,
      name: found.name,
      region: found.location,
      keys: keysOf(world, found.id),
      allowSharedKeyAccess: found.properties['allowSharedKeyAccess'] !== false,
      createdAt: String(found.properties['creationTime'] ?? ''),
    }
  )
}
