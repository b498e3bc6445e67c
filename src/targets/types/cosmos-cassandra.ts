// Azure Cosmos DB for Apache Cassandra. https://learn.microsoft.com/azure/service-connector/how-to-integrate-cosmos-cassandra Surprising: the
// properties of Spring are those of Boot 2, as Azure Service Connector writes them; Boot 3 reads `spring.cassandra.*`.
import { named } from '../../model/target-type.ts'
import { cosmosAccount } from '../resources/cosmos-account.ts'
import { accountGrants, asIdentity, asServicePrincipal, byKeys, host, region } from '../resources/cosmos-secret.ts'
import { childName, credential, resourceName, text } from '../secret-table.ts'
import { targetType } from '../target-type.ts'

const clients = ['none', 'dotnet', 'dotnet-internal', 'java', 'python', 'nodejs', 'go'] as const
const place = {
  AZURE_COSMOS_CONTACTPOINT: host,
  AZURE_COSMOS_PORT: text('10350'),
  AZURE_COSMOS_KEYSPACE: childName(),
  AZURE_COSMOS_USERNAME: resourceName,
} as const

export const cosmosCassandra = targetType({
  type: 'cosmos-cassandra',
  displayName: 'Azure Cosmos DB for Apache Cassandra',
  on: cosmosAccount,
  child: named('cassandraKeyspaces'),
  aliases: ['cassandra', 'cosmoscassandra'],
  auth: ['workload-identity', 'secret', 'service-principal'],
  clients: [...clients, 'springBoot'],
  clientsByAuth: { 'workload-identity': clients, 'service-principal': clients },
  grants: accountGrants,

  secret: {
    'workload-identity': { '*': { ...byKeys, ...place, ...asIdentity } },
    'service-principal': { '*': { ...byKeys, ...place, ...asServicePrincipal } },
    secret: {
      '*': { ...place, AZURE_COSMOS_PASSWORD: credential },
      springBoot: {
        'spring.data.cassandra.contact-points': host,
        'spring.data.cassandra.port': text('10350'),
        'spring.data.cassandra.keyspace-name': childName(),
        'spring.data.cassandra.username': resourceName,
        'spring.data.cassandra.password': credential,
        'spring.data.cassandra.local-datacenter': region,
        'spring.data.cassandra.ssl': text('true'),
      },
    },
  },
})
