// Azure Cosmos DB for MongoDB. https://learn.microsoft.com/azure/service-connector/how-to-integrate-cosmos-db
import { named } from '../../model/target-type.ts'
import { cosmosAccount } from '../resources/cosmos-account.ts'
import { accountGrants, asIdentity, asServicePrincipal, byConnectionStrings } from '../resources/cosmos-secret.ts'
import { childName, credential, withCredential } from '../secret-table.ts'
import { targetType } from '../target-type.ts'

const clients = ['none', 'dotnet', 'dotnet-internal', 'java', 'nodejs', 'go'] as const

/** Part of `mongodb://user:password@host:port/…`. */
const inUri = (part: (uri: URL) => string) => withCredential((value) => part(new URL(value.replace(/^mongodb:/, 'https:'))))

export const cosmosMongo = targetType({
  type: 'cosmos-mongo',
  displayName: 'Azure Cosmos DB for MongoDB',
  on: cosmosAccount,
  privateLink: 'MongoDB',
  child: named('mongodbDatabases'),
  aliases: ['mongo', 'mongodb', 'cosmosmongo'],
  auth: ['workload-identity', 'secret', 'service-principal'],
  clients: [...clients, 'springBoot'],
  clientsByAuth: { 'workload-identity': clients, 'service-principal': clients },
  grants: accountGrants('cosmosMongoRole'),
  notes: [
    'the roles of its data are those of [Microsoft’s reference](https://learn.microsoft.com/azure/cosmos-db/mongodb/reference-data-plane-security), which does not say how a driver signs in with a token: try it before you leave the role by default, which gives a pod the keys',
  ],

  secret: {
    'workload-identity': { '*': { ...byConnectionStrings, ...asIdentity } },
    'service-principal': { '*': { ...byConnectionStrings, ...asServicePrincipal } },
    secret: {
      '*': { AZURE_COSMOS_CONNECTIONSTRING: credential },
      springBoot: { 'spring.data.mongodb.database': childName(), 'spring.data.mongodb.uri': credential },
    },
  },

  serviceBinding: {
    type: 'mongodb',
    secret: {
      uri: credential,
      host: inUri(({ hostname }) => hostname),
      port: inUri(({ port }) => port),
      username: inUri(({ username }) => decodeURIComponent(username)),
      password: inUri(({ password }) => decodeURIComponent(password)),
      database: childName(),
    },
  },
})
