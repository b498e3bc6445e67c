// Clusters whose API server does not answer every caller: private ones, and those with authorized ranges. The app says which it is and what leads there.
import { expect, it } from 'vitest'
import { fluxOf } from '../../src/local/cloud/arm/flux-configuration.ts'
import { storeOf } from '../../src/local/cloud/kubernetes/store.ts'
import { connectorRoles, type FleetInput } from '../../src/local/fleets/fleet.ts'
import { secretData } from './footprint.ts'
import { idOfAccount, idOfCluster, minute, type Scenario, useScenarios } from './scenario.ts'

const scenario = useScenarios()
const workloadIdentity = { authInfo: { authType: 'userAssignedIdentity' } }
const behind = (apiServerAccessProfile: object): Partial<FleetInput> => ({
  clusters: [{ name: 'c1', group: 'shop', region: 'westeurope', namespaces: ['orders'], properties: { apiServerAccessProfile } }],
})
const isPrivate = behind({ enablePrivateCluster: true, privateDNSZone: 'system' })
const latencies = { extensionInstall: 60_000, extensionUpdate: 20_000, extensionLock: 10_000 }

const problemsOf = async (story: Scenario): Promise<string> => JSON.stringify((await story.linker('photos')).properties['problems'])
const preflight = async (story: Scenario): Promise<readonly string[]> => {
  const ask = `/clusters${idOfCluster('c1')}/preflight?connect=${encodeURIComponent('storage-blob:orders?namespace=orders')}`
  const { body } = await story.call('ada', 'GET', ask)
  return (body as { readonly value: readonly { readonly kind: string; readonly code: string }[] }).value.map(
    ({ kind, code }) => `${kind} ${code}`,
  )
}

/** What a run found that a person asked for. */
async function swept(story: Scenario) {
  await story.call('ada', 'POST', '/sweeps')
  await story.host.run('sweep')
  const { body } = await story.call('ada', 'GET', '/sweeps/latest')
  return body as {
    readonly skipped: readonly { readonly code: string }[]
    readonly objects: readonly { readonly id: string; readonly verdict: string }[]
  }
}

it('says that a cluster is private, and names the transport that reaches it', async () => {
  const story = await scenario({ fleet: isPrivate })
  await story.putPolicy()
  expect(await preflight(story)).toEqual(['reach ClusterPrivate'])
  await story.putLinker('photos', workloadIdentity)
  await story.clock.pass(15 * minute)
  const problems = await problemsOf(story)
  expect(problems).toContain('ClusterPrivate')
  expect(problems).toMatch(/transport=run-command.*transport=flux.*transport=extension/)
  expect(problems).not.toMatch(/api-server-authorized-ip-ranges|KubernetesUnreachable/)
}, 120_000)

it('connects a private cluster by the transport that it names', async () => {
  const story = await scenario({ latencies, fleet: isPrivate })
  await story.putPolicy('all', { adopt: true })
  await story.putLinker('photos', { ...workloadIdentity, kubernetesTransport: 'extension' })
  await story.reaches('photos', 'Succeeded')
  await story.clock.pass(10 * minute)
  expect(await story.pod('photos')).toMatchObject({ exitCode: 0 })
}, 120_000)

it('connects private clusters by commands in them, a few for everything, with no value of a Secret in what Azure keeps', async () => {
  const story = await scenario({ fleet: isPrivate, latencies: { command: 0 } })
  await story.putPolicy('all', { transports: ['run-command'] })
  const byCommand = { kubernetesTransport: 'run-command' }
  await story.putLinker('photos', { ...workloadIdentity, ...byCommand })
  await story.putLinker('keys', { kubernetesTransport: 'auto' })
  for (const name of ['photos', 'keys']) await story.reaches(name, 'Succeeded')
  await story.clock.pass(10 * minute)
  for (const name of ['photos', 'keys']) expect(await story.pod(name)).toMatchObject({ exitCode: 0 })
  expect((await story.linker('keys')).properties).toMatchObject({
    kubernetesTransport: 'auto',
    chosenTransport: { transport: 'run-command', because: expect.stringContaining('the API server is private') },
  })
  const results = () => story.cloud.calls.filter(({ path, status }) => /commandResults/i.test(path) && status === 200)
  const connecting = results().length
  expect(connecting).toBeLessThanOrEqual(14)
  const kept = () => JSON.stringify([...story.cloud.world.table('cluster-commands').values()])
  expect(kept()).toContain('sc-keys-secret')
  const values = Object.values(secretData(story.cloud.world, idOfCluster('c1'), 'sc-keys-secret'))
  const isKept = (value: string): boolean => [value, Buffer.from(value).toString('base64')].some((text) => kept().includes(text))
  expect(values.filter(isKept)).toEqual([])

  const objects = story.cloud.world.table<{ readonly metadata: object }>(`kubernetes-objects ${idOfCluster('c1').toLowerCase()}`)
  const [place = '', was] = [...objects].find(([key]) => key.includes('sc-keys-secret')) ?? []
  await story.removeLinker('keys')
  await story.vanishes('keys')
  const before = results().length
  if (was) objects.set(place, { ...was, metadata: { ...was.metadata, uid: 'from-a-backup' } })
  const found = await swept(story)
  expect(found).toMatchObject({ skipped: [], objects: [{ kind: 'Secret', verdict: 'left over', place: 'orders/sc-keys-secret' }] })
  expect(results().length).toBe(before + 1)
  expect((await story.call('ada', 'POST', `/sweeps/latest/objects/${found.objects[0]?.id}/approve`)).status).toBe(202)
  expect((await swept(story)).skipped).toMatchObject([{ code: 'CommandNotDue' }])
  expect(results().length).toBe(before + 1)
  await story.clock.pass(6 * 60 * minute)
  expect((await swept(story)).skipped).toEqual([])
  expect(objects.has(place)).toBe(false)
  expect(results().length).toBe(before + 3)
  expect(values.filter(isKept)).toEqual([])

  await story.removeLinker('photos')
  await story.vanishes('photos')
  expect(story.changes().filter((line) => /sc-(photos|keys)-secret|sc-account/.test(line))).toEqual([])
}, 120_000)

it('connects private clusters by Flux: it says what Flux lacks, believes only its own revision, and prunes to the last object', async () => {
  const account = { group: 'shop', region: 'northeurope' }
  const story = await scenario({
    latencies,
    settings: { CONNECTOR_FLUX_ACCOUNT: 'manifests' },
    fleet: {
      ...isPrivate,
      storageAccounts: [
        { ...account, name: 'orders', network: 'rules', containers: ['invoices', 'photos'] },
        { ...account, name: 'manifests', sharedKeys: false },
      ],
      app: {
        name: 'connector',
        group: 'connector',
        region: 'westeurope',
        keyVault: 'connectorkeys',
        roles: [...connectorRoles('connectorstate'), { role: 'Storage Blob Data Contributor', on: 'storage:manifests' }],
      },
    },
  })
  await story.putPolicy('all', { transports: ['flux'], adopt: true })
  expect(await story.putLinker('keys', { kubernetesTransport: 'flux' })).toMatchObject({
    status: 400,
    body: { error: { message: expect.stringMatching(/auth secret has a secret.*auth workload-identity or csi/) } },
  })
  await story.putLinker('photos', { ...workloadIdentity, kubernetesTransport: 'auto' })
  await story.clock.pass(5 * minute)
  const { properties } = await story.linker('photos')
  const { principal, problem } =
    /(?<problem>FluxCannotRead).*--assignee-object-id (?<principal>[0-9a-f-]{36})/.exec(JSON.stringify(properties))?.groups ?? {}
  expect(problem).toBeDefined()
  const scope = idOfAccount('manifests')
  const roleDefinitionId = `${scope.slice(0, scope.indexOf('/resourceGroups'))}/providers/Microsoft.Authorization/roleDefinitions/2a2b9908-6ea1-4ae2-8e65-a410df84e7d1`
  await story.arm(
    'PUT',
    `${scope}/providers/Microsoft.Authorization/roleAssignments/0f0f0f0f-0000-4000-8000-000000000001?api-version=2022-04-01`,
    {
      properties: { roleDefinitionId, principalId: principal, principalType: 'ServicePrincipal' },
    },
  )
  await story.reaches('photos', 'Succeeded')
  expect((await story.linker('photos')).properties).toMatchObject({
    chosenTransport: { transport: 'flux', because: expect.stringContaining('the API server is private') },
  })
  expect(await story.pod('photos')).toMatchObject({ exitCode: 0 })

  const store = storeOf(story.cloud.world, idOfCluster('c1').toLowerCase())
  const about = () => (store.list('configmaps', 'orders') ?? []).filter(({ metadata }) => metadata.name.startsWith('sc-flux-'))
  expect(about()).toHaveLength(1)
  const there = store.get('secrets', 'orders', 'sc-photos-secret')
  if (there) store.delete('secrets', there)
  await story.clock.pass(3 * minute)
  expect(store.get('secrets', 'orders', 'sc-photos-secret')).toMatchObject({ data: there?.['data'] })

  await story.removeLinker('photos')
  await story.vanishes('photos')
  await story.clock.pass(5 * minute)
  expect(story.changes().filter((line) => !/^role .* on manifests$/.test(line))).toEqual([])
  expect(fluxOf(story.cloud.world, idOfCluster('c1'))).toEqual([])
  expect(about()).toEqual([])
}, 240_000)

it('connects a private cluster directly from an app that is joined to its network', async () => {
  const app = { name: 'connector', group: 'connector', region: 'westeurope', reaches: ['c1'], roles: connectorRoles('connectorstate') }
  const story = await scenario({ fleet: { ...isPrivate, app: { ...app, keyVault: 'connectorkeys' } } })
  await story.putPolicy()
  await story.putLinker('photos', workloadIdentity)
  await story.reaches('photos', 'Succeeded')
}, 120_000)

it('says that authorized ranges leave the app out', async () => {
  const story = await scenario({ fleet: behind({ authorizedIPRanges: ['203.0.113.0/24'] }) })
  await story.putPolicy()
  expect(await preflight(story)).toEqual(['reach ApiServerRanges'])
  await story.putLinker('photos', workloadIdentity)
  await story.clock.pass(15 * minute)
  expect(await problemsOf(story)).toMatch(/ApiServerRanges.*authorized ranges of the cluster/)
}, 120_000)

it('reaches an API server whose authorized ranges have the app in them', async () => {
  const story = await scenario({ fleet: behind({ authorizedIPRanges: ['203.0.113.0/24', '192.0.2.10'] }) })
  await story.putPolicy()
  await story.putLinker('photos', workloadIdentity)
  await story.reaches('photos', 'Succeeded')
}, 120_000)
