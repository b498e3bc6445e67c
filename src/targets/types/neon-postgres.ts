// A database of Neon. https://learn.microsoft.com/azure/service-connector/how-to-integrate-neon-postgres Surprising: in Azure it is an organization, whose id
// tells neither host nor database, and Azure Service Connector asks for neither; so it is named by its endpoint here.
import { named } from '../../model/target-type.ts'
import { databaseBinding } from '../resources/database-binding.ts'
import { byPassword, postgresJdbc, sqlClients } from '../resources/postgres-secret.ts'
import { targetType } from '../target-type.ts'

export const neonPostgres = targetType({
  type: 'neon-postgres',
  displayName: 'Neon serverless PostgreSQL',
  on: { endpoint: 'SelfHostedServer', label: 'server', soldAs: 'neon.postgres/organizations' },
  child: named('databases'),
  aliases: ['neon'],
  gives: 'nothing',
  auth: ['secret'],
  clients: sqlClients,
  grants: { default: [], allowed: [] },
  notes: ['the host is that of the branch’s compute, with `-pooler` for pooled connections; Neon’s console shows it'],

  secret: { secret: byPassword('NEON_POSTGRESQL') },
  serviceBinding: databaseBinding({ type: 'postgresql', port: '5432', jdbc: postgresJdbc }),
})
