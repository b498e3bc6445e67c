// Azure Cache for Redis. Surprising: a cache without any firewall rule lets everyone in, it is busy for minutes after a change and refuses every other
// one, and it accepts tokens of Entra ID only if told to (https://learn.microsoft.com/azure/azure-cache-for-redis/cache-azure-active-directory-for-authentication).
import * as z from 'zod'
import { inShape } from '../../model/answer-shape.ts'
import { perRule } from '../firewall/per-rule.ts'
import type { Resource } from '../resource.ts'

const action = (name: string): string => `Microsoft.Cache/redis/${name}`
const apiVersion = '2024-11-01'

const cacheSchema = z.looseObject({
  location: z.string(),
  properties: z.looseObject({
    sku: z.looseObject({ name: z.string().nullish() }).nullish(),
    hostName: z.string().nullish(),
    sslPort: z.number().nullish(),
    disableAccessKeyAuthentication: z.boolean().nullish(),
    redisConfiguration: z.looseObject({ 'aad-enabled': z.string().nullish() }).nullish(),
  }),
})
const networkSchema = z.looseObject({ publicNetworkAccess: z.string().nullish(), subnetId: z.string().nullish() })

export const redisCache: Resource = {
  armType: 'microsoft.cache/redis',
  apiVersion,
  label: 'Redis cache',

  read(body) {
    const { location, properties } = inShape(cacheSchema, body)
    const { sku, hostName, sslPort, redisConfiguration } = properties
    return {
      location: location.replace(/\s/g, '').toLowerCase(),
      localAuth: properties.disableAccessKeyAuthentication !== true,
      tokenAuth: redisConfiguration?.['aad-enabled']?.toLowerCase() === 'true',
      services: hostName ? { redis: { endpoint: `rediss://${hostName}:${sslPort ?? 6380}` } } : {},
      sort: sku?.name ?? 'of no known tier',
    }
  },

  firewall: perRule({
    apiVersion,
    child: 'firewallRules',
    // No limit is documented; a refusal for one is reported as it is.
    max: 1_000,
    first: 'startIP',
    last: 'endIP',
    opensWhenEmpty: true,
    // One in a virtual network has no public address at all.
    network: ({ publicNetworkAccess, subnetId }, rules) => {
      const read = inShape(networkSchema, { publicNetworkAccess, subnetId })
      if (read.publicNetworkAccess === 'Disabled' || read.subnetId) return { network: 'closed' }
      return { network: rules.length > 0 ? 'rules' : 'open' }
    },
    byHand: {
      // https://learn.microsoft.com/cli/azure/redis/firewall-rules
      cli: {
        commands: 'redis firewall-rules',
        resource: '--name',
        rule: '--rule-name',
        first: '--start-ip',
        last: '--end-ip',
      },
      // https://registry.terraform.io/providers/hashicorp/azurerm/latest/docs/resources/redis_firewall_rule
      terraform: {
        type: 'azurerm_redis_firewall_rule',
        parent: { name: 'redis_cache_name', group: 'resource_group_name' },
        first: 'start_ip',
        last: 'end_ip',
      },
    },
  }),

  credentials: {
    '*': {
      action: 'listKeys',
      query: (slot) => `${slot}Key`,
      pick: (answer, slot) => inShape(z.looseObject({ [`${slot}Key`]: z.string().min(1) }), answer)[`${slot}Key`] ?? '',
    },
  },
  renewal: { action: 'regenerateKey', body: (slot) => ({ keyType: slot === 'primary' ? 'Primary' : 'Secondary' }) },

  rights: {
    read: [action('read'), action('firewallRules/read')],
    firewall: [action('firewallRules/write'), action('firewallRules/delete')],
    credential: [action('listKeys/action')],
    renewal: [action('regenerateKey/action')],
  },
  events: [
    action('write'),
    action('delete'),
    action('firewallRules/write'),
    action('firewallRules/delete'),
    action('regenerateKey/action'),
  ],
}
