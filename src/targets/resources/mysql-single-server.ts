// A retired single server of Azure Database for MySQL.
import { singleServer } from './single-server.ts'

export const mysqlSingleServer = singleServer({
  type: 'Microsoft.DBforMySQL/servers',
  label: 'MySQL single server',
  service: 'mysql',
  endpoint: (host) => `mysql://${host}:3306`,
  cli: 'mysql',
  terraform: 'azurerm_mysql_firewall_rule',
})
