// A cluster of MongoDB Atlas. https://learn.microsoft.com/azure/service-connector/how-to-integrate-mongodb-atlas Surprising: in Azure it is an organization,
// whose id does not tell the cluster; so it is named by its endpoint here. `Cluster0` is what Azure Service Connector writes, whatever the cluster's name.

import { urlPart } from '../quoting.ts'
import { sqlClients } from '../resources/postgres-secret.ts'
import { type Expression, host, provided, withProvided } from '../secret-table.ts'
import { targetType } from '../target-type.ts'

const key = 'MONGODBATLAS_CLUSTER_CONNECTIONSTRING'
const connectionString = (scheme: string): Expression =>
  withProvided(
    (password, user, of) => `${scheme}://${urlPart(user)}:${urlPart(password)}@${host(of)}/?retryWrites=true&w=majority&appName=Cluster0`,
  )

export const mongodbAtlas = targetType({
  type: 'mongodb-atlas',
  displayName: 'MongoDB Atlas',
  on: { endpoint: 'SelfHostedServer', label: 'cluster', soldAs: 'mongodb.atlas/organizations' },
  child: { kind: 'none' },
  aliases: ['atlas', 'mongodbatlas'],
  gives: 'nothing',
  auth: ['secret'],
  clients: sqlClients,
  grants: { default: [], allowed: [] },
  notes: [
    'the host is that of the connection string `mongodb+srv://…` that Atlas shows, without user and password',
    'the connection string names no database: name it where your app opens one',
    'for `java` the value begins with `jdbc:`, as Azure Service Connector writes it; the MongoDB driver for Java wants it without',
    'let the outbound addresses of the cluster in with the IP access list of the Atlas project: the app cannot',
  ],

  serviceBinding: {
    type: 'mongodb',
    entries: { host, uri: (of) => `mongodb+srv://${host(of)}/` },
    secret: { username: provided.userName, password: provided.secret },
  },

  secret: { secret: { '*': { [key]: connectionString('mongodb+srv') }, java: { [key]: connectionString('jdbc:mongodb+srv') } } },
})
