// A flexible server of Azure Database for PostgreSQL.

import * as z from 'zod'
import { inShape } from '../../model/answer-shape.ts'
import { flexibleServer } from './flexible-server.ts'

const signInSchema = z.looseObject({
  authConfig: z.looseObject({ activeDirectoryAuth: z.string().nullish(), passwordAuth: z.string().nullish() }).nullish(),
})

export const postgresServer = flexibleServer({
  type: 'Microsoft.DBforPostgreSQL/flexibleServers',
  apiVersion: '2025-08-01',
  label: 'PostgreSQL server',
  service: 'postgres-flexible',
  endpoint: (host) => `postgres://${host}:5432`,
  signIn({ authConfig }) {
    const read = inShape(signInSchema, { authConfig }).authConfig
    return { localAuth: read?.passwordAuth !== 'Disabled', tokenAuth: read?.activeDirectoryAuth === 'Enabled' }
  },
  byHand: {
    // https://learn.microsoft.com/cli/azure/postgres/flexible-server/firewall-rule
    cli: {
      commands: 'postgres flexible-server firewall-rule',
      resource: '--name',
      rule: '--rule-name',
      first: '--start-ip-address',
      last: '--end-ip-address',
      confirm: '--yes',
    },
    // https://registry.terraform.io/providers/hashicorp/azurerm/latest/docs/resources/postgresql_flexible_server_firewall_rule
    terraform: {
      type: 'azurerm_postgresql_flexible_server_firewall_rule',
      parent: 'server_id',
      first: 'start_ip_address',
      last: 'end_ip_address',
    },
  },
  reads: [],
})
