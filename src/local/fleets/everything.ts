// One of everything that can be connected, in the resource group of cluster `shop`: what `npm run demo -- --everything` has beside demo.yaml.

import type { Fleet } from './fleet.ts'

type Row = {
  /** `<provider>/<type>/<name>` */
  readonly resource: string
  /** In the words of its provider. Absent: demo.yaml has it. */
  readonly given?: Readonly<Record<string, unknown>>
  /** By target type: what the connection is to, behind the id of the resource. */
  readonly types: Readonly<Record<string, string>>
  /** Its author provides user and password, because Azure gives out none. */
  readonly password?: true
}

const whole = ''
const rules = { network: 'rules', allow: ['198.51.100.7'] }

const server = (type: string, name: string, targetType: string): Row => ({
  resource: `${type}/${name}`,
  // The connector is its administrator, and its address in demo.yaml is let in.
  given: { databases: ['orders'], administrator: 'connector', allow: ['192.0.2.10'] },
  types: { [targetType]: '/databases/orders' },
})

/** One that knows no administrator of Entra ID. */
const singleServer = (type: string, name: string, targetType: string): Row => ({
  resource: `${type}/${name}`,
  given: { databases: ['orders'] },
  types: { [targetType]: '/databases/orders' },
  password: true,
})

const cosmos = (api: string, child: string): Row => ({
  resource: `Microsoft.DocumentDB/databaseAccounts/shop-${api}`,
  given: { api, ...rules },
  types: { [`cosmos-${api}`]: `/${child}` },
})

const rows: readonly Row[] = [
  {
    resource: 'Microsoft.Storage/storageAccounts/shopinvoices',
    types: {
      'storage-blob': '/blobServices/default',
      'storage-queue': '/queueServices/default',
      'storage-table': '/tableServices/default',
      'storage-file': '/fileServices/default',
    },
  },
  { resource: 'Microsoft.AppConfiguration/configurationStores/shop-settings', given: {}, types: { appconfig: whole } },
  { resource: 'Microsoft.KeyVault/vaults/shop-keys', given: rules, types: { keyvault: whole } },
  cosmos('sql', 'sqlDatabases/orders'),
  cosmos('mongo', 'mongodbDatabases/orders'),
  cosmos('table', 'tables/orders'),
  cosmos('cassandra', 'cassandraKeyspaces/orders'),
  cosmos('gremlin', 'gremlinDatabases/orders/graphs/people'),
  { resource: 'Microsoft.Insights/components/shop-traces', given: {}, types: { 'app-insights': whole } },
  { resource: 'Microsoft.Cache/redisEnterprise/shop-cache', given: {}, types: { 'redis-enterprise': '/databases/default' } },
  { resource: 'Microsoft.Cache/Redis/shop-sessions', given: {}, types: { redis: '/databases/0' } },
  { resource: 'Microsoft.ServiceBus/namespaces/shop-messages', given: {}, types: { servicebus: whole } },
  { resource: 'Microsoft.EventHub/namespaces/shop-events', given: {}, types: { eventhub: whole } },
  { resource: 'Microsoft.SignalRService/SignalR/shop-chat', given: {}, types: { signalr: whole } },
  { resource: 'Microsoft.SignalRService/WebPubSub/shop-news', given: {}, types: { webpubsub: whole } },
  {
    resource: 'Microsoft.CognitiveServices/accounts/shop-mind',
    given: { kind: 'AIServices', ...rules },
    types: { openai: whole, cognitiveservices: whole, aiservices: whole },
  },
  server('Microsoft.DBforPostgreSQL/flexibleServers', 'shop-postgres', 'postgres-flexible'),
  server('Microsoft.DBforMySQL/flexibleServers', 'shop-mysql', 'mysql-flexible'),
  server('Microsoft.Sql/servers', 'shop-sql', 'sql'),
  singleServer('Microsoft.DBforPostgreSQL/servers', 'old-postgres', 'postgres'),
  singleServer('Microsoft.DBforMySQL/servers', 'old-mysql', 'mysql'),
]

/** Servers outside of Azure: nothing of them is simulated, because the app asks them nothing. */
const outside: Readonly<Record<string, { readonly type: string; readonly endpoint: string }>> = {
  'confluent-cloud': { type: 'ConfluentBootstrapServer', endpoint: 'pkc-1.westeurope.azure.confluent.cloud:9092' },
  'confluent-schema-registry': { type: 'ConfluentSchemaRegistry', endpoint: 'https://psrc-1.westeurope.azure.confluent.cloud' },
  'neon-postgres': { type: 'SelfHostedServer', endpoint: 'ep-cool-1.gwc.azure.neon.tech/orders' },
  'mongodb-atlas': { type: 'SelfHostedServer', endpoint: 'cluster0.abcde.mongodb.net' },
}

const idOf = (group: string, { resource }: Row): string => `${group}/providers/${resource}`

/** `group`: the id of the resource group. */
export const everything = (group: string): Fleet['resources'] =>
  rows.flatMap((row) => (row.given ? [{ id: idOf(group, row), location: 'northeurope', ...row.given }] : []))

/** As a linker names it, and whether by a password. `undefined`: there is none of that type. */
export function oneOf(targetType: string, group: string): { readonly targetService: object; readonly password: boolean } | undefined {
  if (Object.hasOwn(outside, targetType)) return { targetService: { ...outside[targetType] }, password: true }
  const row = rows.find(({ types }) => Object.hasOwn(types, targetType))
  if (!row) return undefined
  const id = `${idOf(group, row)}${row.types[targetType]}`
  return { targetService: { type: 'AzureResource', id }, password: row.password === true }
}
