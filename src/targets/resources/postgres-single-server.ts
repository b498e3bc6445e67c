// A retired single server of Azure Database for PostgreSQL.
import { singleServer } from './single-server.ts'

export const postgresSingleServer = singleServer({
  type: 'Microsoft.DBforPostgreSQL/servers',
  label: 'PostgreSQL single server',
  service: 'postgres',
  endpoint: (host) => `postgres://${host}:5432`,
  cli: 'postgres',
  terraform: 'azurerm_postgresql_firewall_rule',
})
