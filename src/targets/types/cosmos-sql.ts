// Azure Cosmos DB for NoSQL. https://learn.microsoft.com/azure/service-connector/how-to-integrate-cosmos-sql Surprising: the
// default role gives the keys of the account, and no right on its data plane.
import { named } from '../../model/target-type.ts'
import { component } from '../dapr.ts'
import { cosmosAccount } from '../resources/cosmos-account.ts'
import { accountGrants, asIdentity, asServicePrincipal, byConnectionStrings, tokenNote } from '../resources/cosmos-secret.ts'
import { childName, credential, endpoint, identity, servicePrincipal, text, withCredential } from '../secret-table.ts'
import { managedIdentityInSpring } from '../spring-notes.ts'
import { targetType } from '../target-type.ts'

const spring = { 'spring.cloud.azure.cosmos.database': childName(), 'spring.cloud.azure.cosmos.endpoint': endpoint } as const

const inDapr = { metadata: { url: endpoint, database: childName() }, key: { masterKey: credential } } as const

export const cosmosSql = targetType({
  type: 'cosmos-sql',
  displayName: 'Azure Cosmos DB for NoSQL',
  on: cosmosAccount,
  privateLink: 'Sql',
  child: named('sqlDatabases'),
  aliases: ['cosmos', 'cosmosdb', 'cosmossql'],
  auth: ['workload-identity', 'secret', 'service-principal'],
  clients: ['none', 'dotnet', 'dotnet-internal', 'java', 'python', 'nodejs', 'springBoot'],
  grants: accountGrants('cosmosDataRole'),

  notes: [tokenNote, managedIdentityInSpring],

  secret: {
    'workload-identity': {
      '*': { ...byConnectionStrings, ...asIdentity },
      springBoot: {
        'spring.cloud.azure.cosmos.credential.managed-identity-enabled': text('true'),
        ...spring,
        'spring.cloud.azure.cosmos.credential.client-id': identity.clientId,
      },
    },
    'service-principal': {
      '*': { ...byConnectionStrings, ...asServicePrincipal },
      springBoot: {
        'spring.cloud.azure.cosmos.credential.client-id': servicePrincipal.clientId,
        'spring.cloud.azure.cosmos.credential.client-secret': servicePrincipal.clientSecret,
        'spring.cloud.azure.cosmos.profile.tenant-id': servicePrincipal.tenantId,
        ...spring,
      },
    },
    secret: {
      '*': { AZURE_COSMOS_CONNECTIONSTRING: withCredential((key, { service }) => `AccountEndpoint=${service.endpoint};AccountKey=${key}`) },
      // Both generations of Spring Cloud Azure's properties.
      springBoot: {
        'azure.cosmos.key': credential,
        'azure.cosmos.database': childName(),
        'azure.cosmos.uri': endpoint,
        'spring.cloud.azure.cosmos.key': credential,
        ...spring,
      },
    },
  },

  dapr: [
    component('state.azure.cosmosdb', inDapr, ['collection']),
    component('bindings.azure.cosmosdb', inDapr, ['collection', 'partitionKey']),
  ],
})
