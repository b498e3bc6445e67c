// Clusters whose traffic a storage account sees by private addresses: in its own region, or from a subnet with a service endpoint. Only a virtual network
// rule lets these in, which is its owner's to make; the app sees the rule, and says exactly how to make it where it is missing.
import { expect, it } from 'vitest'
import { type FleetInput, subscription } from '../../src/local/fleets/fleet.ts'
import { personOf } from '../../src/local/person.ts'
import { runByHand } from './by-hand.ts'
import { idOfCluster, minute, type Scenario, useScenarios } from './scenario.ts'

const scenario = useScenarios()
const workloadIdentity = { authInfo: { authType: 'userAssignedIdentity' } }
const subnet = (name: string): string =>
  `/subscriptions/${subscription}/resourceGroups/net/providers/Microsoft.Network/virtualNetworks/v/subnets/${name}`
const storage = [{ service: 'Microsoft.Storage', locations: ['northeurope', 'westeurope'] }]

type World = {
  readonly region: string
  readonly pools: readonly object[]
  readonly endpoints?: readonly object[]
  readonly letIn?: readonly string[]
}
const fleet = ({ region, pools, endpoints = [], letIn = [] }: World): Partial<FleetInput> => ({
  clusters: [
    {
      name: 'c1',
      group: 'shop',
      region,
      namespaces: ['orders'],
      properties: { agentPoolProfiles: pools.map((pool, at) => ({ name: `pool${at}`, mode: 'System', count: 1, ...pool })) },
    },
  ],
  storageAccounts: [
    { name: 'orders', group: 'shop', region: 'northeurope', network: 'rules', subnets: [...letIn], containers: ['photos'] },
  ],
  resources: ['nodes', 'pods'].map((name) => ({ id: subnet(name), location: region, properties: { serviceEndpoints: endpoints } })),
})

async function connect(world: World): Promise<Scenario> {
  const story = await scenario({ fleet: fleet(world) })
  await story.putPolicy()
  await story.putLinker('photos', workloadIdentity)
  return story
}

type Told = { readonly code: string; readonly remediation: string; readonly commands?: { readonly cli?: string } }
async function problemsOf(story: Scenario): Promise<readonly Told[]> {
  await story.reaches('photos', 'Failed')
  const timeline = (await story.linker('photos')).properties['timeline'] as readonly { readonly problems: readonly Told[] }[]
  return timeline.flatMap(({ problems }) => problems)
}
const linesOf = (problems: readonly Told[]): readonly string[] => problems.flatMap(({ commands }) => commands?.cli ?? [])

async function runAll(story: Scenario, lines: readonly string[]): Promise<void> {
  const ada = personOf(story, 'ada')
  for (const line of lines) await runByHand(ada, line, idOfCluster('c1'))
  ada.close()
  await story.call('ada', 'POST', `${idOfCluster('c1')}/providers/Microsoft.ServiceLinker/linkers/photos/reconcile?api-version=2024-04-01`)
  await story.clock.pass(minute)
}

it('connects a cluster of the same region whose subnet a virtual network rule lets in', async () => {
  const story = await connect({
    region: 'northeurope',
    pools: [{ vnetSubnetID: subnet('nodes') }],
    endpoints: storage,
    letIn: [subnet('nodes')],
  })
  await story.reaches('photos', 'Succeeded')
  await story.clock.pass(5 * minute) // a role assignment spreads in three
  expect(await story.pod('photos')).toMatchObject({ exitCode: 0 })
  expect(story.changes().filter((line) => line.startsWith('rule '))).toEqual([])
}, 60_000)

it('says of a cluster of the same region how to let its subnets in, and connects it when that is done', async () => {
  const pools = [{ vnetSubnetID: subnet('nodes') }, { vnetSubnetID: subnet('nodes'), podSubnetID: subnet('pods') }]
  const story = await connect({ region: 'northeurope', pools, endpoints: [{ service: 'Microsoft.KeyVault', locations: ['*'] }] })
  const problems = await problemsOf(story)
  expect(problems.map(({ code }) => code)).toEqual(['SameRegion', 'SameRegion'])
  expect(linesOf(problems).join('\n')).toContain('--service-endpoints Microsoft.KeyVault Microsoft.Storage')
  await runAll(story, linesOf(problems))
  await story.reaches('photos', 'Succeeded')
  expect(await story.pod('photos')).toMatchObject({ exitCode: 0 })
}, 60_000)

it('does not count on addresses where a service endpoint of the paired region hides them', async () => {
  const story = await connect({ region: 'westeurope', pools: [{ vnetSubnetID: subnet('nodes') }], endpoints: storage })
  const problems = await problemsOf(story)
  expect(problems.map(({ code }) => code)).toEqual(['SubnetNotLetIn'])
  await runAll(story, linesOf(problems))
  await story.reaches('photos', 'Succeeded')
  expect(await story.pod('photos')).toMatchObject({ exitCode: 0 })
}, 60_000)

it('offers no line for a network that AKS made itself', async () => {
  const problems = await problemsOf(await connect({ region: 'northeurope', pools: [{}] }))
  expect(problems.map(({ code }) => code)).toEqual(['SameRegion'])
  expect(linesOf(problems)).toEqual([])
}, 60_000)

it('names the perimeter that decides, and whom it would have to let in', async () => {
  const story = await scenario({
    fleet: { storageAccounts: [{ name: 'orders', group: 'shop', region: 'northeurope', network: 'perimeter' }] },
  })
  await story.putPolicy()
  await story.putLinker('photos', workloadIdentity)
  const problems = await problemsOf(story)
  expect(problems).toMatchObject([
    { code: 'SecuredByPerimeter', remediation: expect.stringMatching(/inbound access rule for the addresses 20\./) },
  ])
}, 60_000)
