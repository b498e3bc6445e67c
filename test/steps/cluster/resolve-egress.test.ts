import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Facts } from '../../../src/model/facts.ts'
import { resolveEgress } from '../../../src/steps/cluster/resolve-egress.ts'
import { mistyped } from '../../model/disturbed.ts'
import { attempted, connection, fakeArm, following, group, minutes, now, portsOf, refusal, shop, viewOf } from '../builders.ts'

const id = (name: string): string => `${group}/providers/Microsoft.Network/publicIPAddresses/${name}`
const address = (ipAddress?: string, version = 'IPv4') => ({
  properties: { publicIPAddressVersion: version, ...(ipAddress ? { ipAddress } : {}) },
})
const prefix = `${group}/providers/Microsoft.Network/publicIPPrefixes/range`
const outbound = (...ids: readonly string[]): Facts['cluster']['outbound'] => ({ type: 'loadBalancer', ids })
const known = { egressIps: ['20.1.2.3'] }

const run = (facts: Partial<Facts['cluster']>, resources: Record<string, object>, members = [connection()]) =>
  attempted(
    resolveEgress,
    viewOf(shop, { facts, members }),
    portsOf({ arm: fakeArm(resources as Record<string, Record<string, unknown>>) }),
  )

describe('resolve-egress', () => {
  it('reads addresses and prefixes, sorted and once each', async () => {
    const { facts } = await run(
      { outbound: outbound(id('b'), id('a'), prefix) },
      { [id('b')]: address('20.9.9.9'), [id('a')]: address('20.1.2.3'), [prefix]: { properties: { ipPrefix: '20.5.5.4/31' } } },
    )
    expect(facts).toEqual({ egressIps: ['20.1.2.3', '20.5.5.4', '20.5.5.5', '20.9.9.9'], leavingIps: undefined })
  })

  it('leaves IPv6 out, for firewalls of targets know IPv4 only', async () => {
    const { facts } = await run(
      { outbound: outbound(id('a'), id('six')) },
      { [id('a')]: address('20.1.2.3'), [id('six')]: address('2603::1', 'IPv6') },
    )
    expect(facts).toMatchObject({ egressIps: ['20.1.2.3'] })
  })

  it('lets an address that vanished leave for an hour, and then forgets it', async () => {
    const resources = { [id('new')]: address('20.7.7.7') }
    const first = await run({ ...known, outbound: outbound(id('new')) }, resources)
    expect(first.facts).toEqual({ egressIps: ['20.7.7.7'], leavingIps: [{ ip: '20.1.2.3', until: now + 60 * minutes }] })
    expect(first.nextRunAt).toBe(now + 60 * minutes)
    const view = viewOf(shop, { facts: { ...known, outbound: outbound(id('new')) } })
    const ports = portsOf({ arm: fakeArm(resources) })
    const later = await attempted(resolveEgress, following(resolveEgress, view, first, { now: now + 60 * minutes }), ports)
    expect(later.facts).toEqual({ egressIps: ['20.7.7.7'], leavingIps: undefined })
  })

  it('takes an address that returns for one that never left', async () => {
    const leavingIps = [{ ip: '20.7.7.7', until: now + minutes }]
    const { facts } = await run({ ...known, leavingIps, outbound: outbound(id('a')) }, { [id('a')]: address('20.7.7.7') })
    expect(facts).toEqual({ egressIps: ['20.7.7.7'], leavingIps: [{ ip: '20.1.2.3', until: now + 60 * minutes }] })
  })

  it('keeps what it knew and reads again while an address is not allocated yet', async () => {
    const { facts, nextRunAt } = await run(
      { ...known, outbound: outbound(id('a'), id('b')) },
      { [id('a')]: address('20.7.7.7'), [id('b')]: address() },
    )
    expect(facts).toEqual({ egressIps: ['20.1.2.3', '20.7.7.7'], leavingIps: undefined })
    expect(nextRunAt).toBe(now + minutes)
  })

  it('knows no addresses where a firewall or gateway of the owner decides', async () => {
    const { facts } = await run({ ...known, outbound: { type: 'userDefinedRouting', ids: [] } }, {})
    expect(facts).toMatchObject({ egressIps: undefined, leavingIps: [{ ip: '20.1.2.3' }] })
  })

  it('finds the addresses of the NAT gateways behind the subnets of nodes and pods, each read once', async () => {
    const network = `${group}/providers/Microsoft.Network`
    const subnet = (name: string): string => `${network}/virtualNetworks/net/subnets/${name}`
    const gateway = `${network}/natGateways/gate`
    const arm = fakeArm({
      [subnet('nodes')]: { properties: { natGateway: { id: gateway } } },
      [subnet('pods')]: { properties: { natGateway: { id: gateway.toUpperCase() } } },
      [gateway]: { properties: { publicIpAddresses: [{ id: id('a') }], publicIpPrefixes: [{ id: prefix }] } },
      [id('a')]: address('20.1.2.3'),
      [prefix]: { properties: { ipPrefix: '20.5.5.0/28' } },
    })
    const facts = { outbound: { type: 'userAssignedNATGateway', ids: [], subnets: [subnet('nodes'), subnet('pods')] } }
    const run = await attempted(resolveEgress, viewOf(shop, { facts, members: [connection()] }), portsOf({ arm }))
    expect(run.facts).toEqual({ egressIps: ['20.1.2.3', '20.5.5.0/28'], leavingIps: undefined })
    expect(arm.calls.filter((call) => call.includes('natGateways') || call.includes('NATGATEWAYS'))).toHaveLength(1)
  })

  it('says which subnet has no NAT gateway, and keeps what it knew', async () => {
    const subnet = `${group}/providers/Microsoft.Network/virtualNetworks/net/subnets/nodes`
    const outbound = { type: 'userAssignedNATGateway', ids: [], subnets: [subnet] }
    const { problems, facts } = await run({ ...known, outbound }, { [subnet]: { properties: {} } }, [connection()])
    expect(problems).toMatchObject([
      { code: 'NatGatewayMissing', of: connection().key, text: expect.stringContaining('subnet nodes of shop') },
    ])
    expect(facts).toMatchObject(known)
  })

  it('takes the addresses that a policy gives for this cluster, as rules, where Azure tells none', async () => {
    const policy = (clusters: string, ...egress: readonly string[]) => ({
      name: clusters.replaceAll('*', 'x'),
      allow: { clusters: [clusters], targets: [], namespaces: [], auth: [], egress: [...egress] },
    })
    const policies = [policy('*/shop/*', '20.8.0.0/30', '20.7.7.7'), policy('*/other/*', '20.6.6.6')]
    const view = viewOf(shop, { facts: { outbound: { type: 'userDefinedRouting', ids: [] } }, members: [connection()], policies })
    const given = await attempted(resolveEgress, view, portsOf())
    expect(given.facts).toEqual({ egressIps: ['20.7.7.7', '20.8.0.0/30'], leavingIps: undefined })
    const taken = await attempted(resolveEgress, following(resolveEgress, view, given, { policies: [] }), portsOf())
    expect(taken.facts).toMatchObject({ egressIps: undefined, leavingIps: [{ ip: '20.7.7.7' }, { ip: '20.8.0.0/30' }] })
  })

  it('adds what a policy gives to what Azure tells, and needs not read what it may not read', async () => {
    const arm = fakeArm({ [id('a')]: address('20.1.2.3') })
    arm.refuse = (call) => (call.endsWith('/mine') ? refusal() : undefined)
    const policies = [{ name: 'hub', allow: { clusters: ['*/*/*'], targets: [], namespaces: [], auth: [], egress: ['20.7.7.7'] } }]
    const view = viewOf(shop, { facts: { outbound: outbound(id('a'), id('mine')) }, members: [connection()], policies })
    const { facts, problems, nextRunAt } = await attempted(resolveEgress, view, portsOf({ arm }))
    expect(facts).toMatchObject({ egressIps: ['20.1.2.3', '20.7.7.7'] })
    expect({ problems, nextRunAt }).toEqual({ problems: [], nextRunAt: undefined })
  })

  it('tells the members that need the firewall when an address outside its subscription cannot be read', async () => {
    const arm = fakeArm()
    arm.refuse = (call) => (call.endsWith('/mine') ? refusal() : undefined)
    const keeper = connection({ name: 'keeper', firewall: 'keep' })
    const view = viewOf(shop, { facts: { ...known, outbound: outbound(id('mine')) }, members: [connection(), keeper] })
    const { facts, problems } = await attempted(resolveEgress, view, portsOf({ arm }))
    expect(problems).toMatchObject([{ code: 'UnreadableEgress', of: connection().key }])
    expect(facts).toMatchObject(known)
  })

  it('asks nothing about a cluster that is missing', async () => {
    const arm = fakeArm()
    const view = viewOf(shop, { facts: { ...known, outbound: outbound(id('a')), missingSince: now } })
    const { facts } = await attempted(resolveEgress, view, portsOf({ arm }))
    expect(arm.calls).toEqual([])
    expect(facts).toBeUndefined()
  })

  it('never lets an address leave because an answer has a field of another type', async () => {
    const network = `${group}/providers/Microsoft.Network`
    const [subnet, gateway] = [`${network}/virtualNetworks/v/subnets/nodes`, `${network}/natGateways/gate`]
    const world = {
      [subnet]: { id: subnet, properties: { natGateway: { id: gateway } } },
      [gateway]: { id: gateway, properties: { publicIpAddresses: [{ id: id('a') }, { id: id('b') }], publicIpPrefixes: [{ id: prefix }] } },
      [id('a')]: address('20.1.2.3'),
      [id('b')]: address('20.7.7.7'),
      [prefix]: { properties: { ipPrefix: '20.5.5.4/31' } },
    }
    const facts = {
      egressIps: ['20.1.2.3', '20.5.5.4', '20.5.5.5', '20.7.7.7'],
      outbound: { type: 'userAssignedNATGateway', ids: [], subnets: [subnet] },
    }
    const disturbedWorlds = fc
      .constantFrom(...Object.entries(world))
      .chain(([name, answer]) => mistyped(answer).map((bad) => ({ ...world, [name]: bad })))
    await fc.assert(
      fc.asyncProperty(disturbedWorlds, async (bad) => {
        const after: Partial<Facts['cluster']> = (await run(facts, bad as Record<string, object>)).facts ?? {}
        expect(after.leavingIps).toBeUndefined()
        expect(after.egressIps ?? facts.egressIps).toEqual(facts.egressIps)
      }),
    )
    expect((await run(facts, world)).facts).toMatchObject({ egressIps: facts.egressIps })
  })
})
