// An app with few rights: it reports what it may not do, and a person who pastes the reported lines gets the same connection. Each further
// right switches on what docs/permissions.md says, and is noticed without a notification.
import { expect, it } from 'vitest'
import { parse } from 'yaml'
import actions from '../../infra/actions.json' with { type: 'json' }
import { allRoles } from '../../src/local/cloud/roles.ts'
import { delegationCondition, type FleetInput, subscription } from '../../src/local/fleets/fleet.ts'
import { personOf } from '../../src/local/person.ts'
import { page } from '../infra/settings.ts'
import { runByHand } from './by-hand.ts'
import { tableRows } from './raw.ts'
import { idOfAccount, idOfCluster, minute, type Scenario, useScenarios } from './scenario.ts'

const scenario = useScenarios()
type Tier = keyof typeof actions
const tiers = Object.keys(actions) as readonly Tier[]
const own = ['Storage Table Data Contributor', 'Storage Blob Data Owner', 'Storage Queue Data Contributor'].map((role) => ({
  role,
  on: 'storage:connectorstate',
}))
/** Each tier as a role of its own, with its actions and no more. */
const customRoles = tiers.map((tier) => ({ name: `tier ${tier}`, actions: Object.keys(actions[tier].actions) }))
const people: FleetInput['people'] = [
  {
    name: 'ada',
    appRoles: ['Connections.Write', 'Policies.Write'],
    roles: [{ role: 'Owner' }, { role: 'Azure Kubernetes Service RBAC Cluster Admin' }],
  },
]
/** The Role of the page, and nothing beyond. */
const [manifest = ''] = /^apiVersion: rbac[\s\S]*?(?=^---)/m.exec(page('permissions.md')) ?? []
const { rules } = parse(manifest) as { rules: readonly { resources: string[]; verbs: string[] }[] }
const inCluster = (cluster: string): NonNullable<FleetInput['app']['kubernetes']> =>
  rules.map(({ resources, verbs }) => ({ cluster, namespaces: ['orders'], resources, verbs }))

type Entry = { readonly step: string; readonly outcome: string; readonly attempts: number; readonly problems: readonly Problem[] }
type Problem = { readonly code: string; readonly text: string; readonly commands?: Readonly<Record<string, string>> }
const timeline = async (story: Scenario, name: string): Promise<readonly Entry[]> =>
  (await story.linker(name)).properties['timeline'] as readonly Entry[]
const blobs = (account: string) => ({ targetService: { type: 'AzureResource', id: `${idOfAccount(account)}/blobServices/default` } })
const workloadIdentity = { authInfo: { authType: 'userAssignedIdentity' } }

const nextRunAt = (name: string, cluster: string): string =>
  `${idOfCluster(cluster)}/providers/Microsoft.ServiceLinker/linkers/${name}/reconcile?api-version=2024-04-01`

async function grant(story: Scenario, tier: Tier): Promise<void> {
  const name = tier === 'roles' ? 'Role Based Access Control Administrator' : `tier ${tier}`
  const role = allRoles(story.cloud.world).find((one) => one.name === name)
  const properties = {
    roleDefinitionId: `/subscriptions/${subscription}/providers/Microsoft.Authorization/roleDefinitions/${role?.id}`,
    principalId: story.cloud.app.principalId,
    principalType: 'ServicePrincipal',
    ...(tier === 'roles' ? { condition: delegationCondition, conditionVersion: '2.0' } : {}),
  }
  const id = crypto.randomUUID()
  const path = `/subscriptions/${subscription}/providers/Microsoft.Authorization/roleAssignments/${id}?api-version=2022-04-01`
  await story.arm('PUT', path, { properties })
}

it('does with each further right what the page of permissions says', async () => {
  const story = await scenario({
    fleet: {
      people,
      customRoles,
      app: {
        name: 'connector',
        group: 'connector',
        region: 'westeurope',
        roles: [{ role: 'tier report' }, ...own],
        kubernetes: [...inCluster('c1'), ...inCluster('c2')],
      },
      clusters: [
        { name: 'c1', group: 'shop', region: 'westeurope', namespaces: ['orders'], azureRbac: false },
        {
          name: 'c2',
          group: 'shop',
          region: 'westeurope',
          namespaces: ['orders'],
          azureRbac: false,
          oidcIssuer: false,
          workloadIdentity: false,
        },
      ],
      storageAccounts: [
        { name: 'open', group: 'shop', region: 'northeurope' },
        { name: 'orders', group: 'shop', region: 'northeurope', network: 'rules' },
      ],
    },
  })
  await story.putPolicy()
  await story.putLinker('bykey', blobs('open'))
  await story.putLinker('byidentity', { ...workloadIdentity, ...blobs('open') })
  await story.putLinker('walled', blobs('orders'))
  await story.putLinker('plain', { ...workloadIdentity, ...blobs('open') }, 'c2')
  const all = { bykey: 'c1', byidentity: 'c1', walled: 'c1', plain: 'c2' } as const
  const working = async (): Promise<readonly string[]> => {
    const states = await Promise.all(
      Object.entries(all).map(async ([name, cluster]) => [name, (await story.linker(name, cluster)).state] as const),
    )
    return states.filter(([, state]) => state === 'Succeeded').map(([name]) => name)
  }
  const found: Record<string, readonly string[]> = {}
  for (const tier of ['clusters', 'keys', 'identities', 'roles', 'firewalls', 'features'] as const) {
    await grant(story, tier)
    await story.clock.pass(4 * minute) // a role assignment spreads in three
    for (const [name, cluster] of Object.entries(all)) await story.call('ada', 'POST', nextRunAt(name, cluster))
    await story.clock.pass((tier === 'features' ? 6 : 2) * minute)
    found[tier] = await working()
    if (tier === 'clusters') expect(story.changes().filter((line) => !line.startsWith('role '))).toEqual([])
  }
  expect(found).toEqual({
    clusters: [],
    keys: ['bykey'],
    identities: ['bykey'],
    roles: ['bykey', 'byidentity'],
    firewalls: ['bykey', 'byidentity', 'walled'],
    features: ['bykey', 'byidentity', 'walled', 'plain'],
  })
}, 120_000)

const steps = async (story: Scenario, name: string): Promise<Readonly<Record<string, string>>> =>
  Object.fromEntries((await timeline(story, name)).map(({ step, outcome }) => [step, outcome]))

/** What the connection's timeline asks a person to run, in the order of the program. */
const requestedByHand = async (story: Scenario, name: string): Promise<readonly string[]> =>
  (await timeline(story, name)).flatMap(({ problems }) => problems.flatMap(({ commands }) => commands?.['cli'] ?? []))

/** A person who runs what is reported until nothing more is. Answers the steps that reported, in turn. */
async function runReports(story: Scenario, name: string, within = 12): Promise<readonly string[]> {
  const ada = personOf(story, 'ada')
  const reported: string[] = []
  for (let round = 0; round < within; round++) {
    await story.clock.pass(6 * minute)
    if ((await story.linker(name)).status === 404) break
    const rows = (await timeline(story, name)).filter(({ problems }) => problems.some(({ commands }) => commands?.['cli']))
    if (rows.length === 0) break
    reported.push(...rows.map(({ step }) => step))
    for (const lines of await requestedByHand(story, name)) await runByHand(ada, lines, idOfCluster('c1'))
    await story.call('ada', 'POST', nextRunAt(name, 'c1'))
  }
  ada.close()
  return [...new Set(reported)]
}

const readerOnly: FleetInput['app'] = {
  name: 'connector',
  group: 'connector',
  region: 'westeurope',
  roles: [{ role: 'Reader' }, { role: 'Azure Kubernetes Service Cluster User Role' }, ...own],
  kubernetes: [
    { cluster: 'c1', namespaces: ['orders'], resources: ['serviceaccounts', 'secrets', 'namespaces'], verbs: ['get'] },
    // The ConfigMap with the status of connections is the app's own business.
    { cluster: 'c1', namespaces: ['orders'], resources: ['configmaps', 'events'], verbs: ['*'] },
  ],
}
const bare: FleetInput['clusters'] = [
  { name: 'c1', group: 'shop', region: 'westeurope', namespaces: ['orders'], oidcIssuer: false, workloadIdentity: false },
]

it('with the least rights changes nothing, and a person who runs what it reports has the connection', async () => {
  const story = await scenario({ fleet: { people, app: readerOnly, clusters: bare } })
  await story.putPolicy()
  await story.putLinker('photos', workloadIdentity)
  await story.reaches('photos', 'Failed')
  expect(await steps(story, 'photos')).toMatchObject({
    'enable-features': 'reported',
    'open-firewall': 'reported',
    'ensure-identity': 'reported',
    'federate-identity': 'waiting',
    'write-resources': 'waiting',
  })
  expect(story.changes()).toEqual([])
  await story.clock.pass(45 * minute)
  const refused = story.cloud.calls.filter(
    ({ method, status, path }) => method === 'PUT' && status === 403 && path.includes('managedClusters'),
  )
  const pauses = refused.slice(1).map(({ time }, at) => time - (refused[at]?.time ?? 0))
  expect(pauses.length).toBeGreaterThan(1)
  expect(pauses).toEqual([...pauses].sort((a, b) => a - b))
  expect(pauses.at(-1)).toBeGreaterThan(15 * minute)
  expect(story.changes()).toEqual([])

  const reported = await runReports(story, 'photos')
  expect(reported).toEqual([
    'enable-features',
    'open-firewall',
    'ensure-identity',
    'federate-identity',
    'assign-roles',
    'write-service-accounts',
    'write-resources',
  ])
  expect(await story.linker('photos')).toMatchObject({ state: 'Succeeded' })
  expect(await story.pod('photos')).toMatchObject({ exitCode: 0 })

  const removed = await story.removeLinker('photos')
  await story.clock.pass(30 * minute)
  const ada = personOf(story, 'ada')
  const operation = removed.headers.get('azure-asyncoperation')
  const own = await orphaned(story, operation)
  expect(own.warning).toMatch(/Orphaned.*Secret sc-photos-secret/)
  for (const line of own.lines) await runByHand(ada, line, idOfCluster('c1'))
  await story.vanishes('photos', 2 * 60 * minute)
  // Then the connection is gone, and what is left of its identity is told.
  const shared = await orphaned(story, operation)
  expect(shared.warning).toMatch(/Orphaned.*federated credential.*identity sc-c1-orders/)
  for (const line of shared.lines) await runByHand(ada, line, idOfCluster('c1'))
  ada.close()
  // All of it carried the marks of the app, so all of it was named.
  expect(story.changes()).toEqual([])
  await story.until(
    'the ledger to forget what is gone',
    async () => !(await tableRows(story)).some(({ RowKey }) => String(RowKey).startsWith('ledger:')),
    2 * 60 * minute,
  )
}, 300_000)

/** What the operation of a DELETE says at its end. */
async function orphaned(
  story: Scenario,
  operation: string | null,
): Promise<{ readonly warning: string; readonly lines: readonly string[] }> {
  const { pathname, search } = new URL(operation ?? '')
  const { body } = await story.call('ada', 'GET', pathname + search)
  const { status, properties } = body as { readonly status: string; readonly properties?: { readonly warning?: string } }
  expect(status).toBe('Succeeded')
  const [warning = '', byHand = ''] = (properties?.warning ?? '').split(/ By hand: (.*)/s)
  return { warning, lines: byHand === '' ? [] : byHand.split('\n') }
}

it('notices by itself when a right is given later', async () => {
  const app = { ...readerOnly, kubernetes: inCluster('c1') }
  const storageAccounts: FleetInput['storageAccounts'] = [{ name: 'orders', group: 'shop', region: 'northeurope' }]
  const story = await scenario({ fleet: { people, customRoles, app, storageAccounts } })
  await story.putPolicy()
  await story.putLinker('photos')
  await story.reaches('photos', 'Failed')
  expect((await timeline(story, 'photos')).find(({ step }) => step === 'write-resources')?.problems).toMatchObject([
    { code: 'RightMissing' },
  ])
  await grant(story, 'keys')
  await story.reaches('photos', 'Succeeded', 60 * minute)
  expect(await story.pod('photos')).toMatchObject({ exitCode: 0 })
}, 120_000)

it('only reports the steps that the setting names, whatever rights it has', async () => {
  const named = ['enable-features', 'open-firewall', 'ensure-identity', 'federate-identity', 'assign-roles', 'write-service-accounts']
  const story = await scenario({ settings: { CONNECTOR_REPORT_STEPS: named.join(',') }, fleet: { people, clusters: bare } })
  await story.putPolicy()
  await story.putLinker('photos', workloadIdentity)
  await story.reaches('photos', 'Failed')
  expect(story.changes()).toEqual([])
  expect(story.cloud.calls.filter(({ service, method }) => service === 'arm' && !['GET', 'POST'].includes(method))).toEqual([])
  const reports = (await timeline(story, 'photos')).flatMap(({ problems }) => problems)
  expect(reports.map(({ code }) => code)).toEqual(['NotChangingClusters', 'ReportOnly', 'ReportOnly'])
  for (const { commands } of reports) expect(Object.keys(commands ?? {}).sort()).toEqual(['bicep', 'cli', 'terraform'])
  expect(await runReports(story, 'photos')).toEqual(named)
  expect(await story.linker('photos')).toMatchObject({ state: 'Succeeded' })
}, 120_000)

it('reports with lines for Azure CLI, Bicep and Terraform what a cluster lacks that no policy lets it change', async () => {
  const story = await scenario({ fleet: { people, clusters: bare } })
  await story.putPolicy('all', { changeClusters: false })
  await story.putLinker('photos', workloadIdentity)
  await story.reaches('photos', 'Failed')
  const [problem] = (await timeline(story, 'photos')).find(({ step }) => step === 'enable-features')?.problems ?? []
  expect(problem).toMatchObject({
    code: 'NotChangingClusters',
    text: expect.stringContaining('c1'),
    commands: {
      cli: expect.stringContaining('--enable-oidc-issuer --enable-workload-identity'),
      bicep: expect.stringMatching(/oidcIssuerProfile: \{ enabled: true \}[\s\S]*workloadIdentity: \{ enabled: true \}/),
      terraform: expect.stringMatching(/oidc_issuer_enabled *= true\nworkload_identity_enabled *= true/),
    },
  })
  expect(JSON.stringify(problem)).not.toMatch(/\{(cluster|features|id)\}|undefined/)
  const before = story.cloud.calls.filter(({ method, path }) => method === 'PUT' && path.includes('/managedClusters/'))
  expect(before).toEqual([])
  await runReports(story, 'photos', 2)
  await story.reaches('photos', 'Succeeded')
}, 120_000)
