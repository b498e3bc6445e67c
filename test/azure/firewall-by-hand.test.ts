// What is reported for firewalls whose rules are not in the body of the resource is run as it is, in each language, and must leave what the app would have
// made: it finds nothing more to do, and the rules and settings of others are as they were.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createArm } from '../../src/azure/arm.ts'
import { objectOf } from '../../src/local/cloud/arm/provider.ts'
import { findResource, putResource } from '../../src/local/cloud/arm/resources.ts'
import { vaultResource } from '../../src/local/cloud/arm/vault.ts'
import type { Person } from '../../src/local/person.ts'
import { loop } from '../../src/model/loop.ts'
import type { View } from '../../src/model/view.ts'
import type { Ports } from '../../src/ports/ports.ts'
import { openFirewallOn } from '../../src/steps/target/open-firewall.ts'
import { readTargetOn } from '../../src/steps/target/read-target.ts'
import type { Resource } from '../../src/targets/resource.ts'
import { serviceBusNamespace } from '../../src/targets/resources/service-bus-namespace.ts'
import { vault } from '../../src/targets/resources/vault.ts'
import { groupPath } from '../local/cloud/arm/arm-world.ts'
import { runByHand } from '../scenarios/by-hand.ts'
import { runBicep, runTerraform } from '../scenarios/declared.ts'
import {
  attempted,
  clusterFacts,
  connection,
  fakeProvenance,
  first,
  following,
  mall,
  minutes,
  portsOf,
  shop,
  viewOf,
} from '../steps/builders.ts'
import { postgresServer, putRule, putServer, rulesOf } from '../targets/postgres-server.ts'
import { putNamespace, setOf } from '../targets/service-bus.ts'
import { type AzureWorld, azureWorld } from './azure-world.ts'

const ways = ['cli', 'bicep', 'terraform'] as const
type Way = (typeof ways)[number]

let world: AzureWorld
let ports: Ports
beforeAll(async () => {
  world = await azureWorld()
  ports = portsOf({ arm: createArm(world.connection('ada')), provenance: fakeProvenance() })
})
afterAll(() => world.close())

/** A person who waits for each operation, as all three tools do. */
const ada = (): Pick<Person, 'arm'> => ({
  async arm(method, path, body) {
    const { status, headers, body: answered } = await world.as('ada').send(method, path, body)
    if (status === 202) await world.clock.pass(minutes)
    return { status, headers: Object.fromEntries(headers), body: answered }
  },
})

async function run(way: Way, text: string, id: string): Promise<void> {
  const person = ada() as Person
  if (way === 'cli') return runByHand(person, text, '')
  await (way === 'bicep' ? runBicep : runTerraform)({ person, cluster: '', account: id }, text)
}

function onTarget(resource: Resource, id: string) {
  const [readTarget, openFirewall] = [readTargetOn(() => resource), openFirewallOn(() => resource)]
  const target = loop('target', id)
  const members = [connection({ target }), connection({ target, cluster: mall })]
  const others = [
    [shop, clusterFacts()],
    [mall, clusterFacts({ egressIps: ['20.9.9.0/28'] })],
  ] as const
  const read = async (): Promise<View<'target'>> => {
    const { facts } = await attempted(readTarget, viewOf(target), ports)
    return viewOf(target, { members, others, facts: { ...facts } as View<'target'>['facts'] })
  }
  /** The lines of the report, run; and then what the app finds when it may write. */
  async function byHand(way: Way, view: View<'target'>) {
    const reported = await attempted(openFirewall, view, ports, { mode: 'report' })
    await run(way, first([reported.report?.commands?.[way]]), id)
    await world.clock.pass(minutes)
    const { facts } = await read()
    const after = following(openFirewall, view, reported, { facts })
    const found = await attempted(openFirewall, after, ports)
    return { found, view: following(openFirewall, after, found) }
  }
  return { read, byHand }
}

describe.each(ways)('a rule that is a resource, by %s', (way) => {
  const id = `${groupPath('shop')}/providers/Microsoft.DBforPostgreSQL/flexibleServers/by-${way}`
  const ruleOf = (ip: string): string => `${postgresServer.firewall.nameOf?.('test', ip)}`
  const { read, byHand } = onTarget(postgresServer, id)
  const there = (): readonly string[] => rulesOf(world.cloud.world, id)

  it('is made under the name of the app, one after the other, and is its own then', async () => {
    putServer(world.cloud.world, id)
    putRule(world.cloud.world, `${id}/firewallRules/office`, '1.1.1.0', '1.1.1.15')
    const { found, view } = await byHand(way, await read())
    expect(there()).toEqual(
      ['office 1.1.1.0-1.1.1.15', `${ruleOf('20.1.2.3')} 20.1.2.3-20.1.2.3`, `${ruleOf('20.9.9.0/28')} 20.9.9.0-20.9.9.15`].sort(),
    )
    expect([found.started, found.changed, found.tracked.map(({ ownership }) => ownership)]).toEqual([undefined, [], ['ours', 'ours']])
    const { found: gone } = await byHand('cli', { ...view, members: view.members.slice(0, 1) })
    expect([gone.started, there()]).toEqual([undefined, ['office 1.1.1.0-1.1.1.15', `${ruleOf('20.1.2.3')} 20.1.2.3-20.1.2.3`].sort()])
  })
})

describe.each(ways)('a rule in a child resource, by %s', (way) => {
  const id = `${groupPath('shop')}/providers/Microsoft.ServiceBus/namespaces/by-${way}`
  const { read, byHand } = onTarget(serviceBusNamespace, id)
  const subnet = `${groupPath('net')}/providers/Microsoft.Network/virtualNetworks/v/subnets/office`.toLowerCase()

  it.each([true, false])('is added, and what others wrote stays (trusted services: %s)', async (trusted) => {
    const others = {
      defaultAction: 'Deny',
      publicNetworkAccess: 'Enabled',
      trustedServiceAccessEnabled: trusted,
      virtualNetworkRules: [{ subnet: { id: subnet }, ignoreMissingVnetServiceEndpoint: false }],
    }
    putNamespace(world.cloud.world, id, { ...others, ipRules: [{ ipMask: '1.1.1.1', action: 'Allow' }] })
    const { found } = await byHand(way, await read())
    expect(setOf(world.cloud.world, id)?.properties).toEqual({
      ...others,
      ipRules: ['1.1.1.1', '20.1.2.3', '20.9.9.0/28'].map((ipMask) => ({ ipMask, action: 'Allow' })),
    })
    expect([found.started, found.changed, found.facts]).toEqual([undefined, [], { allowedIps: ['1.1.1.1', '20.1.2.3', '20.9.9.0/28'] }])
  })
})

describe.each(ways)('a rule in the body of a vault, by %s', (way) => {
  const id = `${groupPath('shop')}/providers/Microsoft.KeyVault/vaults/by-${way}`
  const { read, byHand } = onTarget(vault, id)
  const rules = () => objectOf(findResource(world.cloud.world, id)?.properties['networkAcls'])

  it('is added as a range, what others wrote stays, and it is removed in the form in which the vault has it', async () => {
    putResource(world.cloud.world, vaultResource(world.cloud.world, { id, location: 'northeurope', network: 'rules', allow: ['1.1.1.1'] }))
    const { found, view } = await byHand(way, await read())
    expect(rules()).toMatchObject({
      defaultAction: 'Deny',
      bypass: 'AzureServices',
      ipRules: ['1.1.1.1/32', '20.1.2.3/32', '20.9.9.0/28'].map((value) => ({ value })),
    })
    expect([found.started, found.changed, found.facts]).toEqual([undefined, [], { allowedIps: ['1.1.1.1', '20.1.2.3', '20.9.9.0/28'] }])
    await run('cli', vault.firewall.byHand?.remove(view.loop.id, { ip: '20.1.2.3' }) ?? '', id)
    expect(rules()).toMatchObject({ ipRules: [{ value: '1.1.1.1/32' }, { value: '20.9.9.0/28' }] })
  })
})

it('a rule in a child resource is removed by the line that says so', async () => {
  const id = `${groupPath('shop')}/providers/Microsoft.ServiceBus/namespaces/left`
  putNamespace(world.cloud.world, id, {
    defaultAction: 'Deny',
    ipRules: ['1.1.1.1', '20.1.2.3'].map((ipMask) => ({ ipMask, action: 'Allow' })),
  })
  await run('cli', serviceBusNamespace.firewall.byHand?.remove(id, { ip: '20.1.2.3' }) ?? '', id)
  expect(setOf(world.cloud.world, id)?.properties).toMatchObject({ ipRules: [{ ipMask: '1.1.1.1', action: 'Allow' }] })
})
