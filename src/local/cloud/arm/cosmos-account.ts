// A Cosmos DB account: what ARM stores of it, its four keys, and the connection strings of its API.
// https://learn.microsoft.com/rest/api/cosmos-db-resource-provider/database-accounts

import { createHash } from 'node:crypto'
import type { World } from '../world.ts'
import { keyOf, parseId } from './ids.ts'
import type { Body } from './provider.ts'
import type { Resource } from './resources.ts'

export const cosmosType = 'Microsoft.DocumentDB/databaseAccounts'

export const cosmosApis = ['sql', 'mongo', 'table', 'cassandra', 'gremlin'] as const
export type CosmosApi = (typeof cosmosApis)[number]

/** An account has one API besides NoSQL: MongoDB is a kind, the others are capabilities. */
const capabilities: Readonly<Partial<Record<CosmosApi, string>>> = {
  table: 'EnableTable',
  cassandra: 'EnableCassandra',
  gremlin: 'EnableGremlin',
}

function apiOf({ kind, properties }: Resource): CosmosApi {
  if (kind === 'MongoDB') return 'mongo'
  const has = new Set((properties['capabilities'] as readonly { readonly name: string }[]).map(({ name }) => name))
  return cosmosApis.find((api) => has.has(capabilities[api] ?? '')) ?? 'sql'
}

type Keys = Readonly<
  Record<'primary' | 'secondary' | 'primaryReadonly' | 'secondaryReadonly', { readonly value: string; readonly at: number }>
>
export type KeyKind = keyof Keys

const keys = (world: World): Map<string, Keys> => world.table<Keys>('cosmos-keys')
const newKey = (world: World): Keys['primary'] => ({
  value: createHash('sha512').update(world.uuid()).digest('base64'),
  at: world.clock.now(),
})

export function cosmosKeys(world: World, id: string): Keys {
  const found = keys(world).get(keyOf(id))
  if (found) return found
  const made = { primary: newKey(world), secondary: newKey(world), primaryReadonly: newKey(world), secondaryReadonly: newKey(world) }
  keys(world).set(keyOf(id), made)
  return made
}

export const isKeyKind = (kind: unknown): kind is KeyKind =>
  ['primary', 'secondary', 'primaryReadonly', 'secondaryReadonly'].includes(String(kind))

export const renewCosmosKey = (world: World, id: string, kind: KeyKind): void =>
  void keys(world).set(keyOf(id), { ...cosmosKeys(world, id), [kind]: newKey(world) })

export const moveCosmosKeys = (world: World, from: string, to: string): void => {
  keys(world).set(keyOf(to), cosmosKeys(world, from))
  keys(world).delete(keyOf(from))
}

/** With Azure's defaults: open to every network. */
export function bornCosmosAccount(world: World, id: string, location: string, api: CosmosApi): Resource {
  const { subscription, group, name = '' } = parseId(id)
  const made = `/subscriptions/${subscription}/resourceGroups/${group}/providers/${cosmosType}/${name}`
  keys(world).delete(keyOf(made)) // one that is made again has other keys
  const capability = capabilities[api]
  const place = {
    id: `${name}-${location}`,
    locationName: location,
    documentEndpoint: `https://${name}-${location}.documents.azure.com:443/`,
    provisioningState: 'Succeeded',
    failoverPriority: 0,
    isZoneRedundant: false,
  }
  return {
    id: made,
    name,
    type: cosmosType,
    location,
    kind: api === 'mongo' ? 'MongoDB' : 'GlobalDocumentDB',
    tags: {},
    systemData: { createdAt: new Date(world.clock.now()).toISOString() },
    identity: { type: 'None' },
    properties: {
      provisioningState: 'Succeeded',
      documentEndpoint: `https://${name}.documents.azure.com:443/`,
      publicNetworkAccess: 'Enabled',
      isVirtualNetworkFilterEnabled: false,
      virtualNetworkRules: [],
      ipRules: [],
      networkAclBypass: 'None',
      networkAclBypassResourceIds: [],
      disableLocalAuth: false,
      disableKeyBasedMetadataWriteAccess: false,
      enableAutomaticFailover: false,
      enableMultipleWriteLocations: false,
      enableFreeTier: false,
      instanceId: world.uuid(),
      databaseAccountOfferType: 'Standard',
      consistencyPolicy: { defaultConsistencyLevel: 'Session', maxIntervalInSeconds: 5, maxStalenessPrefix: 100 },
      locations: [place],
      writeLocations: [place],
      readLocations: [place],
      failoverPolicies: [{ id: place.id, locationName: location, failoverPriority: 0 }],
      capabilities: capability ? [{ name: capability }] : [],
      cors: [],
    },
  }
}

/** As ARM answers it: when a key was made is said in the account as well. */
export function answeredCosmosAccount(world: World, account: Resource): Resource {
  const { primary, secondary, primaryReadonly, secondaryReadonly } = cosmosKeys(world, account.id)
  const made = ({ at }: Keys['primary']): Body => ({ generationTime: new Date(at).toISOString() })
  const keysMetadata = {
    primaryMasterKey: made(primary),
    secondaryMasterKey: made(secondary),
    primaryReadonlyMasterKey: made(primaryReadonly),
    secondaryReadonlyMasterKey: made(secondaryReadonly),
  }
  return { ...account, properties: { ...account.properties, keysMetadata } }
}

type ConnectionString = { readonly connectionString: string; readonly description: string; readonly keyKind: string; readonly type: string }

/** Primary first. Accounts for MongoDB have strings of MongoDB only, the others have those of NoSQL, too. */
export function connectionStrings(world: World, account: Resource): readonly ConnectionString[] {
  const api = apiOf(account)
  const { primary, secondary } = cosmosKeys(world, account.id)
  const kinds = [
    ['Primary', primary.value],
    ['Secondary', secondary.value],
  ] as const
  const apis = api === 'mongo' || api === 'sql' ? [api] : (['sql', api] as const)
  return apis.flatMap((one) =>
    kinds.map(([keyKind, key]) => ({
      connectionString: written[one].text(account.name, key),
      description: `${keyKind} ${written[one].type} Connection String`,
      keyKind,
      type: written[one].type,
    })),
  )
}

const written: Readonly<Record<CosmosApi, { readonly type: string; text(name: string, key: string): string }>> = {
  sql: { type: 'Sql', text: (name, key) => `AccountEndpoint=https://${name}.documents.azure.com:443/;AccountKey=${key};` },
  mongo: {
    type: 'MongoDB',
    text: (name, key) =>
      `mongodb://${name}:${encodeURIComponent(key)}@${name}.mongo.cosmos.azure.com:10255/?ssl=true&replicaSet=globaldb&retrywrites=false&maxIdleTimeMS=120000&appName=@${name}@`,
  },
  table: {
    type: 'Table',
    text: (name, key) =>
      `DefaultEndpointsProtocol=https;AccountName=${name};AccountKey=${key};TableEndpoint=https://${name}.table.cosmos.azure.com:443/;`,
  },
  cassandra: {
    type: 'Cassandra',
    text: (name, key) => `HostName=${name}.cassandra.cosmos.azure.com;Username=${name};Password=${key};Port=10350`,
  },
  gremlin: {
    type: 'Gremlin',
    text: (name, key) =>
      `AccountEndpoint=https://${name}.documents.azure.com:443/;AccountKey=${key};ApiKind=Gremlin;GremlinEndpoint=https://${name}.gremlin.cosmos.azure.com:443/;`,
  },
}
