// A database of an Azure Database for PostgreSQL flexible server. https://learn.microsoft.com/azure/service-connector/how-to-integrate-postgres
import { databaseRole } from '../../model/grant.ts'
import { named } from '../../model/target-type.ts'
import { databaseBinding } from '../resources/database-binding.ts'
import { byIdentity, byPassword, byPrincipal, postgresJdbc, sqlClients } from '../resources/postgres-secret.ts'
import { postgresServer } from '../resources/postgres-server.ts'
import { targetType } from '../target-type.ts'

const prefix = 'AZURE_POSTGRESQL'

export const postgresFlexible = targetType({
  type: 'postgres-flexible',
  displayName: 'Azure Database for PostgreSQL flexible server',
  on: postgresServer,
  privateLink: 'postgresqlServer',
  child: named('databases'),
  ownChildren: ['postgres', 'azure_maintenance', 'azure_sys', 'template0', 'template1'],
  aliases: ['postgresql', 'postgresflexible'],
  gives: 'nothing',
  auth: ['workload-identity', 'secret', 'service-principal'],
  clients: sqlClients,
  grants: { default: [databaseRole('writer')], allowed: [databaseRole('reader')] },
  notes: [
    'the app makes the user of an identity as a Microsoft Entra administrator of the server; [what to write in each language](use-it-in-your-pod.md#databases-without-a-password)',
    'a server made inside a virtual network ([private access](https://learn.microsoft.com/azure/postgresql/network/concepts-networking-private)) has no address for a firewall: the problem has a peering with the network of the cluster and the link of its DNS zone as commands, Bicep and Terraform',
  ],

  secret: { secret: byPassword(prefix), 'workload-identity': byIdentity(prefix), 'service-principal': byPrincipal(prefix) },
  serviceBinding: databaseBinding({ type: 'postgresql', port: '5432', jdbc: postgresJdbc }),
})
