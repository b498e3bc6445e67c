import { describe, expect, it } from 'vitest'
import { eventHubsNamespace } from '../../src/targets/resources/event-hubs-namespace.ts'
import { serviceBusNamespace } from '../../src/targets/resources/service-bus-namespace.ts'

const id = '/subscriptions/0b1f6471-1bf0-4dda-aec3-cb9272f09590/resourceGroups/data/providers/Microsoft.ServiceBus/namespaces/messages'
const subnet = '/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v/subnets/Nodes'
const open = { publicNetworkAccess: 'Enabled' }
const one = [{ ipMask: '203.0.113.5', action: 'Allow' }]

describe.each([serviceBusNamespace, eventHubsNamespace])('a $label', ({ firewall, read }) => {
  const network = (namespace: object, set: object) =>
    firewall.network([{ properties: namespace }, { properties: { trustedServiceAccessEnabled: true, ...set } }])

  it('is open while it has no rule, whatever its default action is', () => {
    expect(network(open, { ...open, defaultAction: 'Deny', ipRules: [] })).toEqual({ network: 'open' })
    expect(network(open, { ...open, defaultAction: 'Deny', ipRules: one })).toEqual({ network: 'rules' })
    expect(network(open, { ...open, defaultAction: 'Allow', ipRules: one })).toEqual({ network: 'open' })
  })

  it('has rules if a subnet has one', () => {
    const set = { ...open, defaultAction: 'Deny', virtualNetworkRules: [{ subnet: { id: subnet } }] }
    expect(network(open, set)).toEqual({ network: 'rules', allowedSubnets: [subnet.toLowerCase()] })
  })

  it('is closed if the namespace or its rule set says so', () => {
    expect(network({ publicNetworkAccess: 'Disabled' }, open)).toEqual({ network: 'closed' })
    expect(network(open, { publicNetworkAccess: 'Disabled' })).toEqual({ network: 'closed' })
    expect(network({ publicNetworkAccess: 'SecuredByPerimeter' }, {})).toEqual({ network: 'closed', perimeter: true })
  })

  it('would open with its last rule gone, unless a subnet has one', () => {
    expect(firewall.opensWhenEmpty?.([{}, { properties: { virtualNetworkRules: [] } }])).toBe(true)
    expect(firewall.opensWhenEmpty?.([{}, { properties: { virtualNetworkRules: [{ subnet: { id: subnet } }] } }])).toBe(false)
  })

  it('gets its rule set back as it was, with the rule', () => {
    const set = { ...open, defaultAction: 'Deny', trustedServiceAccessEnabled: true, virtualNetworkRules: [], ipRules: one }
    const [request] = firewall.write(id, { add: [{ ip: '20.1.2.3' }], remove: [] }, [{}, { properties: set }])
    expect(request).toMatchObject({
      method: 'PUT',
      id: `${id}/networkRuleSets/default`,
      body: { properties: { ...set, ipRules: [...one, { ipMask: '20.1.2.3', action: 'Allow' }] } },
    })
  })

  it('is where its display name says', () => {
    expect(read({ location: 'North Europe', properties: {} })).toMatchObject({ location: 'northeurope', services: {}, localAuth: true })
  })

  it('has lines for people that keep the rules of others', () => {
    const { byHand } = firewall
    const after = { ips: ['203.0.113.5', '20.1.2.3'], subnets: [] }
    expect(byHand?.add(id, { ip: '20.1.2.3' })).toMatch(
      /network-rule-set ip-rule add .*--namespace-name 'messages' --ip-rule ip-address=20\.1\.2\.3/,
    )
    for (const text of [byHand?.bicep(id, after, []), byHand?.terraform(id, after, [])])
      expect(text).toMatch(/203\.0\.113\.5.*20\.1\.2\.3/s)
  })
})
