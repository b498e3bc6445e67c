// Azure Managed Redis and Azure Cache for Redis Enterprise: a cluster with one database, `default`, which has port, protocol and keys.
// Surprising: there are no IP rules (only public access as a whole, and private endpoints), and a new database accepts no keys unless told to
// (https://learn.microsoft.com/azure/redis/entra-for-authentication).
import * as z from 'zod'
import { inShape } from '../../model/answer-shape.ts'
import { none } from '../firewall/none.ts'
import type { Resource } from '../resource.ts'

const action = (name: string): string => `Microsoft.Cache/redisEnterprise/${name}`
const apiVersion = '2025-07-01'
const database = 'databases/default'

const clusterSchema = z.looseObject({
  location: z.string(),
  sku: z.looseObject({ name: z.string().nullish() }).nullish(),
  properties: z.looseObject({ hostName: z.string().nullish() }),
})
const databaseSchema = z.looseObject({
  properties: z.looseObject({
    port: z.number().nullish(),
    clientProtocol: z.string().nullish(),
    accessKeysAuthentication: z.string().nullish(),
  }),
})
const networkSchema = z.looseObject({ publicNetworkAccess: z.string().nullish() })

export const redisEnterprise: Resource = {
  armType: 'microsoft.cache/redisenterprise',
  apiVersion,
  label: 'Redis cluster',
  detail: database,

  read(body, detail) {
    const { location, sku, properties } = inShape(clusterSchema, body)
    const there = detail && inShape(databaseSchema, detail).properties
    const { hostName } = properties
    const scheme = there?.clientProtocol === 'Plaintext' ? 'redis' : 'rediss'
    return {
      location: location.replace(/\s/g, '').toLowerCase(),
      // Clusters of the older API have no such switch, and accept keys.
      localAuth: there?.accessKeysAuthentication !== 'Disabled',
      services: hostName && there ? { 'redis-enterprise': { endpoint: `${scheme}://${hostName}:${there.port ?? 10000}` } } : {},
      sort: there ? (sku?.name ?? 'of no known tier') : 'a cluster without a database',
    }
  },

  firewall: none({ apiVersion, isClosed: (properties) => inShape(networkSchema, properties).publicNetworkAccess === 'Disabled' }),

  credentials: {
    '*': {
      action: `${database}/listKeys`,
      query: (slot) => `${slot}Key`,
      pick: (answer, slot) => inShape(z.looseObject({ [`${slot}Key`]: z.string().min(1) }), answer)[`${slot}Key`] ?? '',
    },
  },
  renewal: { action: `${database}/regenerateKey`, body: (slot) => ({ keyType: slot === 'primary' ? 'Primary' : 'Secondary' }) },

  rights: {
    read: [action('read'), action('databases/read')],
    firewall: [],
    credential: [action('databases/listKeys/action')],
    renewal: [action('databases/regenerateKey/action')],
  },
  events: [
    action('write'),
    action('delete'),
    action('databases/write'),
    action('databases/delete'),
    action('databases/regenerateKey/action'),
  ],
}
