import { describe, expect, it } from 'vitest'
import { endpointLoop, endpointOf, endpointServices, endpointTarget, shortEndpoint } from '../../src/model/endpoint-target.ts'
import { loop } from '../../src/model/loop.ts'
import { nameOf } from '../../src/model/words.ts'
import { accountId } from './a-connection.ts'

const service = 'ConfluentBootstrapServer'
const host = 'xxx.eastus.azure.confluent.cloud'

describe('a target without an ARM id', () => {
  it.each([`${host}:9092`, host, `https://${host}`, `https://${host}:443`, 'localhost:1'])('is known by its endpoint %s', (endpoint) => {
    const target = endpointTarget(service, endpoint)
    expect(target).toEqual({ service, endpoint })
    if (target) expect(endpointOf(endpointLoop(target))).toEqual(target)
  })

  it.each(['', 'http://x', 'https://x/path', 'https://x?y', 'a b', 'x:999999', '-x', 'user@x', 'x/../y', '*.cloud', 'x\n'])(
    'is none where the endpoint is %j',
    (endpoint) => {
      expect(endpointTarget(service, endpoint)).toBeUndefined()
    },
  )

  it('is another for another service, and one whatever the case of its host', () => {
    expect(new Set(endpointServices.map((one) => endpointLoop({ service: one, endpoint: host }).key)).size).toBe(endpointServices.length)
    expect(endpointLoop({ service, endpoint: host.toUpperCase() }).key).toBe(endpointLoop({ service, endpoint: host }).key)
  })

  it('is seen by policies by its host alone, and called by its endpoint', () => {
    for (const endpoint of [host, `${host}:9092`, `https://${host.toUpperCase()}`])
      expect(shortEndpoint({ service, endpoint })).toBe(`endpoints/${service}/${host}`)
    expect(nameOf(endpointLoop({ service, endpoint: `${host}:9092` }))).toBe(`${host}:9092`)
  })

  it('is no ARM resource, nor the other way round', () => {
    expect(endpointOf(loop('target', accountId))).toBeUndefined()
  })
})
