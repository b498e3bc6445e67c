// A database of an Azure Database for MySQL flexible server. https://learn.microsoft.com/azure/service-connector/how-to-integrate-mysql
import { databaseRole } from '../../model/grant.ts'
import { named } from '../../model/target-type.ts'
import { databaseBinding } from '../resources/database-binding.ts'
import { mysqlByIdentity, mysqlByPassword, mysqlByPrincipal, mysqlJdbc } from '../resources/mysql-secret.ts'
import { mysqlServer } from '../resources/mysql-server.ts'
import { sqlClients } from '../resources/postgres-secret.ts'
import { targetType } from '../target-type.ts'

export const mysqlFlexible = targetType({
  type: 'mysql-flexible',
  displayName: 'Azure Database for MySQL flexible server',
  on: mysqlServer,
  privateLink: 'mysqlServer',
  child: named('databases'),
  ownChildren: ['mysql', 'information_schema', 'performance_schema', 'sys'],
  aliases: ['mysqlflexible'],
  gives: 'nothing',
  auth: ['workload-identity', 'secret', 'service-principal'],
  clients: sqlClients,
  grants: { default: [databaseRole('writer')], allowed: [databaseRole('reader')] },
  notes: [
    'the app makes the user of an identity as a Microsoft Entra administrator of the server; [what to write in each language](use-it-in-your-pod.md#databases-without-a-password)',
    'a server made inside a virtual network ([private access](https://learn.microsoft.com/azure/mysql/flexible-server/concepts-networking-vnet)) has no address for a firewall: the problem has a peering with the network of the cluster and the link of its DNS zone as commands, Bicep and Terraform',
  ],

  secret: { secret: mysqlByPassword(), 'workload-identity': mysqlByIdentity, 'service-principal': mysqlByPrincipal },
  serviceBinding: databaseBinding({ type: 'mysql', port: '3306', jdbc: mysqlJdbc }),
})
