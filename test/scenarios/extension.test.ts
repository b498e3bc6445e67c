// Connections that come by the cluster extension, Azure Service Connector's own way, to a cluster that the app cannot reach otherwise.
import { expect, it } from 'vitest'
import { extensionsOf } from '../../src/local/cloud/arm/extension.ts'
import { troubleExtension } from '../../src/local/cloud/arm/extension-agent.ts'
import { connectorRoles } from '../../src/local/fleets/fleet.ts'
import { secretData } from './footprint.ts'
import { idOfCluster, minute, type Scenario, useScenarios } from './scenario.ts'

const scenario = useScenarios()
const extension = `${idOfCluster('c1')}/providers/Microsoft.KubernetesConfiguration/extensions/sc-extension?api-version=2023-05-01`
const byExtension = { kubernetesTransport: 'extension' }
type DiagnosticCheck = {
  readonly about: string
  readonly state: string
  readonly text: string
  readonly lines?: readonly string[]
  readonly problem?: { readonly code: string; readonly text: string }
}
const diagnosisOf = async (story: Scenario, name: string) => {
  const path = `${idOfCluster('c1')}/providers/Microsoft.ServiceLinker/linkers/${name}/diagnosis?api-version=2024-04-01`
  const { status, body } = await story.call('rob', 'GET', path)
  expect(status).toBe(200)
  const { checks } = body as { readonly checks: readonly DiagnosticCheck[] }
  return { text: JSON.stringify(body), of: (about: string) => checks.find((check) => check.about === about) }
}
/** The app has asked API servers whether something is there, and no more. */
const kubernetesCalls = (story: Scenario): readonly string[] =>
  story.cloud.calls
    .filter(({ host, location, method }) => host.endsWith('.azmk8s.io') && location === 'functions' && method !== 'GET')
    .map(({ path }) => path)
const orders = (story: Scenario) =>
  story.cloud.calls.filter(({ method, path, location }) => method === 'PUT' && location === 'functions' && path.includes('/extensions/'))
/** Azure's own take minutes, and each of them is a beat of the host. */
const latencies = { extensionInstall: 60_000, extensionUpdate: 20_000, extensionLock: 10_000 }
const unregisteredProviders = ['Microsoft.KubernetesConfiguration']

it('connects without ever reaching the cluster, provider and extension first, and takes everything back', async () => {
  const story = await scenario({ latencies, fleet: { unregisteredProviders } })
  await story.putPolicy()
  await story.putLinker('photos', { authInfo: { authType: 'userAssignedIdentity' }, ...byExtension })
  const { properties } = await story.reaches('photos', 'Succeeded')
  expect(properties).toMatchObject({ kubernetesTransport: 'extension', kubernetesResourceName: { secret: 'sc-photos-secret' } })
  await story.clock.pass(10 * minute)
  expect(await story.pod('photos')).toEqual({ exitCode: 0, output: '2 containers: invoices, photos' })
  expect(kubernetesCalls(story)).toEqual([])
  expect(orders(story).length).toBeLessThan(8)

  expect(
    Object.values(extensionsOf(story.cloud.world, idOfCluster('c1'))[0]?.properties['configurationSettings'] ?? {}).join(' '),
  ).not.toContain('core.windows.net')
  await story.removeLinker('photos')
  await story.vanishes('photos')
  const left = story.changes().filter((line) => !/sc-system|kube-system/.test(line))
  expect(left).toEqual([])
  expect(kubernetesCalls(story)).toEqual([])
})

it('gives the extension one order at a time, and every connection its own', async () => {
  const story = await scenario({ latencies })
  await story.putPolicy()
  const names = ['one', 'two']
  await Promise.all(names.map((name) => story.putLinker(name, byExtension)))
  for (const name of names) await story.reaches(name, 'Succeeded', 2 * 60 * minute)
  for (const name of names) expect(Object.keys(secretData(story.cloud.world, idOfCluster('c1'), `sc-${name}-secret`))).toHaveLength(1)
})

it('installs nothing where no policy lets the cluster be changed any more, and hands over again when one does', async () => {
  const story = await scenario({ latencies })
  await story.putPolicy()
  await story.putLinker('photos', byExtension)
  await story.reaches('photos', 'Succeeded')
  await story.putPolicy('all', { changeClusters: false })
  await story.until('the connection to say so', async () =>
    JSON.stringify((await story.linker('photos')).body).includes('ConsentWithdrawn'),
  )
  await story.arm('DELETE', extension)
  await story.clock.pass(15 * minute)
  expect(extensionsOf(story.cloud.world, idOfCluster('c1'))).toEqual([])
  await story.putPolicy()
  await story.until('the extension to be back', () => extensionsOf(story.cloud.world, idOfCluster('c1')).length === 1, 3 * 60 * minute)
  await story.reaches('photos', 'Succeeded', 3 * 60 * minute)
})

it('finds before any write that no pod of the extension could be scheduled', async () => {
  const agentPoolProfiles = [{ name: 'system', mode: 'System', nodeTaints: ['CriticalAddonsOnly=true:NoSchedule'] }]
  const story = await scenario({
    fleet: { clusters: [{ name: 'c1', group: 'shop', region: 'westeurope', namespaces: ['orders'], properties: { agentPoolProfiles } }] },
  })
  await story.putPolicy()
  await story.putLinker('photos', byExtension)
  const { body } = await story.reaches('photos', 'Failed')
  expect(JSON.stringify(body)).toContain('ExtensionNotSchedulable')
  expect(orders(story)).toEqual([])
})

it('explains what the extension failed with, and connects when that is repaired', async () => {
  const story = await scenario({ latencies })
  troubleExtension(story.cloud.world, idOfCluster('c1'), 'egress-blocked')
  await story.putPolicy()
  await story.putLinker('photos', byExtension)
  const { body } = await story.reaches('photos', 'Failed', 2 * 60 * minute)
  expect(JSON.stringify(body)).toMatch(/ExtensionEgressBlocked.*scaksextension\.azurecr\.io and mcr\.microsoft\.com/)
  troubleExtension(story.cloud.world, idOfCluster('c1'), undefined)
  await story.reaches('photos', 'Succeeded', 3 * 60 * minute)
})

it('tells what its job said in the cluster, and which right is missing where that cannot be read', async () => {
  const story = await scenario({ latencies })
  await story.putPolicy()
  await story.putLinker('photos', { scope: 'nowhere', ...byExtension })
  await story.until('the order to fail', async () => JSON.stringify((await story.linker('photos')).body).includes('ExtensionJobFailed'))
  const { of, text } = await diagnosisOf(story, 'photos')
  expect(of('extension sc-extension')).toMatchObject({
    state: 'unwell',
    problem: { code: 'ExtensionJobFailed' },
    lines: [expect.stringContaining('BackoffLimitExceeded')],
  })
  expect(of('namespace nowhere')).toMatchObject({ state: 'absent' })
  expect(of('namespace sc-system')).toMatchObject({ state: 'well' })
  expect(of('Helm release sc-extension')).toMatchObject({ state: 'unwell', text: expect.stringMatching(/^Revision \d+ is failed\.$/) })
  expect(of('job sc-job')).toMatchObject({ state: 'unwell', lines: [expect.stringContaining('BackoffLimitExceeded')] })
  expect(of('pods of sc-job')).toMatchObject({
    state: 'unwell',
    lines: [expect.any(String), expect.stringContaining('namespaces "nowhere" not found')],
  })
  expect(text).not.toContain('AccountKey')
})

it('says what it may not read, of a connection that comes directly as well', async () => {
  const roles = connectorRoles('connectorstate').filter(({ role }) => role !== 'Azure Kubernetes Service RBAC Writer')
  const app = {
    name: 'connector',
    group: 'connector',
    region: 'westeurope',
    roles,
    kubernetes: [{ cluster: 'c1', namespaces: ['orders'], resources: ['secrets', 'namespaces'] }],
  }
  const story = await scenario({ latencies, fleet: { app } })
  await story.putPolicy()
  await story.putLinker('photos')
  await story.reaches('photos', 'Succeeded')
  // The right to see the namespace, which a connection needs to begin, is taken away later.
  const grants = story.cloud.world.table<object>('kubernetes-grants')
  for (const [key, grant] of [...grants]) grants.set(key, { ...grant, resources: ['secrets'] })
  const { of } = await diagnosisOf(story, 'photos')
  expect(of('Secret sc-photos-secret')).toMatchObject({ state: 'well', text: expect.stringContaining('It carries the mark') })
  expect(of('namespace orders')).toMatchObject({
    state: 'unknown',
    problem: { code: 'KubernetesRightMissing', text: expect.stringContaining('get namespaces') },
  })
  expect(of('job sc-job')).toBeUndefined()
})
