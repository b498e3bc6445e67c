// A logical server of Azure SQL Database. Surprising: it answers no provisioning state; whether it takes passwords is in a child; rules are written at once,
// without an operation.

import * as z from 'zod'
import { inShape } from '../../model/answer-shape.ts'
import { propertiesOf } from '../firewall/firewall.ts'
import { perRule } from '../firewall/per-rule.ts'
import type { Resource } from '../resource.ts'

const type = 'Microsoft.Sql/servers'
const apiVersion = '2023-08-01'
const action = (name: string): string => `${type}/${name}`

const serverSchema = z.looseObject({
  location: z.string(),
  properties: z.looseObject({ fullyQualifiedDomainName: z.string().nullish(), version: z.string().nullish() }),
})

export const sqlServer: Resource = {
  armType: type.toLowerCase(),
  apiVersion,
  label: 'SQL server',
  detail: 'azureADOnlyAuthentications/Default',

  read(body, onlyEntra) {
    const { location, properties } = inShape(serverSchema, body)
    const host = properties.fullyQualifiedDomainName
    return {
      location: location.replace(/\s/g, '').toLowerCase(),
      localAuth: propertiesOf(onlyEntra)['azureADOnlyAuthentication'] !== true,
      services: host ? { sql: { endpoint: `sqlserver://${host}:1433` } } : {},
      sort: properties.version ? `version ${properties.version}` : 'of no known version',
    }
  },

  firewall: perRule({
    apiVersion,
    child: 'firewallRules',
    // https://learn.microsoft.com/azure/azure-sql/database/firewall-configure#server-level-ip-firewall-rules
    max: 256,
    first: 'startIpAddress',
    last: 'endIpAddress',
    subnets: { child: 'virtualNetworkRules', field: 'virtualNetworkSubnetId' },
    // https://learn.microsoft.com/azure/azure-sql/database/vnet-service-endpoint-rule-overview
    serviceEndpoint: {
      name: 'Microsoft.Sql',
      service: 'Azure SQL Database',
      allow: 'sql server vnet-rule create --name aks --server',
    },
    network: ({ publicNetworkAccess }) => {
      const access = String(publicNetworkAccess ?? '').toLowerCase()
      if (access === 'securedbyperimeter') return { network: 'closed', perimeter: true }
      return { network: access === 'disabled' ? 'closed' : 'rules' }
    },
    byHand: {
      // https://learn.microsoft.com/cli/azure/sql/server/firewall-rule
      cli: {
        commands: 'sql server firewall-rule',
        resource: '--server',
        rule: '--name',
        first: '--start-ip-address',
        last: '--end-ip-address',
      },
      // https://registry.terraform.io/providers/hashicorp/azurerm/latest/docs/resources/mssql_firewall_rule
      terraform: {
        type: 'azurerm_mssql_firewall_rule',
        parent: 'server_id',
        first: 'start_ip_address',
        last: 'end_ip_address',
      },
    },
  }),

  credentials: {},
  rights: {
    read: [action('read'), action('azureADOnlyAuthentications/read'), action('firewallRules/read'), action('virtualNetworkRules/read')],
    firewall: [action('firewallRules/write'), action('firewallRules/delete')],
    credential: [],
  },
  events: [
    'write',
    'delete',
    'azureADOnlyAuthentications/write',
    'firewallRules/write',
    'firewallRules/delete',
    'virtualNetworkRules/write',
    'virtualNetworkRules/delete',
  ].map(action),
}
