import { describe, expect, it } from 'vitest'
import { signalR } from '../../src/targets/resources/signalr.ts'
import { webPubSub } from '../../src/targets/resources/web-pubsub.ts'

const id = '/subscriptions/0b1f6471-1bf0-4dda-aec3-cb9272f09590/resourceGroups/data/providers/Microsoft.SignalRService/SignalR/chat'
const allow = (value: string) => ({ value, action: 'Allow' })
const deny = (value: string) => ({ value, action: 'Deny' })
const everything = ['ServerConnection', 'ClientConnection', 'RESTAPI', 'Trace']

describe.each([
  [signalR, 'ServerConnection'],
  [webPubSub, 'RESTAPI'],
])('a $label', ({ firewall, read }, request) => {
  const answers = (ipRules: readonly object[] | undefined, more: object = {}, access = 'Enabled') => [
    {
      properties: {
        publicNetworkAccess: access,
        networkACLs: { defaultAction: 'Deny', publicNetwork: { allow: everything, deny: null }, ...(ipRules ? { ipRules } : {}), ...more },
      },
    },
  ]
  const network = (...of: Parameters<typeof answers>) => firewall.network(answers(...of)).network

  it('is open without IP rules, and where the first one allows every address', () => {
    expect([network(undefined), network([]), network([allow('0.0.0.0/0'), allow('::/0')])]).toEqual(['open', 'open', 'open'])
    expect([network([allow('203.0.113.5')]), network([deny('203.0.113.5'), allow('0.0.0.0/0')])]).toEqual(['rules', 'rules'])
  })

  it('is closed if no requests of servers are let in from outside', () => {
    const others = everything.filter((one) => one !== request)
    expect(network([], { publicNetwork: { allow: others, deny: null } })).toBe('closed')
    expect(network([], { defaultAction: 'Allow', publicNetwork: { allow: null, deny: [request] } })).toBe('closed')
    expect(network([], { defaultAction: 'Allow', publicNetwork: { allow: null, deny: null } })).toBe('open')
    expect(network([], {}, 'Disabled')).toBe('closed')
  })

  it('counts rules before the first one that denies, and puts new ones there', () => {
    const rules = [allow('203.0.113.5'), deny('0.0.0.0/0'), allow('20.1.2.3')]
    expect(firewall.rules(answers(rules))).toEqual([{ ip: '203.0.113.5' }])
    const [request] = firewall.write(id, { add: [{ ip: '20.1.2.3' }], remove: [] }, answers(rules))
    expect(request).toMatchObject({
      method: 'PATCH',
      body: {
        properties: {
          networkACLs: { ...answers([])[0]?.properties.networkACLs, ipRules: [allow('203.0.113.5'), allow('20.1.2.3'), ...rules.slice(1)] },
        },
      },
    })
  })

  it('would open with its last rule gone, unless one denies', () => {
    expect(firewall.opensWhenEmpty?.(answers([allow('20.1.2.3')]))).toBe(true)
    expect(firewall.opensWhenEmpty?.(answers([allow('20.1.2.3'), deny('0.0.0.0/0')]))).toBe(false)
  })

  it('offers nothing before it has a name', () => {
    expect(read({ location: 'northeurope', properties: { hostName: null } })).toMatchObject({ services: {}, localAuth: true })
  })
})
