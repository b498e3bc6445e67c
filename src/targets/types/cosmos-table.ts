// Azure Cosmos DB for Table. https://learn.microsoft.com/azure/service-connector/how-to-integrate-cosmos-table Surprising: the documented endpoint is that of
// the account, which clients for tables do not speak to; theirs, which a token needs, stands beside it.
import { named } from '../../model/target-type.ts'
import { cosmosAccount } from '../resources/cosmos-account.ts'
import { accountGrants, asIdentity, asServicePrincipal, byConnectionStrings, host, tokenNote } from '../resources/cosmos-secret.ts'
import { credential, type Expression } from '../secret-table.ts'
import { targetType } from '../target-type.ts'

const tables: Expression = (of) => `https://${host(of)}:443/`
const forTokens = { AZURE_COSMOS_TABLEENDPOINT: tables } as const

export const cosmosTable = targetType({
  type: 'cosmos-table',
  displayName: 'Azure Cosmos DB for Table',
  on: cosmosAccount,
  privateLink: 'Table',
  child: named('tables'),
  aliases: ['cosmostable'],
  auth: ['workload-identity', 'secret', 'service-principal'],
  clients: ['none', 'dotnet', 'dotnet-internal', 'java', 'python', 'nodejs', 'springBoot'],
  grants: accountGrants('cosmosTableRole'),
  notes: [
    tokenNote,
    'clients of tables take `AZURE_COSMOS_TABLEENDPOINT`, which stands beside the endpoint of the account that Azure Service Connector writes',
  ],

  secret: {
    'workload-identity': { '*': { ...byConnectionStrings, ...asIdentity, ...forTokens } },
    'service-principal': { '*': { ...byConnectionStrings, ...asServicePrincipal, ...forTokens } },
    secret: { '*': { AZURE_COSMOS_CONNECTIONSTRING: credential } },
  },
})
