// Azure Cosmos DB for Apache Cassandra. https://learn.microsoft.com/azure/service-connector/how-to-integrate-cosmos-cassandra Surprising: the
// properties of Spring that Azure Service Connector writes are those of Boot 2; those that Boot 3 reads stand beside them
// (https://github.com/spring-projects/spring-boot/wiki/Spring-Boot-3.0-Migration-Guide#cassandra-properties).
import { named } from '../../model/target-type.ts'
import { cosmosAccount } from '../resources/cosmos-account.ts'
import { accountGrants, asIdentity, asServicePrincipal, byKeys, host, region, tokenNote } from '../resources/cosmos-secret.ts'
import { childName, credential, type Row, resourceName, text } from '../secret-table.ts'
import { targetType } from '../target-type.ts'

const clients = ['none', 'dotnet', 'dotnet-internal', 'java', 'python', 'nodejs', 'go'] as const
const place = {
  AZURE_COSMOS_CONTACTPOINT: host,
  AZURE_COSMOS_PORT: text('10350'),
  AZURE_COSMOS_KEYSPACE: childName(),
  AZURE_COSMOS_USERNAME: resourceName,
} as const

const inSpring = (prefix: string, tls: string): Row => ({
  [`${prefix}.contact-points`]: host,
  [`${prefix}.port`]: text('10350'),
  [`${prefix}.keyspace-name`]: childName(),
  [`${prefix}.username`]: resourceName,
  [`${prefix}.password`]: credential,
  [`${prefix}.local-datacenter`]: region,
  [`${prefix}.${tls}`]: text('true'),
})

export const cosmosCassandra = targetType({
  type: 'cosmos-cassandra',
  displayName: 'Azure Cosmos DB for Apache Cassandra',
  on: cosmosAccount,
  privateLink: 'Cassandra',
  child: named('cassandraKeyspaces'),
  aliases: ['cassandra', 'cosmoscassandra'],
  auth: ['workload-identity', 'secret', 'service-principal'],
  clients: [...clients, 'springBoot'],
  clientsByAuth: { 'workload-identity': clients, 'service-principal': clients },
  grants: accountGrants('cosmosCassandraRole'),
  notes: [`${tokenNote}, and signs in with it as the password`],

  secret: {
    'workload-identity': { '*': { ...byKeys, ...place, ...asIdentity } },
    'service-principal': { '*': { ...byKeys, ...place, ...asServicePrincipal } },
    secret: {
      '*': { ...place, AZURE_COSMOS_PASSWORD: credential },
      springBoot: { ...inSpring('spring.data.cassandra', 'ssl'), ...inSpring('spring.cassandra', 'ssl.enabled') },
    },
  },
})
