// A Cosmos DB account: one API, databases below it, one firewall and one set of keys.
// Surprising: an account without any IP rule lets everyone in, and a change of the rules takes minutes and locks the account meanwhile
// (https://learn.microsoft.com/azure/cosmos-db/how-to-configure-firewall).
import * as z from 'zod'
import { inShape } from '../../model/answer-shape.ts'
import type { ServiceFacts } from '../../model/facts.ts'
import { keyOf } from '../../model/loop.ts'
import type { Body, Network } from '../firewall/firewall.ts'
import { inBody } from '../firewall/in-body.ts'
import type { Credential, Resource } from '../resource.ts'
import { cosmosRulesByHand } from './cosmos-by-hand.ts'

const action = (name: string): string => `Microsoft.DocumentDB/databaseAccounts/${name}`
const apiVersion = '2025-10-15'

const accountSchema = z.looseObject({
  kind: z.string().nullish(),
  location: z.string(),
  systemData: z.looseObject({ createdAt: z.string().nullish() }).nullish(),
  properties: z.looseObject({
    documentEndpoint: z.string().nullish(),
    cassandraEndpoint: z.string().nullish(),
    gremlinEndpoint: z.string().nullish(),
    tableEndpoint: z.string().nullish(),
    mongoEndpoint: z.string().nullish(),
    disableLocalAuth: z.boolean().nullish(),
    capabilities: z.array(z.looseObject({ name: z.string() })).nullish(),
    writeLocations: z.array(z.looseObject({ locationName: z.string() })).nullish(),
    keysMetadata: z.looseObject({ primaryMasterKey: z.looseObject({ generationTime: z.string().nullish() }).nullish() }).nullish(),
  }),
})
type Account = z.infer<typeof accountSchema>
const networkSchema = z.looseObject({
  publicNetworkAccess: z.string().nullish(),
  isVirtualNetworkFilterEnabled: z.boolean().nullish(),
  ipRules: z.array(z.unknown()).nullish(),
  virtualNetworkRules: z.array(z.looseObject({ id: z.string() })).nullish(),
})

export const cosmosAccount: Resource = {
  armType: 'microsoft.documentdb/databaseaccounts',
  apiVersion,
  label: 'Cosmos DB account',

  read(body) {
    const account = inShape(accountSchema, body)
    const { location, systemData, properties } = account
    const generated = properties.keysMetadata?.primaryMasterKey?.generationTime
    const service = serviceOf(account)
    return {
      location: location.replace(/\s/g, '').toLowerCase(),
      localAuth: properties.disableLocalAuth !== true,
      services: service ? { [typeOf(account)]: service } : {},
      sort: `an account for ${typeOf(account).replace('cosmos-', '')}`,
      ...(generated ? { keyVersion: keyOf(generated) } : {}),
      ...(systemData?.createdAt ? { createdAt: systemData.createdAt } : {}),
    }
  },

  firewall: inBody({
    apiVersion,
    list: 'ipRules',
    field: 'ipAddressOrRange',
    // No limit is documented; a refusal for one is reported as it is.
    max: 1_000,
    serviceEndpoint: { name: 'Microsoft.AzureCosmosDB', service: 'Azure Cosmos DB', allow: 'cosmosdb network-rule add --name' },
    network: networkOf,
    opensWhenEmpty: (properties) => inShape(networkSchema, properties).isVirtualNetworkFilterEnabled !== true,
    byHand: cosmosRulesByHand,
  }),

  credentials: {
    'cosmos-mongo': connectionString('MongoDB'),
    'cosmos-table': connectionString('Table'),
    '*': {
      action: 'listKeys',
      query: (slot) => `${slot}MasterKey`,
      pick: (answer, slot) => inShape(z.looseObject({ [`${slot}MasterKey`]: z.string().min(1) }), answer)[`${slot}MasterKey`] ?? '',
    },
  },
  renewal: { action: 'regenerateKey', body: (slot) => ({ keyKind: slot }) },

  rights: {
    read: [action('read')],
    // A change of the firewall is an operation of minutes, which is polled in the subscription.
    firewall: [action('write'), 'Microsoft.DocumentDB/locations/operationsStatus/read'],
    credential: [action('listKeys/action'), action('listConnectionStrings/action')],
    renewal: [action('regenerateKey/action'), 'Microsoft.DocumentDB/locations/operationsStatus/read'],
  },
  events: [action('write'), action('delete'), action('regenerateKey/action')],
}

/** The target type of its API. `body`: of the account, as ARM answers it. @throws TypeError where it is no such answer */
export const cosmosTypeOf = (body: unknown): CosmosType => typeOf(inShape(accountSchema, body))

const wordOf = { primary: 'Primary', secondary: 'Secondary' } as const

/** https://learn.microsoft.com/rest/api/cosmos-db-resource-provider/database-accounts/list-connection-strings */
function connectionString(type: 'MongoDB' | 'Table'): Credential {
  const row = z.looseObject({ connectionString: z.string().min(1), keyKind: z.string().nullish(), type: z.string().nullish() })
  return {
    action: 'listConnectionStrings',
    query: (slot) => `connectionStrings[?type=='${type}' && keyKind=='${wordOf[slot]}'].connectionString | [0]`,
    pick(answer, slot) {
      const { connectionStrings } = inShape(z.looseObject({ connectionStrings: z.array(row) }), answer)
      const found = connectionStrings.find((one) => one.type === type && one.keyKind === wordOf[slot])
      if (!found) throw new TypeError(`The account has no ${slot} connection string for ${type}`)
      return found.connectionString
    },
  }
}

const apis = { EnableTable: 'cosmos-table', EnableCassandra: 'cosmos-cassandra', EnableGremlin: 'cosmos-gremlin' } as const

export type CosmosType = `cosmos-${'sql' | 'mongo' | 'table' | 'cassandra' | 'gremlin'}`

/** MongoDB is a kind of account, the other APIs are capabilities: https://learn.microsoft.com/azure/cosmos-db/choose-api */
function typeOf({ kind, properties }: Account): CosmosType {
  if (kind === 'MongoDB') return 'cosmos-mongo'
  const names = new Set((properties.capabilities ?? []).map(({ name }) => name))
  const found = (Object.keys(apis) as (keyof typeof apis)[]).find((name) => names.has(name))
  return found ? apis[found] : 'cosmos-sql'
}

/** The host of an API is told by newer versions of the API only; it differs from the account's own in one part. */
function serviceOf(account: Account): ServiceFacts | undefined {
  const {
    documentEndpoint: endpoint,
    tableEndpoint,
    mongoEndpoint,
    cassandraEndpoint,
    gremlinEndpoint,
    writeLocations,
  } = account.properties
  if (!endpoint) return undefined
  const host = (told: string | null | undefined, api: string): string =>
    new URL(told || endpoint.replace('.documents.azure.', `.${api}.cosmos.azure.`)).hostname
  const region = writeLocations?.[0]?.locationName ?? account.location
  switch (typeOf(account)) {
    case 'cosmos-cassandra':
      return { endpoint, host: host(cassandraEndpoint, 'cassandra'), region }
    case 'cosmos-mongo':
      return { endpoint, host: host(mongoEndpoint, 'mongo') }
    case 'cosmos-table':
      return { endpoint, host: host(tableEndpoint, 'table') }
    case 'cosmos-gremlin':
      return { endpoint, host: host(gremlinEndpoint, 'gremlin') }
    default:
      return { endpoint }
  }
}

function networkOf(properties: Body): Network {
  const { publicNetworkAccess, isVirtualNetworkFilterEnabled, ipRules, virtualNetworkRules } = inShape(networkSchema, properties)
  const isClosed = publicNetworkAccess === 'Disabled' || publicNetworkAccess === 'SecuredByPerimeter'
  const hasRules = (ipRules ?? []).length > 0 || isVirtualNetworkFilterEnabled === true
  const subnets = isVirtualNetworkFilterEnabled ? (virtualNetworkRules ?? []).map(({ id }) => id.toLowerCase()) : []
  return {
    network: isClosed ? 'closed' : hasRules ? 'rules' : 'open',
    ...(subnets.length > 0 ? { allowedSubnets: [...new Set(subnets)].sort() } : {}),
    ...(publicNetworkAccess === 'SecuredByPerimeter' ? { perimeter: true as const } : {}),
  }
}
