// Azure Managed Redis, and Azure Cache for Redis Enterprise. https://learn.microsoft.com/azure/service-connector/how-to-integrate-redis-cache
import { fixed } from '../../model/target-type.ts'
import { component } from '../dapr.ts'
import { redisEnterprise as cluster } from '../resources/redis-enterprise.ts'
import { byKey, redisBinding, redisClients, redisInDapr } from '../resources/redis-secret.ts'
import { text } from '../secret-table.ts'
import { targetType } from '../target-type.ts'

export const redisEnterprise = targetType({
  type: 'redis-enterprise',
  displayName: 'Azure Cache for Redis Enterprise / Azure Managed Redis',
  on: cluster,
  privateLink: 'redisEnterprise',
  child: fixed('databases/default'),
  aliases: ['managedredis', 'redisenterprise'],
  auth: ['secret'],
  clients: redisClients,
  grants: { default: [], allowed: [] },
  secret: { secret: byKey(text('0')) },
  serviceBinding: redisBinding(text('0')),

  dapr: [component('state.redis', redisInDapr), component('pubsub.redis', redisInDapr)],
})
