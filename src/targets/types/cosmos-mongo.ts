// Azure Cosmos DB for MongoDB. https://learn.microsoft.com/azure/service-connector/how-to-integrate-cosmos-db
import { named } from '../../model/target-type.ts'
import { cosmosAccount } from '../resources/cosmos-account.ts'
import { accountGrants, asIdentity, asServicePrincipal, byConnectionStrings } from '../resources/cosmos-secret.ts'
import { childName, credential } from '../secret-table.ts'
import { targetType } from '../target-type.ts'

const clients = ['none', 'dotnet', 'dotnet-internal', 'java', 'nodejs', 'go'] as const

export const cosmosMongo = targetType({
  type: 'cosmos-mongo',
  displayName: 'Azure Cosmos DB for MongoDB',
  on: cosmosAccount,
  child: named('mongodbDatabases'),
  aliases: ['mongo', 'mongodb', 'cosmosmongo'],
  auth: ['workload-identity', 'secret', 'service-principal'],
  clients: [...clients, 'springBoot'],
  clientsByAuth: { 'workload-identity': clients, 'service-principal': clients },
  grants: accountGrants,

  secret: {
    'workload-identity': { '*': { ...byConnectionStrings, ...asIdentity } },
    'service-principal': { '*': { ...byConnectionStrings, ...asServicePrincipal } },
    secret: {
      '*': { AZURE_COSMOS_CONNECTIONSTRING: credential },
      springBoot: { 'spring.data.mongodb.database': childName(), 'spring.data.mongodb.uri': credential },
    },
  },
})
