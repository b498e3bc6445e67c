// Azure Cosmos DB for Apache Gremlin. https://learn.microsoft.com/azure/service-connector/how-to-integrate-cosmos-gremlin Surprising: the user name is
// the path of the graph. The documented table for service principals prints port 10350, which is Cassandra's; Gremlin listens on 443 only.
import { named } from '../../model/target-type.ts'
import { cosmosAccount } from '../resources/cosmos-account.ts'
import { accountGrants, asIdentity, asServicePrincipal, byKeys, host, tokenNote } from '../resources/cosmos-secret.ts'
import { childName, credential, type Expression, text } from '../secret-table.ts'
import { targetType } from '../target-type.ts'

const graph: Expression = (of) => `/dbs/${childName()(of)}/colls/${childName(1)(of)}`
const place = { AZURE_COSMOS_HOSTNAME: host, AZURE_COSMOS_PORT: text('443'), AZURE_COSMOS_USERNAME: graph } as const

export const cosmosGremlin = targetType({
  type: 'cosmos-gremlin',
  displayName: 'Azure Cosmos DB for Apache Gremlin',
  on: cosmosAccount,
  privateLink: 'Gremlin',
  child: named('gremlinDatabases/graphs'),
  aliases: ['gremlin', 'cosmosgremlin'],
  auth: ['workload-identity', 'secret', 'service-principal'],
  clients: ['none', 'dotnet', 'dotnet-internal', 'java', 'python', 'nodejs', 'php'],
  grants: accountGrants('cosmosGremlinRole'),
  notes: [`${tokenNote}, and signs in with it as the password`],

  secret: {
    'workload-identity': { '*': { ...byKeys, ...place, ...asIdentity } },
    'service-principal': { '*': { ...byKeys, ...place, ...asServicePrincipal } },
    secret: { '*': { ...place, AZURE_COSMOS_PASSWORD: credential } },
  },
})
