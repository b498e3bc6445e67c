// One of each resource of the catalogue in the simulated cloud, and what a story needs to know of it. A new resource adds a row.
import { type CosmosApi, cosmosKeys } from '../../src/local/cloud/arm/cosmos-account.ts'
import { type Key, keysOf } from '../../src/local/cloud/arm/keyed-resource-keys.ts'
import { resources as existing } from '../../src/local/cloud/arm/resources.ts'
import { keysOf as storageKeysOf } from '../../src/local/cloud/arm/storage-account.ts'
import { tenant } from '../../src/local/cloud/entra/entra.ts'
import { mysqlUsers } from '../../src/local/cloud/mysql/mysql-server.ts'
import { postgresRoles } from '../../src/local/cloud/postgres/postgres-server.ts'
import type { World } from '../../src/local/cloud/world.ts'
import { idOf, subscription } from '../../src/local/fleets/fleet.ts'
import { allGrants, grantKinds, grantText } from '../../src/model/grant.ts'
import { type KeySlot, keySlots } from '../../src/model/key-slot.ts'
import { resourceId } from '../../src/model/resource-id.ts'
import { targetOn } from '../../src/model/target-place.ts'
import { resourceOf, targets } from '../../src/targets/catalogue.ts'
import type { Resource } from '../../src/targets/resource.ts'
import { resourceIn, type Target } from '../../src/targets/target-type.ts'
import { outside } from '../targets/samples.ts'
import { idOfAccount } from './story.ts'

export type Live = {
  readonly id: string
  readonly name: string
  /** How a fleet describes it; storage accounts have a list of their own. */
  readonly inFleet?: Readonly<Record<string, unknown>>
  /** Names of the child that a connection of a type is to, if its ids have one with a name of its own: `<database>/<graph>`. */
  readonly children?: Readonly<Record<string, string>>
  /** It cannot be told to refuse keys or passwords. */
  readonly takesKeysAlways?: true
  /** What the placeholders of the documented values stand for, with the key that is in use. */
  words(world: World, slot: KeySlot): Readonly<Record<string, string>>
  /** The request that makes its first key again, if one can be. */
  rotate?(world: World): { readonly path: string; readonly body: object }
}

const location = 'northeurope'
/** The rule of another party. */
const anybody = '203.0.113.77'
const place = (type: string, name: string): string => `/subscriptions/${subscription}/resourceGroups/shop/providers/${type}/${name}`
const keyOf = (world: World, id: string, slot: KeySlot = 'primary'): Key => {
  const key = keysOf(world, id)[keySlots.indexOf(slot)]
  if (!key) throw new Error(`${id} has no ${slot} key`)
  return key
}

const accountId = idOfAccount('orders')
const vaultId = place('Microsoft.KeyVault/vaults', 'shopkeys')
const mindId = place('Microsoft.CognitiveServices/accounts', 'shopmind')
const storeId = place('Microsoft.AppConfiguration/configurationStores', 'settings')

/** Accounts of Cosmos DB have one API each. */
function cosmos(api: CosmosApi, child: string, names: Readonly<Record<string, string>> = {}): Live {
  const name = `shop${api}`
  const id = place('Microsoft.DocumentDB/databaseAccounts', name)
  return {
    id,
    name,
    inFleet: { api, network: 'rules', allow: ['198.51.100.7'] },
    children: { [`cosmos-${api}`]: child },
    words: (world, slot) => ({
      ...{ account: name, subscription, group: 'shop', region: location, key: cosmosKeys(world, id)[slot].value, ...names },
      ...{ user: name, password: encodeURIComponent(cosmosKeys(world, id)[slot].value) },
    }),
    rotate: () => ({ path: 'regenerateKey?api-version=2025-10-15', body: { keyKind: 'primary' } }),
  }
}

const componentId = place('microsoft.insights/components', 'traces')
const connectionStringOf = (world: World): string => String(existing(world).get(componentId.toLowerCase())?.properties['ConnectionString'])
const redisId = place('Microsoft.Cache/redisEnterprise', 'cache')
const cacheId = place('Microsoft.Cache/redis', 'sessions')

/** By target type where resources of one ARM type differ, else by ARM type. */
const all: Readonly<Record<string, Live>> = {
  'microsoft.insights/components': {
    id: componentId,
    name: 'traces',
    inFleet: {},
    words(world) {
      const [, ikey = ''] = /InstrumentationKey=([^;]+)/.exec(connectionStringOf(world)) ?? []
      return { ikey, connection_string: connectionStringOf(world) }
    },
  },
  'microsoft.cache/redis': {
    id: cacheId,
    name: 'sessions',
    inFleet: { network: 'rules', allow: ['198.51.100.7'] },
    children: { redis: '0' },
    words: (world, slot) => ({ host: 'sessions.redis.cache.windows.net', database: '0', key: keyOf(world, cacheId, slot).value }),
    rotate: () => ({ path: 'regenerateKey?api-version=2024-11-01', body: { keyType: 'Primary' } }),
  },
  'microsoft.cache/redisenterprise': {
    id: redisId,
    name: 'cache',
    inFleet: {},
    words: (world, slot) => ({ host: `cache.${location}.redis.azure.net`, key: keyOf(world, redisId, slot).value }),
    rotate: () => ({ path: 'databases/default/regenerateKey?api-version=2025-07-01', body: { keyType: 'Primary' } }),
  },
  'cosmos-sql': cosmos('sql', 'orders', { database: 'orders' }),
  'cosmos-mongo': cosmos('mongo', 'orders', { database: 'orders' }),
  'cosmos-table': cosmos('table', 'orders'),
  'cosmos-cassandra': cosmos('cassandra', 'orders', { keyspace: 'orders' }),
  'cosmos-gremlin': cosmos('gremlin', 'orders/people', { database: 'orders', graph: 'people' }),
  'microsoft.storage/storageaccounts': {
    id: accountId,
    name: 'orders',
    words: (world, slot) => ({ account: 'orders', account_key: storageKeysOf(world, accountId)[keySlots.indexOf(slot)]?.value ?? '' }),
    rotate: () => ({ path: 'regenerateKey?api-version=2024-01-01', body: { keyName: 'key1' } }),
  },
  'microsoft.keyvault/vaults': {
    id: vaultId,
    name: 'shopkeys',
    inFleet: { network: 'rules', allow: ['198.51.100.7'] },
    words: () => ({ vault: 'shopkeys' }),
  },
  'microsoft.appconfiguration/configurationstores': {
    id: storeId,
    name: 'settings',
    inFleet: {},
    words(world, slot) {
      const { id, value } = keyOf(world, storeId, slot)
      return { config_store: 'settings', id, secret: value }
    },
    rotate: (world) => ({ path: 'regenerateKey?api-version=2024-06-01', body: { id: keyOf(world, storeId).id } }),
  },
  'microsoft.dbforpostgresql/flexibleservers': server('Microsoft.DBforPostgreSQL/flexibleServers', 'shopdb'),
  'microsoft.dbformysql/flexibleservers': server('Microsoft.DBforMySQL/flexibleServers', 'shopmysql'),
  'microsoft.sql/servers': server('Microsoft.Sql/servers', 'shopsql'),
  'microsoft.dbforpostgresql/servers': server('Microsoft.DBforPostgreSQL/servers', 'oldpg', 'ada@oldpg'),
  'microsoft.dbformysql/servers': server('Microsoft.DBforMySQL/servers', 'oldmysql', 'ada@oldmysql'),
  'microsoft.servicebus/namespaces': messaging('Microsoft.ServiceBus', 'shopmessages'),
  'microsoft.eventhub/namespaces': messaging('Microsoft.EventHub', 'shopevents'),
  'microsoft.cognitiveservices/accounts': {
    id: mindId,
    name: 'shopmind',
    inFleet: { kind: 'AIServices', network: 'rules', allow: [anybody] },
    words: (world, slot) => ({ account: 'shopmind', key: keyOf(world, mindId, slot).value }),
    rotate: () => ({ path: 'regenerateKey?api-version=2025-06-01', body: { keyName: 'Key1' } }),
  },
  'microsoft.signalrservice/signalr': signalR('SignalR', 'shopchat'),
  'microsoft.signalrservice/webpubsub': signalR('WebPubSub', 'shopnews'),
}

/** A server with one database. `user`: as the server wants it. */
function server(type: string, name: string, user = 'ada'): Live {
  const isSingle = /\.DBfor\w+\/servers$/.test(type)
  const children = Object.fromEntries(['postgres-flexible', 'mysql-flexible', 'sql', 'postgres', 'mysql'].map((one) => [one, 'orders']))
  return {
    id: place(type, name),
    name,
    inFleet: {
      network: 'rules',
      // One of them shuts the app out, which lets itself in there.
      allow: type.startsWith('Microsoft.Sql') ? [anybody] : [anybody, '192.0.2.10'],
      databases: ['orders'],
      ...(isSingle ? {} : { administrator: 'connector' }),
    },
    children,
    ...(isSingle ? { takesKeysAlways: true as const } : {}),
    words: () => ({ server: name, database: 'orders', user }),
  }
}

/** In a namespace without any rule every address is let in. */
function messaging(provider: string, name: string): Live {
  const id = place(`${provider}/namespaces`, name)
  return {
    id,
    name,
    inFleet: { network: 'rules', allow: [anybody] },
    words: (world, slot) => ({ namespace: name, rule: 'RootManageSharedAccessKey', key: keyOf(world, id, slot).value }),
    rotate: () => ({
      path: 'authorizationRules/RootManageSharedAccessKey/regenerateKeys?api-version=2024-01-01',
      body: { keyType: 'PrimaryKey' },
    }),
  }
}

function signalR(type: 'SignalR' | 'WebPubSub', name: string): Live {
  const id = place(`Microsoft.SignalRService/${type}`, name)
  return {
    id,
    name,
    inFleet: { network: 'rules', allow: [anybody] },
    words: (world, slot) => ({ [type.toLowerCase()]: name, key: keyOf(world, id, slot).value }),
    rotate: () => ({ path: 'regenerateKey?api-version=2024-03-01', body: { keyType: 'Primary' } }),
  }
}

export function live(target: Pick<Target, 'type' | 'on'>): Live {
  const { type } = target
  const { endpoint, words } = outside[type] ?? {}
  if (endpoint !== undefined) return { id: endpoint, name: endpoint, takesKeysAlways: true, words: () => words ?? {} }
  const found = all[type] ?? all[resourceIn(target)?.armType ?? '']
  if (!found) throw new Error(`live-targets.ts has no ${type}`)
  return found
}

/** Those that a type of the catalogue is on. */
export const lives: readonly (Live & { readonly on: Resource })[] = Object.values(all).flatMap((one) => {
  const on = resourceOf(resourceId(one.id).type)
  return on ? { ...one, on } : []
})

/** The `targetService` of a connection to it. */
export const targetServiceOf = (target: Target): object =>
  'endpoint' in target.on ? { type: target.on.endpoint, endpoint: live(target).id } : { type: 'AzureResource', id: idOfTarget(target) }

/** As a connection names it. */
export function idOfTarget(target: Target): string {
  const { id, children } = live(target)
  const place = targetOn(resourceId(id), target, children?.[target.type])
  if (!place) throw new Error(`live-targets.ts has no child of ${id} for ${target.type}`)
  return place.id
}

/** The `resources` of a fleet that has one of each. */
export const liveResources = Object.values(all).flatMap(({ id, inFleet }) => (inFleet ? [{ id, location, ...inFleet }] : []))

/** Those of them that accept keys, without them. */
export const withoutKeys = liveResources.map((one) => ({
  ...one,
  ...(targets.some((target) => live(target).id === one.id && target.auth.includes('secret')) ? { localAuth: false } : {}),
}))

/** The auth type with which a connection needs the least: no grant, and no identity. */
export const simplestAuth = ({ auth }: Target): 'secret' | 'workload-identity' => (auth.includes('secret') ? 'secret' : 'workload-identity')

/** How a linker asks for auth `secret`: where Azure gives out no credential, its author provides one. */
export const bySecret = ({ gives }: Pick<Target, 'gives'>): object =>
  gives === 'nothing'
    ? { authType: 'secret', name: 'ada', secretInfo: { secretType: 'rawValue', value: 'password-of-ada' } }
    : { authType: 'secret' }

/** A type of each resource that a fleet describes in `resources`. */
export const oneOfEach: readonly Target[] = lives.flatMap(({ id, inFleet }) =>
  inFleet ? (targets.find((target) => live(target).id === id) ?? []) : [],
)

/** One grant of each kind that a service keeps itself, with a type that offers it. */
export const dataGrantsToTry: readonly { readonly target: Target; readonly grant: string }[] = grantKinds.flatMap((kind) => {
  const found = targets
    .flatMap((target) => allGrants(target.grants).map((grant) => ({ target, grant })))
    .find(({ grant }) => grant.kind === kind)
  // Users of databases are tried by themselves (databases.test.ts). Vaults here have Azure roles.
  return found && kind !== 'azureRole' && kind !== 'databaseRole' && kind !== 'vaultAccessPolicy'
    ? [{ target: found.target, grant: grantText(found.grant) }]
    : []
})

type Principal = { readonly principalId: string; readonly clientId: string }

/** The name of its user on a server. */
function databaseUserOf(world: World, server: string, { principalId, clientId }: Principal): string {
  const roles = Object.entries(postgresRoles(world).get(server.toLowerCase()) ?? {})
  const users = Object.entries(mysqlUsers(world).get(server.toLowerCase())?.users ?? {})
  return [...roles.filter(([, { objectId }]) => objectId === principalId), ...users.filter(([, { auth }]) => auth.endsWith(`:${clientId}`))]
    .map(([name]) => name)
    .join()
}

/** A documented value with the simulated cloud's own names and keys in it. `provided`: who signs in, where it is not the identity that the app made. */
export function filled(text: string, { id, words }: Live, world: World, slot: KeySlot = 'primary', provided?: Principal): string {
  const identityOf = (start: string): Principal => {
    const identities = [...existing(world).values()].filter(({ type }) => /\/userAssignedIdentities$/i.test(type))
    const { clientId, principalId } = identities.find(({ name }) => name.startsWith(start))?.properties ?? {}
    return { clientId: String(clientId), principalId: String(principalId) }
  }
  const known: Readonly<Record<string, string>> = {
    identity_client_id: identityOf('sc-').clientId,
    csi_addon_identity_client_id: identityOf('azurekeyvaultsecretsprovider-').clientId,
    identity_user: databaseUserOf(world, id, provided ?? identityOf('sc-')),
    sp_client_id: idOf('client batch'),
    sp_client_secret: 'secret-of-batch',
    user: 'ada',
    password: 'password-of-ada',
    urlencoded_password: 'password-of-ada',
    tenant_id: tenant,
    ...words(world, slot),
  }
  return text.replaceAll(/\{(\w+)\}/g, (_, word: string) => {
    const value = known[word]
    if (value === undefined) throw new Error(`live-targets.ts has no value for {${word}} of ${text}`)
    return value
  })
}
