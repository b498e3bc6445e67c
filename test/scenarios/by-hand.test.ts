// Whatever a report says in the three languages is run as it is, and must leave what the app would have made: it goes on, and calls nothing of it
// foreign. One story for each way, over every kind of object that the app makes.
import { describe, expect, it } from 'vitest'
import { type FleetInput, subscription } from '../../src/local/fleets/fleet.ts'
import { personOf } from '../../src/local/person.ts'
import { runByHand } from './by-hand.ts'
import { runBicep, runTerraform } from './declared.ts'
import { tableRows } from './raw.ts'
import { idOfAccount, idOfCluster, minute, type Scenario, useScenarios } from './scenario.ts'

const scenario = useScenarios()
const ways = ['cli', 'bicep', 'terraform'] as const
type Way = (typeof ways)[number]
const people: FleetInput['people'] = [
  {
    name: 'ada',
    appRoles: ['Connections.Write', 'Policies.Write'],
    roles: [{ role: 'Owner' }, { role: 'Azure Kubernetes Service RBAC Cluster Admin' }],
  },
]
const subnet = `/subscriptions/${subscription}/resourceGroups/net/providers/Microsoft.Network/virtualNetworks/v/subnets/office`
const fleet: Partial<FleetInput> = {
  people,
  clusters: [{ name: 'c1', group: 'shop', region: 'westeurope', namespaces: ['orders'], oidcIssuer: false, workloadIdentity: false }],
  storageAccounts: [{ name: 'orders', group: 'shop', region: 'northeurope', network: 'rules', allow: ['203.0.113.7'], subnets: [subnet] }],
  resources: [
    {
      id: subnet,
      location: 'northeurope',
      properties: { serviceEndpoints: [{ service: 'Microsoft.Storage', locations: ['northeurope'] }] },
    },
  ],
}
type Told = { readonly code: string; readonly commands?: Readonly<Partial<Record<Way, string>>> }
const told = async (story: Scenario): Promise<readonly Told[]> => {
  const timeline = (await story.linker('photos')).properties['timeline'] as readonly { readonly problems: readonly Told[] }[]
  return timeline.flatMap(({ problems }) => problems)
}

/** Runs what is reported in one language, and in that of the CLI where it says nothing. Answers the codes of all problems on the way. */
async function runReports(story: Scenario, way: Way): Promise<readonly string[]> {
  const ada = personOf(story, 'ada')
  const place = { person: ada, cluster: idOfCluster('c1'), account: idOfAccount('orders') }
  const codes = new Set<string>()
  for (let round = 0; round < 12; round++) {
    await story.clock.pass(6 * minute)
    const problems = await told(story)
    for (const { code } of problems) codes.add(code)
    if (!problems.some(({ commands }) => commands)) break
    for (const { commands = {} } of problems) {
      const [text, run] =
        way === 'bicep' && commands.bicep
          ? ([commands.bicep, runBicep] as const)
          : way === 'terraform' && commands.terraform
            ? ([commands.terraform, runTerraform] as const)
            : ([commands.cli, () => runByHand(ada, commands.cli ?? '', place.cluster)] as const)
      if (text) await run(place, text)
    }
    await story.call(
      'ada',
      'POST',
      `${idOfCluster('c1')}/providers/Microsoft.ServiceLinker/linkers/photos/reconcile?api-version=2024-04-01`,
    )
  }
  ada.close()
  return [...codes]
}

/** How the app holds what a person made: things that carry its marks are its own. */
const holds = async (story: Scenario): Promise<Readonly<Record<string, unknown>>> =>
  Object.fromEntries(
    (await tableRows(story))
      .filter(({ RowKey }) => String(RowKey).startsWith('ledger:'))
      .map((row) => [String(row['object']).match(/"kind":"([^"]+)"/)?.[1] ?? String(row['RowKey']), row['ownership']]),
  )

describe.each(ways)('what is reported for %s', (way) => {
  it('makes identity, trust, role, rule, features and objects, none of them a stranger to the app', async () => {
    const reported = 'enable-features,open-firewall,ensure-identity,federate-identity,assign-roles,write-service-accounts,write-resources'
    const story = await scenario({ settings: { CONNECTOR_REPORT_STEPS: reported }, fleet })
    await story.putPolicy()
    await story.putLinker('photos', { authInfo: { authType: 'userAssignedIdentity' } })
    expect(await runReports(story, way)).not.toContain('NotOurs')
    expect(await story.linker('photos')).toMatchObject({ state: 'Succeeded' })
    expect(await story.pod('photos')).toMatchObject({ exitCode: 0 })
    expect(await holds(story)).toMatchObject({
      identity: 'ours',
      credential: 'ours',
      'role-assignment': 'ours',
      Secret: 'ours',
      ServiceAccount: 'ours',
    })
    // Rules of others are still there.
    const { body } = await story.arm('GET', `${idOfAccount('orders')}?api-version=2024-01-01`)
    expect(body).toMatchObject({
      properties: {
        networkAcls: {
          defaultAction: 'Deny',
          virtualNetworkRules: [{ id: subnet }],
          ipRules: expect.arrayContaining([{ value: '203.0.113.7', action: 'Allow' }]),
        },
      },
    })
  }, 120_000)

  it('installs the extension and registers its provider', async () => {
    const latencies = { extensionInstall: 60_000, extensionUpdate: 20_000, extensionLock: 10_000 }
    const story = await scenario({
      latencies,
      settings: { CONNECTOR_REPORT_STEPS: 'register-provider,install-extension' },
      fleet: { people, unregisteredProviders: ['Microsoft.KubernetesConfiguration'] },
    })
    await story.putPolicy()
    await story.putLinker('photos', { kubernetesTransport: 'extension' })
    await runReports(story, way)
    expect(await story.linker('photos')).toMatchObject({ state: 'Succeeded' })
  }, 120_000)
})

it('makes the Secret of a connection string, with the key that the line asks Azure for', async () => {
  const story = await scenario({ settings: { CONNECTOR_REPORT_STEPS: 'write-resources' }, fleet: { people } })
  await story.putPolicy()
  await story.putLinker('photos')
  expect(await runReports(story, 'cli')).toEqual(['ReportOnly'])
  expect(await story.linker('photos')).toMatchObject({ state: 'Succeeded' })
  expect(await holds(story)).toMatchObject({ Secret: 'ours' })
  expect(await story.pod('photos')).toMatchObject({ exitCode: 0 })
}, 60_000)
