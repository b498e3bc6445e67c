// Azure Cosmos DB for Table. https://learn.microsoft.com/azure/service-connector/how-to-integrate-cosmos-table
import { named } from '../../model/target-type.ts'
import { cosmosAccount } from '../resources/cosmos-account.ts'
import { accountGrants, asIdentity, asServicePrincipal, byConnectionStrings } from '../resources/cosmos-secret.ts'
import { credential } from '../secret-table.ts'
import { targetType } from '../target-type.ts'

export const cosmosTable = targetType({
  type: 'cosmos-table',
  displayName: 'Azure Cosmos DB for Table',
  on: cosmosAccount,
  child: named('tables'),
  aliases: ['cosmostable'],
  auth: ['workload-identity', 'secret', 'service-principal'],
  clients: ['none', 'dotnet', 'dotnet-internal', 'java', 'python', 'nodejs', 'springBoot'],
  grants: accountGrants,

  secret: {
    'workload-identity': { '*': { ...byConnectionStrings, ...asIdentity } },
    'service-principal': { '*': { ...byConnectionStrings, ...asServicePrincipal } },
    secret: { '*': { AZURE_COSMOS_CONNECTIONSTRING: credential } },
  },
})
