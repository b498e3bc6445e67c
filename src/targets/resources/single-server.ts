// Retired single servers of PostgreSQL and MySQL: those that are still there, for passwords only
// (https://learn.microsoft.com/azure/postgresql/migrate/whats-happening-to-postgresql-single-server). Surprising: they want the server's name behind
// that of the user.

import * as z from 'zod'
import { inShape } from '../../model/answer-shape.ts'
import { propertiesOf } from '../firewall/firewall.ts'
import { perRule } from '../firewall/per-rule.ts'
import type { Resource } from '../resource.ts'
import { provided, resourceName, type SecretInput } from '../secret-table.ts'

const apiVersion = '2017-12-01'
const serverSchema = z.looseObject({
  location: z.string(),
  properties: z.looseObject({ fullyQualifiedDomainName: z.string().nullish(), version: z.string().nullish() }),
})

type Data = {
  readonly type: string
  readonly label: string
  readonly service: string
  endpoint(host: string): string
  readonly cli: string
  readonly terraform: string
}

export function singleServer({ type, label, service, endpoint, cli, terraform }: Data): Resource {
  const action = (name: string): string => `${type}/${name}`
  return {
    armType: type.toLowerCase(),
    apiVersion,
    label,

    standstill(body) {
      const { userVisibleState: state } = propertiesOf(body)
      return typeof state === 'string' && !/^Ready$/i.test(state) ? state : undefined
    },

    read(body) {
      const { location, properties } = inShape(serverSchema, body)
      const host = properties.fullyQualifiedDomainName
      return {
        location: location.replace(/\s/g, '').toLowerCase(),
        localAuth: true,
        services: host ? { [service]: { endpoint: endpoint(host) } } : {},
        sort: properties.version ? `version ${properties.version}` : 'of no known version',
      }
    },

    firewall: perRule({
      apiVersion,
      child: 'firewallRules',
      // No limit is documented; a refusal for one is reported as it is.
      max: 1_000,
      first: 'startIpAddress',
      last: 'endIpAddress',
      network: ({ publicNetworkAccess }) => ({ network: publicNetworkAccess === 'Disabled' ? 'closed' : 'rules' }),
      byHand: {
        cli: {
          commands: `${cli} server firewall-rule`,
          resource: '--server-name',
          rule: '--name',
          first: '--start-ip-address',
          last: '--end-ip-address',
          confirm: '--yes',
        },
        terraform: {
          type: terraform,
          parent: { name: 'server_name', group: 'resource_group_name' },
          first: 'start_ip_address',
          last: 'end_ip_address',
        },
      },
    }),

    credentials: {},
    rights: {
      read: [action('read'), action('firewallRules/read')],
      firewall: [action('firewallRules/write'), action('firewallRules/delete'), `${type.split('/')[0]}/locations/azureAsyncOperation/read`],
      credential: [],
    },
    events: ['write', 'delete', 'firewallRules/write', 'firewallRules/delete'].map(action),
  }
}

/** `ada@server1`, however the author wrote it. */
export function userAtServer(of: SecretInput): string {
  const user = provided.userName(of)
  return user.includes('@') ? user : `${user}@${resourceName(of)}`
}
