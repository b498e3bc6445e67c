// A database of an Azure SQL server. https://learn.microsoft.com/azure/service-connector/how-to-integrate-sql-database
import { databaseRole } from '../../model/grant.ts'
import { named } from '../../model/target-type.ts'
import { databaseBinding } from '../resources/database-binding.ts'
import { sqlClients } from '../resources/postgres-secret.ts'
import { sqlByIdentity, sqlByPassword, sqlByPrincipal, sqlJdbc } from '../resources/sql-secret.ts'
import { sqlServer } from '../resources/sql-server.ts'
import { targetType } from '../target-type.ts'

/** Azure Service Connector documents no other for them. */
const byToken = ['none', 'dotnet', 'dotnet-internal', 'java', 'python', 'nodejs', 'springBoot']

export const sql = targetType({
  type: 'sql',
  displayName: 'Azure SQL Database',
  on: sqlServer,
  privateLink: 'sqlServer',
  child: named('databases'),
  ownChildren: ['master', 'tempdb', 'model', 'msdb'],
  aliases: ['sqldatabase', 'azuresql'],
  gives: 'nothing',
  auth: ['workload-identity', 'secret', 'service-principal'],
  clients: sqlClients,
  clientsByAuth: { 'workload-identity': byToken, 'service-principal': byToken },
  grants: { default: [databaseRole('writer')], allowed: [databaseRole('reader')] },
  notes: [
    'the app makes the user of an identity as the Microsoft Entra administrator of the server, in `db_datareader` and `db_datawriter`; [what to write in each language](use-it-in-your-pod.md#databases-without-a-password)',
    'the values for `workload-identity` are those of Azure Service Connector: `ActiveDirectoryManagedIdentity`, `ActiveDirectoryMSI` and `ActiveDirectoryMsi` ask the node for a token, and get none for the pod; set `ActiveDirectoryDefault` in the configuration of your app',
    'a serverless database that is paused refuses the first sign-in, which wakes it: the app tries again by itself',
  ],

  secret: { secret: sqlByPassword, 'workload-identity': sqlByIdentity, 'service-principal': sqlByPrincipal },
  serviceBinding: databaseBinding({ type: 'sqlserver', port: '1433', jdbc: sqlJdbc }),
})
