// The shapes of firewalls by themselves: what they ask for, read and write.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { covers, rangesBetween, spanOf } from '../../src/model/egress.ts'
import { inBody } from '../../src/targets/firewall/in-body.ts'
import { inChild } from '../../src/targets/firewall/in-child.ts'
import { none } from '../../src/targets/firewall/none.ts'
import { networkRulesByHand } from '../../src/targets/resources/storage-by-hand.ts'
import { postgresServer } from './postgres-server.ts'

const id = '/subscriptions/0b1f6471-1bf0-4dda-aec3-cb9272f09590/resourceGroups/data/providers/Microsoft.ServiceBus/namespaces/bus'
const add = (...ips: readonly string[]) => ({ add: ips.map((ip) => ({ ip })), remove: [] })
const remove = (...ips: readonly string[]) => ({ add: [], remove: ips.map((ip) => ({ ip })) })

const bus = inChild({
  apiVersion: '2024-01-01',
  child: 'networkRuleSets/default',
  list: 'ipRules',
  field: 'ipMask',
  rest: { action: 'Allow' },
  max: 128,
  readOnly: ['provisioningState'],
  network: (resource, set) => ({
    network: resource['publicNetworkAccess'] === 'Disabled' ? 'closed' : set['defaultAction'] === 'Deny' ? 'rules' : 'open',
  }),
})

describe('rules in a child resource', () => {
  const set = {
    properties: {
      provisioningState: 'Succeeded',
      defaultAction: 'Deny',
      trustedServiceAccessEnabled: true,
      virtualNetworkRules: [{ subnet: { id: 's' } }],
      ipRules: [
        { ipMask: '1.1.1.1', action: 'Allow' },
        { ipMask: '2.2.2.0/24', action: 'Allow', note: 'kept' },
      ],
    },
  }
  const answers = [{ properties: {} }, set]

  it('are asked for beside the resource', () => {
    expect(bus.observe(id).map((request) => request.id)).toEqual([id, `${id}/networkRuleSets/default`])
    expect(bus.rules(answers)).toEqual([{ ip: '1.1.1.1' }, { ip: '2.2.2.0/24' }])
    expect(bus.network(answers)).toEqual({ network: 'rules' })
  })

  it('are written as a whole, with everything that others wrote and nothing that Azure writes', () => {
    const [request] = bus.write(id, { ...add('20.1.2.3'), ...{ remove: [{ ip: '1.1.1.1' }] } }, answers)
    const { provisioningState: _, ...writable } = set.properties
    const ipRules = [
      { ipMask: '2.2.2.0/24', action: 'Allow', note: 'kept' },
      { ipMask: '20.1.2.3', action: 'Allow' },
    ]
    expect(request).toMatchObject({ method: 'PUT', id: `${id}/networkRuleSets/default`, removes: ['1.1.1.1'] })
    expect(request).toHaveProperty('body', { properties: { ...writable, ipRules } })
  })

  it('are none where the child is not there, and make it', () => {
    expect(bus.rules([{ properties: {} }, undefined])).toEqual([])
    expect(bus.write(id, add('20.1.2.3'), [{ properties: {} }, undefined])).toMatchObject([
      { body: { properties: { ipRules: [{ ipMask: '20.1.2.3', action: 'Allow' }] } } },
    ])
  })
})

describe('rules in the body', () => {
  const cosmos = inBody({
    apiVersion: '2024-11-15',
    list: 'ipRules',
    field: 'ipAddressOrRange',
    max: 300,
    network: () => ({ network: 'rules' }),
    byHand: networkRulesByHand,
  })
  const vault = inBody({
    apiVersion: '2023-07-01',
    at: 'networkAcls',
    list: 'ipRules',
    field: 'value',
    suffix: '/32',
    max: 1000,
    network: () => ({ network: 'rules' }),
    byHand: networkRulesByHand,
  })

  it('can stand in the properties themselves', () => {
    const body = { properties: { ipRules: [{ ipAddressOrRange: '1.1.1.1' }], other: true } }
    expect(cosmos.write(id, add('20.1.2.3'), [body])).toMatchObject([
      { method: 'PATCH', body: { properties: { ipRules: [{ ipAddressOrRange: '1.1.1.1' }, { ipAddressOrRange: '20.1.2.3' }] } } },
    ])
  })

  it('can write single addresses as ranges, and read them as addresses', () => {
    const body = { properties: { networkAcls: { ipRules: [{ value: '1.1.1.1/32' }] } } }
    expect(vault.rules([body])).toEqual([{ ip: '1.1.1.1' }])
    expect(vault.write(id, add('1.1.1.1'), [body])).toEqual([])
    expect(vault.write(id, add('20.1.2.3'), [body])).toMatchObject([
      { body: { properties: { networkAcls: { ipRules: [{ value: '1.1.1.1/32' }, { value: '20.1.2.3/32' }] } } } },
    ])
    expect(vault.write(id, remove('1.1.1.1'), [body])).toMatchObject([{ removes: ['1.1.1.1'] }])
  })
})

describe('rules that are resources', () => {
  const { firewall } = postgresServer
  const rule = (name: string, from: string, to: string) => ({ name, properties: { startIpAddress: from, endIpAddress: to } })
  const answers = [{}, { value: [rule('azure', '0.0.0.0', '0.0.0.0'), rule('wide', '20.0.0.0', '20.0.0.4')] }]

  it('are read as ranges, without the one that stands for all of Azure', () => {
    expect(firewall.rules(answers)).toEqual([
      { ip: '20.0.0.0/30', name: 'wide' },
      { ip: '20.0.0.4', name: 'wide' },
    ])
  })

  it('are everyone, if one spans all addresses, as the CLI of Azure Service Connector makes it', () => {
    expect(firewall.rules([{}, { value: [rule('all', '0.0.0.0', '255.255.255.255')] }])).toEqual([{ ip: '0.0.0.0/0', name: 'all' }])
  })

  it('span exactly their range', () => {
    const name = firewall.nameOf?.('test', '20.1.2.0/28') ?? ''
    expect(name).toMatch(/^sc_[0-9a-f]{12}_20_1_2_0_28$/)
    expect(firewall.write(id, { add: [{ ip: '20.1.2.0/28', name }], remove: [] }, answers)).toMatchObject([
      { method: 'PUT', id: `${id}/firewallRules/${name}`, body: { properties: { startIpAddress: '20.1.2.0', endIpAddress: '20.1.2.15' } } },
    ])
  })

  it('are declared one after the other, because a server changes one at a time', () => {
    const made = ['20.1.2.3', '20.9.9.0/28'].map((ip) => ({ ip, name: `sc_${ip.slice(0, 4).replace('.', '_')}` }))
    const server = '/subscriptions/s1/resourceGroups/data/providers/Microsoft.DBforPostgreSQL/flexibleServers/db'.replace(
      's1',
      id.split('/')[2] ?? '',
    )
    const after = { ips: [], subnets: [] }
    expect(firewall.byHand?.bicep(server, after, made)).toMatch(
      /resource rule '.*\/firewallRules@2025-08-01' = [\s\S]*resource rule2 [\s\S]*startIpAddress: '20.9.9.0', endIpAddress: '20.9.9.15'[\s\S]*dependsOn: \[rule\]/,
    )
    expect(firewall.byHand?.terraform(server, after, made)).toMatch(
      /"rule2" \{[\s\S]*end_ip_address {3}= "20.9.9.15"\n {2}depends_on {7}= \[azurerm_postgresql_flexible_server_firewall_rule.rule\]/,
    )
  })

  it('have names that tell installations apart', () => {
    expect(firewall.nameOf?.('one', '20.1.2.3')).not.toBe(firewall.nameOf?.('other', '20.1.2.3'))
  })
})

it('is open or closed where a service has no rules', () => {
  const firewall = none({ apiVersion: '1', isClosed: ({ publicNetworkAccess }) => publicNetworkAccess === 'Disabled' })
  expect(firewall.network([{ properties: {} }])).toEqual({ network: 'open' })
  expect(firewall.network([{ properties: { publicNetworkAccess: 'Disabled' } }])).toEqual({ network: 'closed' })
  expect([firewall.rules([{}]), firewall.write(id, add('1.1.1.1'), [{}])]).toEqual([[], []])
})

it('all ranges between two addresses cover both ends and nothing beside them', () => {
  const address = fc.integer({ min: 0, max: 2 ** 32 - 1 })
  const text = (at: number): string => [24, 16, 8, 0].map((shift) => Math.floor(at / 2 ** shift) % 256).join('.')
  fc.assert(
    fc.property(address, fc.nat(5000), (from, size) => {
      const to = Math.min(from + size, 2 ** 32 - 1)
      const ranges = rangesBetween(text(from), text(to))
      const spans = ranges.map(spanOf)
      expect([spans[0]?.[0], spans.at(-1)?.[1]]).toEqual([text(from), text(to)])
      expect(covers(ranges, text(from)) && covers(ranges, text(to))).toBe(true)
      if (from > 0) expect(covers(ranges, text(from - 1))).toBe(false)
      if (to < 2 ** 32 - 1) expect(covers(ranges, text(to + 1))).toBe(false)
    }),
    { numRuns: 200 },
  )
})
