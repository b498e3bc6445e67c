import { describe, expect, it } from 'vitest'
import { carryOut } from '../../../src/engine/carry-out.ts'
import type { Connection } from '../../../src/model/connection.ts'
import type { ClusterFacts, TargetFacts } from '../../../src/model/facts.ts'
import type { LedgerEntry } from '../../../src/model/managed-object.ts'
import { openFirewall, openFirewallOn } from '../../../src/steps/target/open-firewall.ts'
import { storageAccount } from '../../../src/targets/resources/storage-account.ts'
import {
  attempted,
  clusterFacts,
  connection,
  fakeArm,
  fakeProvenance,
  first,
  following,
  mall,
  minutes,
  now,
  portsOf,
  shop,
  stdata,
  targetFacts,
  tracked,
  viewOf,
} from '../builders.ts'

const account = (...ips: readonly string[]) => ({
  id: stdata.id,
  location: 'northeurope',
  properties: {
    primaryEndpoints: { blob: 'https://stdata.blob.core.windows.net/' },
    networkAcls: { bypass: 'Logging', defaultAction: 'Deny', ipRules: ips.map((value) => ({ value, action: 'Allow' })) },
  },
})
const inMall = connection({ cluster: mall })

type Given = {
  readonly members?: readonly Connection[]
  readonly target?: Partial<TargetFacts>
  readonly shop?: Partial<ClusterFacts>
  readonly mall?: Partial<ClusterFacts>
  readonly tracked?: readonly LedgerEntry[]
}
const view = (given: Given = {}) =>
  viewOf(stdata, {
    members: given.members ?? [connection()],
    facts: targetFacts({ network: 'rules', ...given.target }),
    others: [
      [shop, clusterFacts(given.shop)],
      [mall, clusterFacts({ uid: 'uid-mall', egressIps: ['20.9.9.9'], ...given.mall })],
    ],
    tracked: { 'open-firewall': given.tracked ?? [] },
  })
const rules = (arm: ReturnType<typeof fakeArm>, id = stdata.id): readonly string[] =>
  (arm.resources.get(id.toLowerCase()) as ReturnType<typeof account>).properties.networkAcls.ipRules.map(({ value }) => value)
const isPatch = (call: string): boolean => call.startsWith('PATCH')
const ours = first(openFirewall.desired(view()).objects)

describe('open-firewall', () => {
  it('adds the outbound addresses of the clusters beside what is there, and says what it lets in', async () => {
    const arm = fakeArm({ [stdata.id]: account('1.1.1.1') })
    const run = await attempted(openFirewall, view({ members: [connection(), inMall] }), portsOf({ arm }))
    expect(rules(arm)).toEqual(['1.1.1.1', '20.1.2.3', '20.9.9.9'])
    expect(run.facts).toEqual({ allowedIps: ['1.1.1.1', '20.1.2.3', '20.9.9.9'] })
    expect(run.changed).toHaveLength(2)
    expect(arm.calls.filter(isPatch)).toHaveLength(1)
  })

  it('needs no read of its own where all is tracked and read-target has just observed it', async () => {
    const tracked = [{ object: ours, ownership: 'ours', since: 0 }] as const
    const arm = fakeArm({ [stdata.id]: account('20.1.2.3') })
    const settled = view({ target: { firewallIps: ['20.1.2.3'] }, tracked })
    expect((await attempted(openFirewall, settled, portsOf({ arm }))).facts).toEqual({ allowedIps: ['20.1.2.3'] })
    expect(arm.calls).toEqual([])
    const lost = fakeArm({ [stdata.id]: account() })
    await attempted(openFirewall, view({ target: { firewallIps: [] }, tracked }), portsOf({ arm: lost }))
    expect(rules(lost)).toEqual(['20.1.2.3'])
  })

  it('tells of a change those members only whose clusters it lets in or keeps out', () => {
    const members = [connection(), inMall]
    const told = (before: readonly string[], after: readonly string[]) =>
      members
        .filter((member) => openFirewall.concerns?.(member, { allowedIps: before }, { allowedIps: after }, view({ members })))
        .map(({ cluster }) => cluster)
    expect(told(['20.1.2.3'], ['20.1.2.3', '20.9.9.9'])).toEqual([mall])
    expect(told(['20.1.2.3', '20.9.9.9'], ['20.9.9.9'])).toEqual([connection().cluster])
    expect(told([], ['1.1.1.1'])).toEqual([])
  })

  it('keeps the other settings of the firewall', async () => {
    const arm = fakeArm({ [stdata.id]: account() })
    await attempted(openFirewall, view(), portsOf({ arm }))
    expect(arm.resources.get(stdata.id.toLowerCase())).toMatchObject({
      properties: { networkAcls: { bypass: 'Logging', defaultAction: 'Deny' } },
    })
  })

  it('adopts what lets the cluster in already, be it a wider range, and never takes it away', async () => {
    const arm = fakeArm({ [stdata.id]: account('20.1.2.3', '20.9.0.0/16') })
    const shared = view({ members: [connection(), inMall] })
    const run = await attempted(openFirewall, shared, portsOf({ arm }))
    expect(run.tracked.map((row) => row.ownership)).toEqual(['adopted', 'adopted'])
    const left = await attempted(openFirewall, following(openFirewall, shared, run, { members: [] }), portsOf({ arm }))
    expect(left.tracked).toEqual([])
    expect(arm.calls.filter(isPatch)).toEqual([])
  })

  it('leaves to others what others have taken over by a wider range', async () => {
    const arm = fakeArm({ [stdata.id]: account('20.1.0.0/16') })
    const run = await attempted(openFirewall, view({ tracked: [tracked(ours)] }), portsOf({ arm }))
    expect(run.tracked.map((row) => row.ownership)).toEqual(['adopted'])
  })

  it('takes its own rule away when the last member that needs it has left, and nothing else', async () => {
    const arm = fakeArm({ [stdata.id]: account('1.1.1.1', '20.1.2.3') })
    const rows = [tracked(ours)]
    const other = connection({ name: 'other' })
    await attempted(openFirewall, view({ members: [other], tracked: rows }), portsOf({ arm }))
    expect(rules(arm)).toEqual(['1.1.1.1', '20.1.2.3'])
    await attempted(openFirewall, view({ members: [], tracked: rows }), portsOf({ arm }))
    expect(rules(arm)).toEqual(['1.1.1.1'])
  })

  it('opens the new address at once and leaves the old one open for a while', async () => {
    const arm = fakeArm({ [stdata.id]: account('20.1.2.3') })
    const moved = { egressIps: ['20.7.7.7'], leavingIps: [{ ip: '20.1.2.3', until: now + minutes }] }
    const run = await attempted(openFirewall, view({ shop: moved, tracked: [tracked(ours)] }), portsOf({ arm }))
    expect(rules(arm)).toEqual(['20.1.2.3', '20.7.7.7'])
    const gone = view({ shop: { egressIps: ['20.7.7.7'] }, tracked: run.tracked })
    await attempted(openFirewall, gone, portsOf({ arm }))
    expect(rules(arm)).toEqual(['20.7.7.7'])
  })

  it('adds no rule to a service that is open to all, for the first rule could close it', async () => {
    const arm = fakeArm({ [stdata.id]: account() })
    await attempted(openFirewall, view({ target: { network: 'open' }, tracked: [tracked(ours)] }), portsOf({ arm }))
    expect(arm.calls.filter(isPatch)).toEqual([])
  })

  it('reads again instead of writing when the service was opened a moment ago', async () => {
    const open = account()
    open.properties.networkAcls.defaultAction = 'Allow'
    const arm = fakeArm({ [stdata.id]: open })
    const run = await attempted(openFirewall, view(), portsOf({ arm }))
    expect(arm.calls.filter(isPatch)).toEqual([])
    expect(run.waits[0]?.text).toContain('has just changed')
  })

  it('never opens a service that is closed on purpose, and says so to each member that wants it', async () => {
    const arm = fakeArm({ [stdata.id]: account() })
    const keeper = connection({ name: 'keeper', firewall: 'keep' })
    const { problems } = await attempted(
      openFirewall,
      view({ target: { network: 'closed' }, members: [connection(), keeper] }),
      portsOf({ arm }),
    )
    expect(problems).toMatchObject([{ code: 'PublicAccessDisabled', of: connection().key }])
    expect(arm.calls.filter(isPatch)).toEqual([])
    const { bicep = '', terraform = '' } = problems[0]?.commands ?? {}
    for (const code of [bicep, terraform])
      for (const part of [stdata.id, 'privatelink.blob.core.windows.net', 'SUBNET_ID', 'NETWORK_ID', `"blob"`])
        expect(code.replaceAll("'", '"')).toContain(part)
  })

  it('says how the network of a cluster and that of a server inside one come together, and nothing where they are the same', async () => {
    const at = '/subscriptions/5b0c1a52-3d7e-4f60-9a81-2c6d4e8f9a10/resourceGroups'
    const network = (group: string, name: string) => `${at}/${group}/providers/microsoft.network/virtualnetworks/${name}`
    const server = network('data', 'backend')
    const zone = `${at}/names/providers/microsoft.network/privatednszones/db.private.postgres.database.azure.com`
    const target = { network: 'closed', injectedInto: `${server}/subnets/db`, privateZone: zone } as const
    const codeFor = async (subnets: readonly string[], given: Partial<TargetFacts> = target) => {
      const { problems } = await attempted(openFirewall, view({ target: given, shop: { subnets } }), portsOf({ arm: fakeArm({}) }))
      const way = subnets.some((subnet) => subnet.startsWith(server)) ? /is in that network/ : /or one that is peered/
      expect(problems).toMatchObject([{ code: 'InsideNetwork', remediation: expect.stringMatching(way) }])
      return problems[0]?.commands
    }
    const known = Object.values((await codeFor([`${network('shop', 'nodes')}/subnets/pods`])) ?? {})
    expect(known).toHaveLength(3)
    for (const code of known)
      for (const part of [server, network('shop', 'nodes'), 'to-backend', 'to-nodes', 'names', 'db.private.postgres.database.azure.com'])
        expect(code).toContain(part)
    expect((await codeFor([`${at}/mc_shop`]))?.cli).toContain("--resource-group 'NETWORK_GROUP' --vnet-name 'NETWORK_NAME'")
    expect(await codeFor([`${server}/subnets/pods`])).toBeUndefined()
    expect(await codeFor([], { network: 'closed', injectedInto: target.injectedInto })).toBeUndefined()
  })

  it('refuses a cluster of the same region, for which rules have no effect, and lets the others in', async () => {
    const arm = fakeArm({ [stdata.id]: account() })
    const given = { members: [connection(), inMall], shop: { location: 'northeurope' } }
    const { problems } = await attempted(openFirewall, view(given), portsOf({ arm }))
    expect(problems).toMatchObject([{ code: 'SameRegion', of: connection().key, text: expect.stringContaining('stdata') }])
    expect(rules(arm)).toEqual(['20.9.9.9'])
  })

  it('waits for addresses that are not known yet, takes nothing away meanwhile, and lets the others in', async () => {
    const arm = fakeArm({ [stdata.id]: account('20.1.2.3') })
    const rows = [tracked(ours)]
    const { egressIps: _, ...unknown } = clusterFacts()
    const unsure = viewOf(stdata, {
      members: [connection(), inMall],
      facts: targetFacts({ network: 'rules' }),
      others: [
        [shop, unknown],
        [mall, clusterFacts({ egressIps: ['20.9.9.9'] })],
      ],
      tracked: { 'open-firewall': rows },
    })
    const { waits } = await attempted(openFirewall, unsure, portsOf({ arm }))
    expect(waits).toMatchObject([{ member: connection().key, text: expect.stringContaining('cluster shop') }])
    expect(rules(arm)).toEqual(['20.1.2.3', '20.9.9.9'])
  })

  it('says to a member that its way out cannot be known, and closes the one that was known before', async () => {
    const { egressIps: _, ...unknown } = clusterFacts({ outbound: { type: 'userDefinedRouting', ids: [] } })
    const ledger = { 'open-firewall': [tracked(ours)] }
    const others = [[shop, unknown]] as const
    const unsure = viewOf(stdata, { members: [connection()], facts: targetFacts({ network: 'rules' }), others, tracked: ledger })
    const arm = fakeArm({ [stdata.id]: account('1.1.1.1', '20.1.2.3') })
    const { problems } = await attempted(openFirewall, unsure, portsOf({ arm }))
    expect(problems).toMatchObject([{ code: 'EgressUnknown', text: expect.stringContaining('shop'), of: connection().key }])
    expect(rules(arm)).toEqual(['1.1.1.1'])
  })

  it('says to a member that its cluster has no way out at all', () => {
    for (const type of ['none', 'block']) {
      const { egressIps: _, ...walled } = clusterFacts({ outbound: { type, ids: [] } })
      const view = viewOf(stdata, { members: [connection()], facts: targetFacts({ network: 'rules' }), others: [[shop, walled]] })
      expect(openFirewall.desired(view).faults).toMatchObject([{ code: 'NoEgress', of: connection().key }])
    }
  })

  it('fills the firewall to its limit, and tells those who are left out', async () => {
    const others = Array.from({ length: 399 }, (_, index) => `10.${Math.floor(index / 250)}.0.${(index % 250) + 1}`)
    const arm = fakeArm({ [stdata.id]: account(...others) })
    const full = view({ members: [connection(), inMall], target: { allowedIps: others } })
    const { problems } = await attempted(openFirewall, full, portsOf({ arm }))
    expect(rules(arm)).toHaveLength(400)
    expect(problems).toMatchObject([{ code: 'FirewallFull', of: inMall.key, text: expect.stringContaining('401') }])
  })

  it('writes nothing above the limit when it did not know of the rules of others', async () => {
    const others = Array.from({ length: 400 }, (_, index) => `10.${Math.floor(index / 250)}.0.${(index % 250) + 1}`)
    const arm = fakeArm({ [stdata.id]: account(...others) })
    const { failure } = await attempted(openFirewall, view(), portsOf({ arm }))
    expect(failure?.fields.code).toBe('FirewallFull')
    expect(arm.calls.filter(isPatch)).toEqual([])
  })

  it('keeps its last rule where none at all would let everyone in, and says so', async () => {
    const { firewall } = storageAccount
    const step = openFirewallOn(() => ({ ...storageAccount, firewall: { ...firewall, opensWhenEmpty: () => true } }))
    const leaving = view({ members: [], tracked: [tracked(ours)] })
    const alone = fakeArm({ [stdata.id]: account(ours.ip) })
    const { failure, tracked: rows } = await attempted(step, leaving, portsOf({ arm: alone }))
    expect([failure?.fields.code, rows.length, rules(alone)]).toEqual(['LastRuleStays', 1, [ours.ip]])
    const beside = fakeArm({ [stdata.id]: account(ours.ip, '1.1.1.1') })
    await attempted(step, leaving, portsOf({ arm: beside }))
    expect(rules(beside)).toEqual(['1.1.1.1'])
  })

  it('keeps what others wrote to the account between its read and its write', async () => {
    const arm = fakeArm({ [stdata.id]: account('1.1.1.1', '20.1.2.3', '7.7.7.7') })
    const changed = { ...account('1.1.1.1', '20.1.2.3', '198.51.100.77') }
    const others = {
      ...changed,
      properties: { ...changed.properties, networkAcls: { ...changed.properties.networkAcls, bypass: 'Metrics' } },
    }
    const leaving = view({ members: [inMall], tracked: [tracked(ours)] })
    const run = await carryOut(openFirewall, leaving, undefined, portsOf({ arm }), 'apply', async () => {
      arm.resources.set(stdata.id.toLowerCase(), others)
      return true
    })
    expect(run).toMatchObject({
      changed: expect.arrayContaining([expect.stringContaining('20.9.9.9'), expect.stringContaining('20.1.2.3')]),
    })
    expect(arm.resources.get(stdata.id.toLowerCase())).toMatchObject({ properties: { networkAcls: { bypass: 'Metrics' } } })
    expect(rules(arm)).toEqual(['1.1.1.1', '198.51.100.77', '20.9.9.9'])
  })

  it('writes nothing where another writer made and removed the same meanwhile', async () => {
    const arm = fakeArm({ [stdata.id]: account('1.1.1.1') })
    await carryOut(openFirewall, view(), undefined, portsOf({ arm }), 'apply', async () => {
      arm.resources.set(stdata.id.toLowerCase(), account('1.1.1.1', '20.1.2.3'))
      return true
    })
    expect(arm.calls.filter(isPatch)).toEqual([])
  })

  it('forgets its rules with a target that is gone', async () => {
    const run = await attempted(openFirewall, view({ target: { gone: true }, tracked: [tracked(ours)] }), portsOf())
    expect(run.tracked).toEqual([])
    expect(run.facts).toEqual({ allowedIps: undefined })
  })

  it('notices that another writer overwrote its rule, and adds it again', async () => {
    const arm = fakeArm({ [stdata.id]: account('1.1.1.1') })
    const run = await attempted(openFirewall, view({ tracked: [tracked(ours)] }), portsOf({ arm }))
    expect(rules(arm)).toEqual(['1.1.1.1', '20.1.2.3'])
    expect(run.changed).toEqual(['made firewall rule for 20.1.2.3 on stdata'])
  })
})

describe('a rule on an account that is not at its id any more', () => {
  const elsewhere = stdata.id.replace('/resourceGroups/', '/resourceGroups/new-')
  const born = (createdAt: string) => {
    const body = account('1.1.1.1', ours.ip)
    return { ...body, properties: { ...body.properties, creationTime: createdAt } }
  }
  const left = view({ members: [], target: { createdAt: '2026-01-01' }, tracked: [tracked(ours)] })

  it('is taken away where the account is now', async () => {
    const arm = fakeArm({ [elsewhere]: born('2026-01-01') })
    const run = await attempted(openFirewall, left, portsOf({ arm, namesakes: async () => [elsewhere] }))
    expect([rules(arm, elsewhere), run.tracked]).toEqual([['1.1.1.1'], []])
  })

  it('stays where the account is another one of that name, or where another loop looks after it', async () => {
    const other = fakeArm({ [elsewhere]: born('2026-02-02') })
    await attempted(openFirewall, left, portsOf({ arm: other, namesakes: async () => [elsewhere] }))
    const served = fakeArm({ [elsewhere]: born('2026-01-01') })
    const run = await attempted(
      openFirewall,
      left,
      portsOf({ arm: served, namesakes: async () => [elsewhere], isServed: async () => true }),
    )
    expect([other, served].map((arm) => rules(arm, elsewhere))).toEqual([
      ['1.1.1.1', ours.ip],
      ['1.1.1.1', ours.ip],
    ])
    expect(run.tracked).toEqual([])
  })

  it('is not forgotten while the graph still lists the account at its old id', async () => {
    const run = await attempted(openFirewall, left, portsOf({ namesakes: async () => [stdata.id] }))
    expect([run.failure?.fields.code, run.tracked.length]).toEqual(['StillListed', 1])
  })
})

describe('a rule on an account that came here from another id', () => {
  const provenance = fakeProvenance()
  const made = async (createdAt: string) => {
    const arm = fakeArm({ [stdata.id]: account() })
    await attempted(openFirewall, view({ target: { createdAt } }), portsOf({ arm, provenance }))
  }
  const found = async (createdAt?: string) => {
    const arm = fakeArm({ [stdata.id]: account(ours.ip) })
    const run = await attempted(openFirewall, view({ target: createdAt ? { createdAt } : {} }), portsOf({ arm, provenance }))
    return run.tracked.map(({ ownership }) => ownership)
  }

  it('is owned where the app made it, and foreign where the account is another one or does not say', async () => {
    await made('2026-01-01')
    expect([await found('2026-01-01'), await found('2026-02-02'), await found()]).toEqual([['ours'], ['adopted'], ['adopted']])
  })

  it('is not owned once it was removed', async () => {
    await made('2026-03-03')
    const arm = fakeArm({ [stdata.id]: account(ours.ip) })
    const leaving = view({ members: [], target: { createdAt: '2026-03-03' }, tracked: [tracked(ours)] })
    await attempted(openFirewall, leaving, portsOf({ arm, provenance }))
    expect(rules(arm)).toEqual([])
    expect(await found('2026-03-03')).toEqual(['adopted'])
  })
})
