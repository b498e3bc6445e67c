import { describe, expect, it } from 'vitest'
import { secret } from '../../src/model/secret.ts'
import { redisCache } from '../../src/targets/resources/redis-cache.ts'
import { redisEnterprise } from '../../src/targets/resources/redis-enterprise.ts'
import { valuesIn } from '../../src/targets/secret-table.ts'
import { redis } from '../../src/targets/types/redis.ts'

const cache = (properties: object) => ({ location: 'West Europe', properties: { hostName: 'acc.redis.cache.windows.net', ...properties } })
const id = '/subscriptions/0b1f6471-1bf0-4dda-aec3-cb9272f09590/resourceGroups/data/providers/Microsoft.Cache/redis/acc'
const rule = (startIP: string, endIP = startIP) => ({ name: 'acc/office', properties: { startIP, endIP } })

describe('a Redis cache', () => {
  it('accepts tokens only if it was told to, and keys unless it was told not to', () => {
    const read = (properties: object) => {
      const { localAuth, tokenAuth } = redisCache.read(cache(properties))
      return [localAuth, tokenAuth]
    }
    expect(read({})).toEqual([true, false])
    expect(read({ redisConfiguration: { 'aad-enabled': 'True' }, disableAccessKeyAuthentication: true })).toEqual([false, true])
  })

  it.each([
    ['open without a rule', {}, [], 'open'],
    ['of rules with one', {}, [rule('1.1.1.1')], 'rules'],
    ['closed by its switch', { publicNetworkAccess: 'Disabled' }, [rule('1.1.1.1')], 'closed'],
    ['closed in a virtual network', { subnetId: '/subscriptions/s/x' }, [rule('1.1.1.1')], 'closed'],
  ])('has a network that is %s', (_what, properties, value, network) => {
    expect(redisCache.firewall.network([cache(properties), { value }])).toEqual({ network })
  })

  it('knows its rules, which are named with the cache, and keeps the last one', () => {
    const name = redisCache.firewall.nameOf?.('main', '20.1.2.3') ?? ''
    const answers = [cache({}), { value: [{ ...rule('20.1.2.3'), name: `acc/${name}` }] }] as const
    expect(redisCache.firewall.rules(answers)).toEqual([{ ip: '20.1.2.3', name }])
    expect(redisCache.firewall.opensWhenEmpty?.(answers)).toBe(true)
  })

  it('writes a key with / and + in it as a URL that gives the same key', () => {
    const key = 'ab/c+d=='
    const values = valuesIn(redis.secret, 'secret', 'nodejs', {
      service: { endpoint: 'rediss://acc.redis.cache.windows.net:6380' },
      targetId: `${id}/databases/3`,
      credential: secret(key),
    })
    const text = values['AZURE_REDIS_CONNECTIONSTRING']
    const url = new URL(typeof text === 'string' ? text : (text?.reveal() ?? ''))
    expect([decodeURIComponent(url.password), url.hostname, url.port, url.pathname]).toEqual([
      key,
      'acc.redis.cache.windows.net',
      '6380',
      '/3',
    ])
  })
})

describe('a Redis cluster', () => {
  const cluster = { location: 'westeurope', properties: { hostName: 'acc.westeurope.redis.azure.net' } }
  const database = (properties: object) => ({ properties: { port: 10000, ...properties } })

  it('has port, protocol and keys in its database, and offers nothing without one', () => {
    const { services, localAuth } = redisEnterprise.read(
      cluster,
      database({ clientProtocol: 'Plaintext', accessKeysAuthentication: 'Disabled' }),
    )
    expect([services['redis-enterprise']?.endpoint, localAuth]).toEqual(['redis://acc.westeurope.redis.azure.net:10000', false])
    expect(redisEnterprise.read(cluster, database({})).localAuth).toBe(true)
    expect(redisEnterprise.read(cluster).services).toEqual({})
  })
})
