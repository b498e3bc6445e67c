// The preflight: everything that is missing, before a connection is made, in one list and with the lines that repair it; and nothing is changed.
import { expect, it } from 'vitest'
import actions from '../../infra/actions.json' with { type: 'json' }
import type { FleetInput } from '../../src/local/fleets/fleet.ts'
import { subscription } from '../../src/local/fleets/fleet.ts'
import { resourceId } from '../../src/model/resource-id.ts'
import { footprint } from './footprint.ts'
import { dataGrantsToTry, idOfTarget, liveResources, oneOfEach, simplestAuth } from './live-targets.ts'
import { tableRows } from './raw.ts'
import { idOfAccount, idOfCluster, minute, type Scenario, useScenarios } from './scenario.ts'

const scenario = useScenarios()
const region = 'westeurope'
const own = ['Storage Table Data Contributor', 'Storage Blob Data Owner', 'Storage Queue Data Contributor'].map((role) => ({
  role,
  on: 'storage:connectorstate',
}))
const identityId = (name: string): string =>
  `/subscriptions/${subscription}/resourceGroups/shop/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${name}`

type PreflightIssue = {
  readonly connections: readonly string[]
  readonly loop: string
  readonly step: string
  readonly kind: string
  readonly code: string
  readonly text: string
  readonly remediation: string
  readonly link: string
  readonly commands?: Readonly<Partial<Record<'cli' | 'bicep' | 'terraform', string>>>
}
type Answer = { readonly value: readonly PreflightIssue[]; readonly ready: boolean; readonly notes: readonly string[] }

const pathOf = (connect: readonly string[], cluster = 'c1'): string => {
  const query = connect.map((value) => `&connect=${encodeURIComponent(value)}`).join('')
  return `${idOfCluster(cluster)}/providers/Microsoft.ServiceLinker/preflight?api-version=2024-04-01${query}`
}

/** Asks, and holds the app to its word: no row, nothing outside, no call that is not a question, no credential read. */
async function ask(story: Scenario, ...connect: readonly string[]): Promise<Answer> {
  const [rows, objects, calls] = [await tableRows(story), footprint(story.cloud.world), story.cloud.calls.length]
  const { status, body } = await story.call('rob', 'GET', pathOf(connect))
  expect({ status, body }).toMatchObject({ status: 200 })
  const made = story.cloud.calls.slice(calls).filter(({ principal }) => principal === story.cloud.app.principalId)
  const asking = made.filter(({ service }) => service === 'arm' || service === 'kubernetes')
  const questions = /\/(listClusterUserCredential|selfsubjectaccessreviews)(\?|$)/
  expect(asking.filter(({ method, path }) => method !== 'GET' && !questions.test(path))).toEqual([])
  expect(asking.length).toBeGreaterThan(0)
  expect(await tableRows(story)).toEqual(rows)
  expect(footprint(story.cloud.world)).toEqual(objects)
  return body as Answer
}
const kinds = ({ value }: Answer): readonly string[] => value.map(({ kind, code }) => `${kind} ${code}`)
const people: FleetInput['people'] = [
  {
    name: 'ada',
    appRoles: ['Connections.Write', 'Policies.Write'],
    roles: [{ role: 'Owner' }, { role: 'Azure Kubernetes Service RBAC Cluster Admin' }],
  },
  { name: 'rob', appRoles: ['Connections.Read'] },
]

it('has nothing to say where nothing is missing, and what it foresaw then works', async () => {
  const story = await scenario({ fleet: { people } })
  await story.putPolicy()
  const answer = await ask(
    story,
    'connect-photos=storage-blob:shop/orders?namespace=orders',
    'storage-blob:orders?namespace=orders&auth=secret',
  )
  expect(answer).toMatchObject({ value: [], ready: true, notes: [] })
  const { changes } = answer as unknown as {
    readonly changes: readonly { readonly connections: readonly string[]; readonly step: string }[]
  }
  const foreseen = changes.filter(({ connections }) => connections.includes('photos')).map(({ step }) => step)
  expect(foreseen).toEqual(
    expect.arrayContaining([
      'open-firewall',
      'ensure-identity',
      'federate-identity',
      'assign-roles',
      'write-service-accounts',
      'write-resources',
    ]),
  )
  const linker = { targetService: { type: 'AzureResource', id: `${idOfAccount('orders')}/blobServices/default` }, scope: 'orders' }
  const authInfo = { authType: 'userAssignedIdentity' }
  const dryrun = async () => {
    const path = `${idOfCluster('c1')}/providers/Microsoft.ServiceLinker/dryruns/photos?api-version=2024-07-01-preview`
    const parameters = { actionName: 'createOrUpdate', ...linker, authInfo }
    const { status, body } = await story.call('ada', 'PUT', path, { properties: { parameters } })
    expect(status).toBe(201)
    return (body as { properties: { prerequisiteResults: object[]; operationPreviews: Record<string, unknown>[]; budgets: object[] } })
      .properties
  }
  const before = footprint(story.cloud.world)
  const { prerequisiteResults, operationPreviews, budgets } = await dryrun()
  expect(footprint(story.cloud.world)).toEqual(before)
  expect(prerequisiteResults).toEqual([])
  expect(operationPreviews.map(({ name, when }) => `${name} ${when}`)).toEqual([
    'configFirewallRule now',
    'configIdentity now',
    'configFederatedCredential later',
    'configRole later',
    'configServiceAccount later',
    'configSourceProperties later',
  ])
  expect(operationPreviews.find(({ name }) => name === 'configRole')).toMatchObject({
    action: 'Microsoft.Authorization/roleAssignments/write',
    scope: idOfAccount('orders'),
    effect: { role: 'Storage Blob Data Contributor', scope: idOfAccount('orders') },
    by: 'app',
  })
  expect(budgets).toContainEqual(expect.objectContaining({ used: 0, added: 1, limit: 20 }))
  await story.putLinker('photos', { authInfo: { authType: 'userAssignedIdentity' } })
  await story.reaches('photos', 'Succeeded')
  expect(await ask(story)).toMatchObject({ value: [], ready: true })
  expect(await dryrun()).toMatchObject({ prerequisiteResults: [], operationPreviews: [] })
  const short = await story.call('rob', 'GET', `/clusters${idOfCluster('c1')}/preflight`)
  expect(short).toMatchObject({ status: 200, body: { value: [], ready: true } })
}, 60_000)

/** What a tag can declare: no password stands in one. */
const written = oneOfEach.filter(({ auth, gives }) => gives !== 'nothing' || auth.includes('workload-identity'))
const authIn = (target: (typeof written)[number]): string => (target.gives === 'nothing' ? 'workload-identity' : simplestAuth(target))
/** Shorter than with its id: a tag has 256 characters. */
function named(target: (typeof written)[number]): string {
  const [name, ...child] = resourceId(idOfTarget(target)).names
  return `${target.type}:${name}?namespace=orders${child.length > 0 ? `&child=${child.join('/')}` : ''}`
}
/** What the app has here, what only a rotation on request needs, and what a cluster is asked by: rights-used.test.ts connects by commands, private-clusters.test.ts by Flux. */
const outside: ReadonlySet<string> = new Set(['report', 'rotation', 'run-command', 'flux'])
/** Connections of one request. */
const most = 20
const onlyByPassword = /^Microsoft\.(DBforPostgreSQL|DBforMySQL)\/servers\//

it('lists with the least rights every right of every tier, with the exact line that gives it', async () => {
  const customRoles = [{ name: 'tier report', actions: Object.keys(actions.report.actions) }]
  const app = { name: 'connector', group: 'connector', region, roles: [{ role: 'tier report' }, ...own] }
  const clusters = [{ name: 'c1', group: 'shop', region, namespaces: ['orders'], oidcIssuer: false, workloadIdentity: false }]
  const unregisteredProviders = ['Microsoft.KubernetesConfiguration']
  const story = await scenario({ fleet: { people, customRoles, app, clusters, unregisteredProviders, resources: liveResources } })
  await story.putPolicy('all', { federation: ['federated-credential', 'identity-binding'] })
  const connect = [
    'storage-blob:orders?namespace=orders&federation=identity-binding',
    'storage-blob:orders?namespace=orders&auth=secret',
    'storage-blob:orders?namespace=orders&workload=far&transport=extension',
    ...written.map((target) => `${target.type}:${idOfTarget(target)}?namespace=orders&auth=${authIn(target)}`),
    ...dataGrantsToTry.map(({ target, grant }) => `${named(target)}&role=${grant}`),
    'keyvault:shopkeys?namespace=orders&role=vaultAccessPolicy:reader',
  ]
  const answers: Answer[] = []
  for (let at = 0; at < connect.length; at += most) {
    answers.push(await ask(story, ...connect.slice(at, at + most)))
    await story.clock.pass(5 * minute)
  }
  expect(answers.map(({ ready }) => ready)).not.toContain(true)
  const answer = { value: answers.flatMap(({ value }) => value) }
  const rights = answer.value.filter(({ code }) => code === 'RightMissing')
  const missing = Object.entries(actions).flatMap(([tier, { actions: listed }]) =>
    outside.has(tier) ? [] : Object.keys(listed).filter((action) => !onlyByPassword.test(action)),
  )
  const told = rights.map(({ text }) => /lacks (\S+) on/.exec(text)?.[1])
  expect([...new Set(told)].sort()).toEqual([...new Set(missing)].sort())
  const line = (action: string): string | undefined =>
    rights.find(({ text }) => text.includes(` ${action} on `))?.commands?.cli?.toLowerCase()
  const give = `az role assignment create --assignee-object-id ${story.cloud.app.principalId} --assignee-principal-type ServicePrincipal --role`
  const group = idOfCluster('c1').split('/providers')[0]
  expect(line('Microsoft.Storage/storageAccounts/listKeys/action')).toBe(
    `${give} 17d1049b-9a84-46fb-8f53-869881c3d3ab --scope '${idOfAccount('orders')}'`.toLowerCase(),
  )
  expect(line('Microsoft.Authorization/roleAssignments/write')).toBe(
    `${give} f58310d9-a9f6-439a-9e8d-f62e7b41a168 --scope '${idOfAccount('orders')}'`.toLowerCase(),
  )
  expect(line('Microsoft.ManagedIdentity/userAssignedIdentities/write')).toBe(
    `${give} e40ec5ca-96e0-45a2-b4ff-59039f2c2b59 --scope '${group}'`.toLowerCase(),
  )
  expect(line('Microsoft.ContainerService/managedClusters/listClusterUserCredential/action')).toBe(
    `${give} 4abbcc35-e782-43d8-92c5-2d3f1bd2253f --scope '${idOfCluster('c1')}'`.toLowerCase(),
  )
  expect(line('Microsoft.ContainerService/managedClusters/write')).toBe(
    `${give} ed7f3fbd-7b88-4dd4-9017-9adb7ce333f8 --scope '${idOfCluster('c1')}'`.toLowerCase(),
  )
  // What the app cannot do without them a person can do by hand.
  const byHand = answer.value.filter(({ kind }) => kind === 'change')
  expect(byHand.map(({ step }) => step)).toEqual(expect.arrayContaining(['enable-features', 'open-firewall', 'ensure-identity']))
  for (const { commands } of byHand) expect(commands?.cli).toMatch(/^az /)
  for (const [at, { value }] of answers.entries()) {
    const names = connect.slice(at * most, (at + 1) * most).map((_, index) => `requested-${index + 1}`)
    const lacking = value.filter(({ code }) => code === 'RightMissing').flatMap(({ connections }) => connections)
    expect(new Set(lacking)).toEqual(new Set(names))
  }
}, 60_000)

it('names the Kubernetes rights that are missing, and the namespace', async () => {
  const roles = [{ role: 'Contributor' }, { role: 'Role Based Access Control Administrator' }, ...own]
  const kubernetes = [
    { cluster: 'c1', namespaces: ['orders'], resources: ['secrets', 'configmaps'], verbs: ['*'] },
    { cluster: 'c1', namespaces: ['*'], resources: ['namespaces'], verbs: ['get'] },
  ]
  const app = { name: 'connector', group: 'connector', region, roles, kubernetes }
  const story = await scenario({ fleet: { people, app } })
  await story.putPolicy()
  const orders = await ask(story, 'storage-blob:orders?namespace=orders')
  expect(kinds(orders)).toEqual(['right KubernetesRightMissing'])
  expect(orders.value[0]).toMatchObject({
    step: 'write-service-accounts',
    text: expect.stringContaining('get, create, patch, delete serviceaccounts in namespace orders'),
  })
  expect(orders.value[0]?.commands?.cli).toContain(`--scope '${idOfCluster('c1')}/namespaces/orders'`)
  expect(orders.value[0]?.remediation).toContain(`name: ${story.cloud.app.principalId}`)
  const nowhere = await ask(story, 'storage-blob:orders?namespace=nowhere&auth=secret')
  expect(kinds(nowhere)).toEqual(expect.arrayContaining(['namespace NamespaceMissing', 'right KubernetesRightMissing']))
  expect(nowhere.value.find(({ kind }) => kind === 'namespace')?.commands?.cli).toBe('kubectl create namespace nowhere')
}, 60_000)

it('finds a feature that it may not turn on, and a connection that no policy allows', async () => {
  const clusters = [{ name: 'c1', group: 'shop', region, namespaces: ['orders'], oidcIssuer: false, workloadIdentity: false }]
  const story = await scenario({ fleet: { people, clusters } })
  await story.putPolicy('all', { changeClusters: false, namespaces: ['orders'] })
  const feature = await ask(story, 'storage-blob:orders?namespace=orders')
  expect(feature.value).toMatchObject([
    { kind: 'feature', code: 'NotChangingClusters', step: 'enable-features', connections: ['requested-1'] },
  ])
  expect(Object.keys(feature.value[0]?.commands ?? {}).sort()).toEqual(['bicep', 'cli', 'terraform'])
  const calls = story.cloud.calls.length
  const refused = await ask(story, 'storage-blob:orders?namespace=elsewhere')
  expect(kinds(refused)).toEqual(['consent NotAllowed'])
  expect(story.cloud.calls.slice(calls).filter(({ path }) => path.includes('/storageAccounts/'))).toEqual([])
}, 60_000)

it('finds a provider that is not registered, and a role that the condition of its own right leaves out', async () => {
  const story = await scenario({ fleet: { people, unregisteredProviders: ['Microsoft.ManagedIdentity'] } })
  await story.putPolicy()
  const delegator = 'db58b8e5-c6ad-4a2a-8342-4190687cbf4a'
  const answer = await ask(
    story,
    'storage-blob:orders?namespace=orders',
    `storage-blob:orders?namespace=orders&workload=far&role=${delegator}`,
  )
  expect(answer.value.map(({ kind, code, connections }) => [kind, code, ...connections].join(' '))).toEqual([
    'change ProviderNotRegistered requested-1 requested-2',
    'right ConditionForbids requested-2',
  ])
  expect(answer.value[0]?.commands?.cli).toBe(`az provider register --subscription ${subscription} --namespace Microsoft.ManagedIdentity`)
}, 60_000)

it('says what it could not see of providers and conditions, and holds up nothing for it', async () => {
  const actionsOf = Object.values(actions).flatMap((tier) => Object.keys(tier.actions))
  const blind = actionsOf.filter((action) => !/providers\/read$/.test(action))
  const roles = [{ role: 'blind' }, { role: 'Azure Kubernetes Service RBAC Writer' }, ...own]
  const app = { name: 'connector', group: 'connector', region, roles }
  const story = await scenario({ fleet: { people, app, customRoles: [{ name: 'blind', actions: blind }] } })
  await story.putPolicy()
  const answer = await ask(story, 'storage-blob:orders?namespace=orders')
  expect(answer).toMatchObject({
    value: [],
    ready: true,
    notes: [expect.stringContaining('Microsoft.Resources/subscriptions/providers/read')],
  })
}, 60_000)

it('counts the budgets: 20 credentials of an identity, and the rules of a firewall', async () => {
  const full = Array.from({ length: 400 }, (_, at) => `20.99.${Math.floor(at / 250)}.${at % 250}`)
  const storageAccounts: FleetInput['storageAccounts'] = [
    { name: 'orders', group: 'shop', region: 'northeurope', network: 'rules', allow: full },
    { name: 'open', group: 'shop', region: 'northeurope' },
  ]
  const story = await scenario({ fleet: { people, storageAccounts } })
  await story.putPolicy()
  const busy = identityId('busy')
  await story.arm('PUT', `${busy}?api-version=2023-01-31`, { location: region })
  for (let at = 0; at < 20; at++) {
    const properties = {
      issuer: 'https://elsewhere/',
      subject: `system:serviceaccount:a:b${at}`,
      audiences: ['api://AzureADTokenExchange'],
    }
    await story.clock.pass(5_000)
    await story.arm('PUT', `${busy}/federatedIdentityCredentials/other-${at}?api-version=2023-01-31`, { properties })
  }
  await story.clock.pass(minute)
  const answer = await ask(
    story,
    `connect-many=storage-blob:open?namespace=orders&identity=busy`,
    'connect-walled=storage-blob:orders?namespace=orders&auth=secret',
  )
  expect(answer.value.map(({ kind, code, connections }) => ({ kind, code, connections }))).toEqual([
    { kind: 'budget', code: 'FirewallFull', connections: ['walled'] },
    { kind: 'budget', code: 'CredentialLimit', connections: ['many'] },
  ])
}, 60_000)

it('tells what has to be opened, started or made by a person first', async () => {
  const off = { oidcIssuer: false, workloadIdentity: false }
  const clusters = [{ name: 'c1', group: 'shop', region, namespaces: ['orders'], stopped: true, ...off }]
  const storageAccounts: FleetInput['storageAccounts'] = [{ name: 'shut', group: 'shop', region: 'northeurope', network: 'closed' }]
  const story = await scenario({ fleet: { people, clusters, storageAccounts }, settings: { CONNECTOR_REPORT_STEPS: 'ensure-identity' } })
  await story.putPolicy()
  const answer = await ask(story, 'storage-blob:shut?namespace=orders', 'storage-blob:nothere?namespace=orders&auth=secret')
  expect(answer.value.map(({ step, kind, code, connections }) => [step, kind, code, ...connections].join(' '))).toEqual([
    'enable-features reach ClusterStopped requested-1',
    'read-target fault TargetMissing requested-2',
    'open-firewall reach PublicAccessDisabled requested-1',
    'ensure-identity change ReportOnly requested-1',
    'write-resources reach ClusterStopped requested-1 requested-2',
  ])
  expect(answer.value.find(({ step }) => step === 'ensure-identity')?.commands?.cli).toContain('az identity create')
}, 60_000)

it('reads tags that are not connected yet, and says which are wrong', async () => {
  const tags = { 'connect-good': 'storage-blob:orders?namespace=orders&auth=secret', 'connect-bad': 'nonsense' }
  const clusters = [{ name: 'c1', group: 'shop', region, namespaces: ['orders'], tags }]
  const story = await scenario({ fleet: { people, clusters } })
  const answer = await ask(story)
  expect(kinds(answer)).toEqual(['declaration InvalidTag', 'consent NotAllowed'])
  expect(answer.value[1]?.connections).toEqual(['good'])
}, 60_000)

it('says what is wrong with what was asked, and needs the role to read', async () => {
  const story = await scenario({ fleet: { people: [...people, { name: 'eve', appRoles: [] }] } })
  const bad = await story.call('rob', 'GET', pathOf(['storage-blob:orders?colour=red', 'topic:orders']))
  expect(bad).toMatchObject({
    status: 400,
    body: {
      error: { details: [{ message: expect.stringContaining("option 'colour'") }, { message: expect.stringContaining("'topic'") }] },
    },
  })
  expect((await story.call('eve', 'GET', pathOf([]))).status).toBe(403)
  expect((await story.call('rob', 'GET', pathOf([], 'nobody'))).status).toBe(404)
  expect((await story.call('rob', 'PUT', pathOf([]))).status).toBe(403)
}, 60_000)

it('names the rights of the whole cluster that a binding needs, and those of a Dapr component', async () => {
  const roles = [{ role: 'Contributor' }, { role: 'Role Based Access Control Administrator' }, ...own]
  const kubernetes = [
    { cluster: 'c1', namespaces: ['orders'], resources: ['secrets', 'configmaps', 'serviceaccounts'], verbs: ['*'] },
    { cluster: 'c1', namespaces: ['*'], resources: ['namespaces'], verbs: ['get'] },
  ]
  const app = { name: 'connector', group: 'connector', region, roles, kubernetes }
  const story = await scenario({ fleet: { people, app, resources: liveResources } })
  await story.putPolicy('all', { federation: ['federated-credential', 'identity-binding'] })
  const vault = oneOfEach.find(({ type }) => type === 'keyvault')
  const found = await ask(
    story,
    `keyvault:${vault && idOfTarget(vault)}?namespace=orders&federation=identity-binding&dapr=secretstores.azure.keyvault`,
  )
  expect(found.value.map(({ step, text }) => `${step}: ${text}`)).toEqual([
    'write-cluster-roles: The app may not write the clusterroles of c1.',
    'write-cluster-roles: The app may not write the clusterrolebindings of c1.',
    'write-shapes: The app may not get, create, patch, delete components in namespace orders of c1.',
  ])
  expect(found.value[0]?.remediation).toContain(`name: ${story.cloud.app.principalId}`)
}, 60_000)
