// A database of an Azure SQL server. https://learn.microsoft.com/azure/service-connector/how-to-integrate-sql-database
import { named } from '../../model/target-type.ts'
import { databaseBinding } from '../resources/database-binding.ts'
import { sqlClients } from '../resources/postgres-secret.ts'
import { sqlByPassword, sqlJdbc } from '../resources/sql-secret.ts'
import { sqlServer } from '../resources/sql-server.ts'
import { targetType } from '../target-type.ts'

export const sql = targetType({
  type: 'sql',
  displayName: 'Azure SQL Database',
  on: sqlServer,
  child: named('databases'),
  aliases: ['sqldatabase', 'azuresql'],
  gives: 'nothing',
  auth: ['secret'],
  clients: sqlClients,
  grants: { default: [], allowed: [] },

  secret: { secret: sqlByPassword },
  serviceBinding: databaseBinding({ type: 'sqlserver', port: '1433', jdbc: sqlJdbc }),
})
