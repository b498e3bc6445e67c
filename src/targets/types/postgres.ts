// A database of a retired single server, by a password. https://learn.microsoft.com/azure/service-connector/how-to-integrate-postgres
import { named } from '../../model/target-type.ts'
import { databaseBinding } from '../resources/database-binding.ts'
import { byPassword, postgresJdbc, sqlClients } from '../resources/postgres-secret.ts'
import { postgresSingleServer } from '../resources/postgres-single-server.ts'
import { userAtServer } from '../resources/single-server.ts'
import { targetType } from '../target-type.ts'

export const postgres = targetType({
  type: 'postgres',
  displayName: 'Azure Database for PostgreSQL single server (retired)',
  on: postgresSingleServer,
  privateLink: 'postgresqlServer',
  child: named('databases'),
  aliases: ['postgressingle'],
  gives: 'nothing',
  auth: ['secret'],
  clients: sqlClients,
  grants: { default: [], allowed: [] },
  notes: ['single servers are retired, and no new one can be made; those that are still there are connected by password only'],

  secret: { secret: byPassword('AZURE_POSTGRESQL', userAtServer) },
  serviceBinding: databaseBinding({ type: 'postgresql', port: '5432', jdbc: postgresJdbc, user: userAtServer }),
})
