// The fourth firewall shape, one resource a rule, through the real step and the real client against the simulated cloud.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createArm } from '../../src/azure/arm.ts'
import { finish } from '../../src/engine/attempt-result.ts'
import { resources } from '../../src/local/cloud/arm/resources.ts'
import { loop } from '../../src/model/loop.ts'
import type { Operation, StepRow } from '../../src/model/outcome.ts'
import type { View } from '../../src/model/view.ts'
import type { Ports } from '../../src/ports/ports.ts'
import { openFirewallOn } from '../../src/steps/target/open-firewall.ts'
import { readTargetOn } from '../../src/steps/target/read-target.ts'
import { groupPath } from '../local/cloud/arm/arm-world.ts'
import {
  attempted,
  clusterFacts,
  connection,
  fakeProvenance,
  following,
  mall,
  minutes,
  now,
  portsOf,
  shop,
  viewOf,
} from '../steps/builders.ts'
import { postgresServer, putRule, putServer, rulesOf } from '../targets/postgres-server.ts'
import { type AzureWorld, azureWorld } from './azure-world.ts'

const find = () => postgresServer
const [readTarget, openFirewall] = [readTargetOn(find), openFirewallOn(find)]
const id = `${groupPath('shop')}/providers/Microsoft.DBforPostgreSQL/flexibleServers/orders`
const target = loop('target', id)
const members = [connection({ target }), connection({ target, cluster: mall })]
const ruleOf = (ip: string): string => `${postgresServer.firewall.nameOf?.('test', ip)}`
const [ofShop, ofMall] = [ruleOf('20.1.2.3'), ruleOf('20.9.9.9')]

let world: AzureWorld
let ports: Ports
beforeAll(async () => {
  world = await azureWorld()
})
afterAll(() => world.close())
beforeEach(async () => {
  for (const [key, { type }] of resources(world.cloud.world)) if (type.includes('PostgreSQL')) resources(world.cloud.world).delete(key)
  await world.clock.pass(minutes)
  putServer(world.cloud.world, id)
  putRule(world.cloud.world, `${id}/firewallRules/office`, '1.1.1.0', '1.1.1.15')
  ports = portsOf({ arm: createArm(world.connection('ada')), provenance: fakeProvenance() })
})

const view = (over: Partial<Pick<View<'target'>, 'members' | 'facts'>> = {}): View<'target'> =>
  viewOf(target, {
    members,
    facts: { network: 'rules', location: 'northeurope' },
    others: [
      [shop, clusterFacts()],
      [mall, clusterFacts({ egressIps: ['20.9.9.9'] })],
    ],
    ...over,
  })

/** One attempt after the other, as the loop makes them, until nothing is under way. */
async function settle(from: View<'target'>) {
  let at = from
  let before: StepRow | undefined
  const operations: Operation[] = []
  for (let tries = 0; tries < 6; tries++) {
    const run = await attempted(openFirewall, at, ports, before ? { before } : {})
    if (run.failure) throw run.failure
    at = following(openFirewall, at, run)
    if (!run.started) return { run, view: at, operations }
    operations.push(run.started)
    before = { ...finish(run, before, now), step: 'open-firewall', facts: {}, tracked: run.tracked, wake: [] } as unknown as StepRow
    await world.clock.pass(minutes)
  }
  throw new Error('It goes on and on')
}

describe('a firewall with one resource a rule', () => {
  it('is read whole, page by page', async () => {
    for (const name of ['a', 'b', 'c']) putRule(world.cloud.world, `${id}/firewallRules/${name}`, '2.2.2.2')
    const { facts } = await attempted(readTarget, viewOf(target), ports)
    expect(facts).toMatchObject({ network: 'rules', firewallIps: ['1.1.1.0/28', '2.2.2.2'] })
  })

  it('gets a rule for each address, one after the other because the server is busy meanwhile', async () => {
    const { run, operations } = await settle(view())
    expect(operations.map(({ objects }) => objects?.length)).toEqual([1, 1])
    expect(rulesOf(world.cloud.world)).toEqual(
      ['office 1.1.1.0-1.1.1.15', `${ofShop} 20.1.2.3-20.1.2.3`, `${ofMall} 20.9.9.9-20.9.9.9`].sort(),
    )
    expect(run.tracked.map(({ ownership }) => ownership)).toEqual(['ours', 'ours'])
    expect(run.facts).toEqual({ allowedIps: ['1.1.1.0/28', '20.1.2.3', '20.9.9.9'] })
  })

  it('loses the rule of a cluster that leaves, and no other', async () => {
    const { view: made } = await settle(view())
    await settle({ ...made, members: members.slice(0, 1) })
    expect(rulesOf(world.cloud.world)).toEqual(['office 1.1.1.0-1.1.1.15', `${ofShop} 20.1.2.3-20.1.2.3`].sort())
  })

  it('keeps a rule of another name for the same address: others made it', async () => {
    putRule(world.cloud.world, `${id}/firewallRules/shop-nat`, '20.1.2.3')
    const { run, view: made } = await settle(view({ members: members.slice(0, 1) }))
    expect(run.tracked.map(({ ownership }) => ownership)).toEqual(['adopted'])
    await settle({ ...made, members: [] })
    expect(rulesOf(world.cloud.world)).toContain('shop-nat 20.1.2.3-20.1.2.3')
  })

  it('corrects its own rule where another writer changed it', async () => {
    const { view: made } = await settle(view({ members: members.slice(0, 1) }))
    putRule(world.cloud.world, `${id}/firewallRules/${ofShop}`, '20.1.2.3', '20.1.2.9')
    const { facts: read } = await attempted(readTarget, made, ports)
    await settle({ ...made, facts: { ...made.facts, ...read, firewallIps: ['1.1.1.0/28'] } })
    expect(rulesOf(world.cloud.world)).toContain(`${ofShop} 20.1.2.3-20.1.2.3`)
  })

  it('takes no more rules than the server does, and opens nothing that is closed on purpose', async () => {
    for (const name of ['a', 'b']) putRule(world.cloud.world, `${id}/firewallRules/${name}`, `2.2.2.${name === 'a' ? 1 : 2}`)
    const { facts } = await attempted(readTarget, viewOf(target), ports)
    const full = await attempted(openFirewall, view({ facts: { ...facts, allowedIps: ['1.1.1.0/28', '2.2.2.1', '2.2.2.2'] } }), ports)
    expect(full.problems).toMatchObject([{ code: 'FirewallFull' }])
    putServer(world.cloud.world, id, { network: { publicNetworkAccess: 'Disabled' } })
    await world.clock.pass(minutes)
    const closed = await attempted(readTarget, viewOf(target), ports)
    expect(closed.facts).toMatchObject({ network: 'closed' })
    const run = await attempted(openFirewall, view({ facts: { ...closed.facts } }), ports)
    expect(run.problems).toMatchObject([{ code: 'PublicAccessDisabled' }, { code: 'PublicAccessDisabled' }])
  })
})
