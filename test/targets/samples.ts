// One resource of each ARM type as Azure answers it, as far as the values of connections are made of it, and what stands for the placeholders of
// service-connector.json there. A new resource adds a row.
import type { ServiceFacts } from '../../src/model/facts.ts'
import { resourceId } from '../../src/model/resource-id.ts'
import { targetAtEndpoint, targetOn } from '../../src/model/target-place.ts'
import type { TargetTypeName } from '../../src/model/target-type.ts'
import { resources } from '../../src/targets/catalogue.ts'
import type { Body } from '../../src/targets/firewall/firewall.ts'
import { serviceAt } from '../../src/targets/outside.ts'
import { credentialOf } from '../../src/targets/resource.ts'
import { resourceIn, type Target } from '../../src/targets/target-type.ts'

export type Sample = {
  readonly name: string
  /** Names of the child that the connection is to. */
  readonly child?: string
  readonly body: Body
  /** Body of the child that is read with it. */
  readonly detail?: Body
  /** Answer to the request for the credential, if there is any. */
  readonly keys: unknown
  /** Placeholders of the documented values, beside those of every resource. */
  readonly words: Readonly<Record<string, string>>
}

/** `hosts`: what newer versions of the API tell of the hosts. */
function cosmos(
  body: Body,
  words: Readonly<Record<string, string>>,
  { child, strings = [] }: { readonly child: string; readonly strings?: readonly object[] },
): Sample {
  return {
    name: 'acc',
    child,
    body: {
      kind: 'GlobalDocumentDB',
      ...body,
      properties: {
        documentEndpoint: 'https://acc.documents.azure.com:443/',
        writeLocations: [{ locationName: 'West Europe' }],
        ...Object(body['properties']),
      },
    },
    keys: { primaryMasterKey: 'a2V5', connectionStrings: strings },
    words: {
      account: 'acc',
      key: 'a2V5',
      subscription: '0b1f6471-1bf0-4dda-aec3-cb9272f09590',
      group: 'data',
      region: 'West Europe',
      ...words,
    },
  }
}
const connectionString =
  'InstrumentationKey=a2V5;IngestionEndpoint=https://westeurope-1.in.applicationinsights.azure.com/;LiveEndpoint=https://x/'
const capability = (name: string): Body => ({ properties: { capabilities: [{ name }] } })
const mongoText =
  'mongodb://acc:a2V5@acc.mongo.cosmos.azure.com:10255/?ssl=true&replicaSet=globaldb&retrywrites=false&maxIdleTimeMS=120000&appName=@acc@'
const tableText = 'DefaultEndpointsProtocol=https;AccountName=acc;AccountKey=a2V5;TableEndpoint=https://acc.table.cosmos.azure.com:443/;'
const other = { connectionString: 'other', keyKind: 'Secondary', type: 'MongoDB' }

/** By target type where resources of one ARM type differ, else by ARM type. The key of each is `a2V5`, so that a test can look for it. */
const namespaceSample: Sample = {
  name: 'messages',
  body: { sku: { name: 'Standard' }, properties: { serviceBusEndpoint: 'https://messages.servicebus.windows.net:443/' } },
  keys: {
    primaryConnectionString:
      'Endpoint=sb://messages.servicebus.windows.net/;SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey=a2V5',
  },
  words: { namespace: 'messages', rule: 'RootManageSharedAccessKey', key: 'a2V5' },
}

const server = (name: string, domain: string, properties: Body): Sample => ({
  name,
  child: 'orders',
  body: { properties: { fullyQualifiedDomainName: `${name}.${domain}`, ...properties } },
  keys: {},
  words: { server: name, database: 'orders' },
})
/** Single servers want their name behind that of the user. */
const atServer = (sample: Sample): Sample => ({ ...sample, words: { ...sample.words, user: `ada@${sample.name}` } })

const samples: Readonly<Record<string, Sample>> = {
  'cosmos-sql': cosmos({}, { database: 'orders' }, { child: 'orders' }),
  'cosmos-mongo': cosmos(
    { kind: 'MongoDB' },
    { database: 'orders', user: 'acc', password: 'a2V5' },
    { child: 'orders', strings: [other, { connectionString: mongoText, keyKind: 'Primary', type: 'MongoDB' }] },
  ),
  'cosmos-table': cosmos(
    capability('EnableTable'),
    {},
    { child: 'orders', strings: [other, { connectionString: tableText, keyKind: 'Primary', type: 'Table' }] },
  ),
  'cosmos-cassandra': cosmos(capability('EnableCassandra'), { keyspace: 'orders' }, { child: 'orders' }),
  'cosmos-gremlin': cosmos(capability('EnableGremlin'), { database: 'orders', graph: 'people' }, { child: 'orders/people' }),
  'microsoft.insights/components': {
    name: 'traces',
    body: { kind: 'web', properties: { ConnectionString: connectionString } },
    keys: { properties: { ConnectionString: connectionString } },
    words: { ikey: 'a2V5', connection_string: connectionString },
  },
  'microsoft.cache/redis': {
    name: 'cache',
    child: '3',
    body: { properties: { hostName: 'cache.redis.cache.windows.net', sslPort: 6380, redisConfiguration: { 'aad-enabled': 'True' } } },
    keys: { primaryKey: 'a2V5', secondaryKey: 'other' },
    words: { host: 'cache.redis.cache.windows.net', key: 'a2V5', database: '3' },
  },
  'microsoft.cache/redisenterprise': {
    name: 'cache',
    body: { sku: { name: 'Balanced_B0' }, properties: { hostName: 'cache.westeurope.redis.azure.net' } },
    detail: { properties: { port: 10000, clientProtocol: 'Encrypted', accessKeysAuthentication: 'Enabled' } },
    keys: { primaryKey: 'a2V5', secondaryKey: 'other' },
    words: { host: 'cache.westeurope.redis.azure.net', key: 'a2V5' },
  },
  'microsoft.storage/storageaccounts': {
    name: 'stdata',
    body: {
      kind: 'StorageV2',
      properties: {
        primaryEndpoints: Object.fromEntries(
          ['blob', 'queue', 'table', 'file'].map((service) => [service, `https://stdata.${service}.core.windows.net/`]),
        ),
      },
    },
    keys: { keys: [{ keyName: 'key1', value: 'a2V5' }] },
    words: { account: 'stdata', account_key: 'a2V5' },
  },
  'microsoft.appconfiguration/configurationstores': {
    name: 'settings',
    body: { sku: { name: 'standard' }, properties: { endpoint: 'https://settings.azconfig.io', disableLocalAuth: false } },
    keys: {
      value: [
        { name: 'Secondary', connectionString: 'Endpoint=https://settings.azconfig.io;Id=other;Secret=other' },
        { name: 'Primary', connectionString: 'Endpoint=https://settings.azconfig.io;Id=4dqA;Secret=a2V5' },
      ],
    },
    words: { config_store: 'settings', id: '4dqA', secret: 'a2V5' },
  },
  'microsoft.servicebus/namespaces': namespaceSample,
  'microsoft.eventhub/namespaces': namespaceSample,
  // Of the kind that offers all services.
  'microsoft.cognitiveservices/accounts': {
    name: 'mind',
    body: {
      kind: 'AIServices',
      properties: {
        endpoint: 'https://mind.cognitiveservices.azure.com/',
        endpoints: {
          'OpenAI Language Model Instance API': 'https://mind.openai.azure.com/',
          'Speech Services Speech to Text (Standard)': 'https://mind.cognitiveservices.azure.com/',
          Token: 'https://mind.cognitiveservices.azure.com/',
        },
      },
    },
    keys: { key1: 'a2V5', key2: 'other' },
    words: { account: 'mind', key: 'a2V5' },
  },
  'microsoft.signalrservice/signalr': {
    name: 'chat',
    body: { kind: 'SignalR', properties: { hostName: 'chat.service.signalr.net' } },
    keys: { primaryConnectionString: 'Endpoint=https://chat.service.signalr.net;AccessKey=a2V5;Version=1.0;' },
    words: { signalr: 'chat', key: 'a2V5' },
  },
  'microsoft.signalrservice/webpubsub': {
    name: 'chat',
    body: { kind: 'WebPubSub', properties: { hostName: 'chat.webpubsub.azure.com' } },
    keys: { primaryConnectionString: 'Endpoint=https://chat.webpubsub.azure.com;AccessKey=a2V5;Version=1.0;' },
    words: { webpubsub: 'chat', key: 'a2V5' },
  },
  'microsoft.dbforpostgresql/flexibleservers': server('pg1', 'postgres.database.azure.com', {
    state: 'Ready',
    version: '16',
    authConfig: { activeDirectoryAuth: 'Enabled', passwordAuth: 'Enabled' },
  }),
  'microsoft.dbformysql/flexibleservers': server('my1', 'mysql.database.azure.com', { state: 'Ready', version: '8.0.21' }),
  'microsoft.sql/servers': {
    ...server('sql1', 'database.windows.net', { state: 'Ready', version: '12.0' }),
    detail: { properties: { azureADOnlyAuthentication: false } },
  },
  'microsoft.dbforpostgresql/servers': atServer(server('pg1', 'postgres.database.azure.com', { userVisibleState: 'Ready' })),
  'microsoft.dbformysql/servers': atServer(server('my1', 'mysql.database.azure.com', { userVisibleState: 'Ready' })),
  'microsoft.keyvault/vaults': {
    name: 'kvdata',
    body: { properties: { vaultUri: 'https://kvdata.vault.azure.net/', enableRbacAuthorization: true } },
    keys: {},
    words: { vault: 'kvdata' },
  },
}

/** Servers outside of Azure, by target type: nothing tells what they are but their endpoints. */
export const outside: Readonly<
  Partial<Record<TargetTypeName, { readonly endpoint: string; readonly words: Readonly<Record<string, string>> }>>
> = {
  'confluent-cloud': {
    endpoint: 'pkc-1.westeurope.azure.confluent.cloud:9092',
    words: { bootstrap_server: 'pkc-1.westeurope.azure.confluent.cloud' },
  },
  'confluent-schema-registry': {
    endpoint: 'https://psrc-1.westeurope.azure.confluent.cloud',
    words: { schema_registry_url: 'https://psrc-1.westeurope.azure.confluent.cloud' },
  },
  'neon-postgres': {
    endpoint: 'ep-cool-1.gwc.azure.neon.tech/orders',
    words: { neon_host: 'ep-cool-1.gwc.azure.neon.tech', database: 'orders' },
  },
  'mongodb-atlas': { endpoint: 'cluster0.abcde.mongodb.net', words: { cluster_host: 'cluster0.abcde.mongodb.net' } },
}

export function sampleOf(target: Pick<Target, 'type' | 'on'>): Sample {
  const { type, on } = target
  const known = outside[type]
  if (known) return { name: '', body: {}, keys: {}, words: known.words }
  const armType = resourceIn(target)?.armType ?? ''
  const sample = samples[type] ?? samples[armType]
  if (!sample)
    throw new Error(`samples.ts has no ${JSON.stringify(on)}; the catalogue has ${resources.map((one) => one.armType).join(', ')}`)
  return sample
}

/** What the sample offers of the type, where, and by which key. `host`: in place of the domain of the public cloud. */
export function placed(target: Target, host?: string): { readonly service: ServiceFacts; readonly targetId: string; readonly key: string } {
  const { type } = target
  const known = outside[type]
  if (known) return { service: serviceAt(known), targetId: targetAtEndpoint(known.endpoint, target)?.id ?? '', key: '' }
  const [sample, resource] = [sampleOf(target), resourceIn(target)]
  const service = resource?.read(bodyOf(sample, host), sample.detail).services[type]
  const id = resourceId(
    `/subscriptions/0b1f6471-1bf0-4dda-aec3-cb9272f09590/resourceGroups/data/providers/${resource?.armType}/${sample.name}`,
  )
  const place = targetOn(id, target, sample.child)
  if (!resource || !service || !place) throw new Error(`samples.ts offers no ${type}`)
  return { service, targetId: place.id, key: credentialOf(resource, type)?.pick(keysOf(sample, host), 'primary') ?? '' }
}

/** `host`: in place of the domain of the public cloud. */
export function bodyOf(sample: Sample, host?: string): Body {
  const body = { id: sample.name, name: sample.name, location: 'westeurope', ...sample.body }
  return host === undefined ? body : (JSON.parse(elsewhere(JSON.stringify(body), host)) as Body)
}

const keysOf = (sample: Sample, host?: string): unknown =>
  host === undefined ? sample.keys : JSON.parse(elsewhere(JSON.stringify(sample.keys), host))

/** Everything behind the name of the resource. */
const elsewhere = (text: string, host: string): string =>
  text.replaceAll(
    /\b(database\.windows\.net|redis\.cache\.windows\.net|core\.windows\.net|azconfig\.io|servicebus\.windows\.net|service\.signalr\.net|webpubsub\.azure\.com|vault\.azure\.net|azure\.com)\b/g,
    host,
  )
