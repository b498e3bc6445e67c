// Azure Cache for Redis. https://learn.microsoft.com/azure/service-connector/how-to-integrate-redis-cache Surprising: Azure Service Connector names no
// access policy; this app gives the one that lets clients read and write data, and nothing else.
import { redisAccessPolicy } from '../../model/grant.ts'
import { named } from '../../model/target-type.ts'
import { component } from '../dapr.ts'
import { redisCache } from '../resources/redis-cache.ts'
import { byKey, redisBinding, redisClients, redisHost, redisInDapr } from '../resources/redis-secret.ts'
import { childName, identity, servicePrincipal } from '../secret-table.ts'
import { targetType } from '../target-type.ts'

const withToken = redisClients.filter((client) => client !== 'springBoot')

export const redis = targetType({
  type: 'redis',
  displayName: 'Azure Cache for Redis',
  on: redisCache,
  privateLink: 'redisCache',
  child: named('databases'),
  aliases: ['cache', 'rediscache'],
  auth: ['workload-identity', 'secret', 'service-principal'],
  clients: redisClients,
  clientsByAuth: { 'workload-identity': withToken, 'service-principal': withToken },
  grants: {
    default: [redisAccessPolicy('Data Contributor')],
    allowed: [redisAccessPolicy('Data Reader'), redisAccessPolicy('Data Owner')],
  },

  secret: {
    'workload-identity': { '*': { AZURE_REDIS_HOST: redisHost, AZURE_REDIS_CLIENTID: identity.clientId } },
    'service-principal': {
      '*': {
        AZURE_REDIS_HOST: redisHost,
        AZURE_REDIS_CLIENTID: servicePrincipal.clientId,
        AZURE_REDIS_CLIENTSECRET: servicePrincipal.clientSecret,
        AZURE_REDIS_TENANTID: servicePrincipal.tenantId,
      },
    },
    secret: byKey(childName()),
  },
  serviceBinding: redisBinding(childName()),

  dapr: [component('state.redis', redisInDapr), component('pubsub.redis', redisInDapr)],
})
