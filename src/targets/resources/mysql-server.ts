// A flexible server of Azure Database for MySQL. Surprising: whether it accepts passwords is a parameter of the server, not of the resource
// (https://learn.microsoft.com/azure/mysql/flexible-server/how-to-azure-ad).
import { type Body, propertiesOf } from '../firewall/firewall.ts'
import { flexibleServer } from './flexible-server.ts'

const type = 'Microsoft.DBforMySQL/flexibleServers'
const parameterValue = (parameter: Body | undefined): string => String(propertiesOf(parameter)['value'] ?? '').toUpperCase()

export const mysqlServer = flexibleServer({
  type,
  apiVersion: '2023-12-30',
  label: 'MySQL server',
  service: 'mysql-flexible',
  endpoint: (host) => `mysql://${host}:3306`,
  detail: 'configurations/aad_auth_only',
  signIn: (_properties, parameter) => ({ localAuth: parameterValue(parameter) !== 'ON' }),
  byHand: {
    // https://learn.microsoft.com/cli/azure/mysql/flexible-server/firewall-rule
    cli: {
      commands: 'mysql flexible-server firewall-rule',
      resource: '--name',
      rule: '--rule-name',
      first: '--start-ip-address',
      last: '--end-ip-address',
      confirm: '--yes',
    },
    // https://registry.terraform.io/providers/hashicorp/azurerm/latest/docs/resources/mysql_flexible_server_firewall_rule
    terraform: {
      type: 'azurerm_mysql_flexible_server_firewall_rule',
      parent: { name: 'server_name', group: 'resource_group_name' },
      first: 'start_ip_address',
      last: 'end_ip_address',
    },
  },
  reads: [`${type}/configurations/read`],
})
