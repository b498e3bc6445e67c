// A database of a retired single server, by a password. https://learn.microsoft.com/azure/service-connector/how-to-integrate-mysql
import { named } from '../../model/target-type.ts'
import { databaseBinding } from '../resources/database-binding.ts'
import { mysqlByPassword, mysqlJdbc } from '../resources/mysql-secret.ts'
import { mysqlSingleServer } from '../resources/mysql-single-server.ts'
import { sqlClients } from '../resources/postgres-secret.ts'
import { userAtServer } from '../resources/single-server.ts'
import { targetType } from '../target-type.ts'

export const mysql = targetType({
  type: 'mysql',
  displayName: 'Azure Database for MySQL single server (retired)',
  on: mysqlSingleServer,
  privateLink: 'mysqlServer',
  child: named('databases'),
  aliases: ['mysqlsingle'],
  gives: 'nothing',
  auth: ['secret'],
  clients: sqlClients,
  grants: { default: [], allowed: [] },
  notes: ['single servers are retired, and no new one can be made; those that are still there are connected by password only'],

  secret: { secret: mysqlByPassword(userAtServer) },
  serviceBinding: databaseBinding({ type: 'mysql', port: '3306', jdbc: mysqlJdbc, user: userAtServer }),
})
