// What the cloud does to a connect and a disconnect: busy, stopped, refusing, throttling, answering a success that is none.
import { expect, it } from 'vitest'
import { occupyCluster } from '../../src/local/cloud/arm/cluster-lock.ts'
import { changeEgressIps } from '../../src/local/cloud/arm/egress.ts'
import { findCluster } from '../../src/local/cloud/arm/managed-cluster.ts'
import type { FaultRule } from '../../src/local/cloud/faults.ts'
import { secretData } from './footprint.ts'
import { idOfAccount, idOfCluster, minute, type Scenario, useScenarios } from './scenario.ts'

const scenario = useScenarios()
const cluster = idOfCluster('c1')
const plain = {
  fleet: {
    clusters: [{ name: 'c1', group: 'shop', region: 'westeurope', namespaces: ['orders'], oidcIssuer: false, workloadIdentity: false }],
  },
}
const identityAuth = { authInfo: { authType: 'userAssignedIdentity' } }
const clusterPuts = (story: Scenario) =>
  story.cloud.calls.filter(({ method, path }) => method === 'PUT' && /managedClusters\/c1\?/i.test(path))
const flat = (code: string, message: string) => ({ code, message, details: null, subcode: '' })

it('waits out a cluster that is Updating for an hour, and does meanwhile what needs no change to it', async () => {
  const story = await scenario(plain)
  await story.putPolicy()
  occupyCluster(story.cloud.world, cluster, 'update', 60 * minute)
  const began = story.clock.now()
  await story.putLinker('photos', identityAuth)
  await story.clock.pass(30 * minute)
  const { state, properties } = await story.linker('photos')
  expect(state).toBe('Updating')
  expect(JSON.stringify(properties.timeline)).toContain('waiting until cluster c1 is Succeeded and idle')
  expect(story.changes()).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^identity sc-c1/),
      expect.stringMatching(/^firewall orders/),
      expect.stringMatching(/^ServiceAccount/),
    ]),
  )
  expect(clusterPuts(story)).toHaveLength(0)
  await story.reaches('photos', 'Succeeded', 2 * 60 * minute)
  expect(clusterPuts(story)).toHaveLength(1)
  expect(story.clock.now() - began).toBeLessThan(67 * minute)
})

it('tries again, later and later, when an update of the cluster succeeds and has no effect', async () => {
  const story = await scenario(plain)
  await story.putPolicy()
  story.cloud.faults.add({ match: { service: 'arm', method: 'PUT', path: /managedClusters\/c1\?/i }, times: 3, answer: 'silent-no-op' })
  await story.putLinker('photos', identityAuth)
  await story.until('it to be told', async () => JSON.stringify((await story.linker('photos')).properties).includes('ChangeHadNoEffect'))
  await story.reaches('photos', 'Succeeded', 4 * 60 * minute)
  expect(clusterPuts(story)).toHaveLength(4)
})

const answers: Readonly<Record<string, FaultRule['answer']>> = {
  '409 busy': {
    status: 409,
    body: flat(
      'OperationNotAllowed',
      'Operation is not allowed because there is an in progress update managed cluster operation. Please wait for it to finish before starting a new operation.',
    ),
  },
  '412': { status: 412, body: { error: { code: 'PreconditionFailed', message: 'The precondition was not met.' } } },
  '429': { status: 429, headers: { 'retry-after': '17' }, body: { error: { code: 'TooManyRequests', message: 'Too many requests.' } } },
  '503': { status: 503, body: { error: { code: 'ServiceUnavailable', message: 'The service is unavailable.' } } },
  reset: 'reset',
  'answer lost': 'lost-after-effect',
}
const calls: readonly FaultRule['match'][] = [
  { service: 'arm', method: 'PUT', path: /managedClusters\/c1\?/i },
  { service: 'arm', method: 'PUT', path: /roleAssignments\//i },
  { service: 'kubernetes', method: 'PATCH', path: /secrets\// },
]
it('survives each of these answers to the PUT of the cluster, of a role and to a Secret, one after the other', async () => {
  const story = await scenario(plain)
  await story.putPolicy()
  const faults = calls.flatMap((match) => Object.values(answers).map((answer) => story.cloud.faults.add({ match, times: 1, answer })))
  await story.putLinker('photos', identityAuth)
  await story.reaches('photos', 'Succeeded', 3 * 60 * minute)
  for (const { hits } of faults) expect(hits).toBeGreaterThan(0)
  expect(story.changes().filter((line) => /^(identity|credential|role|firewall|Secret|ServiceAccount)/.test(line))).toHaveLength(6)
  await story.removeLinker('photos')
  await story.vanishes('photos', 3 * 60 * minute)
  expect(story.changes()).toEqual([])
})

it('removes a connection while its cluster is stopped, says what it orphaned, and cleans up once the cluster runs', async () => {
  const story = await scenario()
  await story.putPolicy()
  await story.putLinker('photos', identityAuth)
  await story.reaches('photos', 'Succeeded')
  await story.arm('POST', `${cluster}/stop?api-version=2026-06-01`)
  await story.clock.pass(10 * minute)
  const answer = await story.removeLinker('photos')
  const operation = new URL(answer.headers.get('azure-asyncoperation') ?? '')
  const status = async () => (await story.call('ada', 'GET', operation.pathname + operation.search)).body as { status: string }
  await story.until('the operation to end', async () => (await status()).status === 'Succeeded')
  expect(JSON.stringify(await status())).toContain('sc-photos-secret')
  expect(story.changes().map((line) => line.split(' ')[0])).toEqual(expect.not.arrayContaining(['role', 'credential', 'firewall']))
  await story.arm('POST', `${cluster}/start?api-version=2026-06-01`)
  await story.until('nothing to be left', () => story.changes().length === 0, 3 * 60 * minute)
  await story.vanishes('photos', 3 * 60 * minute)
})

it('follows changed egress addresses: the new ones open before the old ones close', async () => {
  const story = await scenario()
  await story.putPolicy()
  await story.putLinker('photos')
  await story.reaches('photos', 'Succeeded')
  const rule = () => story.changes().filter((line) => line.startsWith('firewall'))
  const before = rule()
  const found = findCluster(story.cloud.world, cluster)
  if (!found) throw new Error('no cluster')
  changeEgressIps(story.cloud.world, found)
  await story.call('ada', 'POST', `${cluster}/providers/Microsoft.ServiceLinker/linkers/photos/reconcile?api-version=2024-04-01`)
  await story.until('the new address to be open', () => rule().some((line) => !before.includes(line)))
  expect(rule()).toEqual(expect.arrayContaining([...before]))
  expect((await story.pod('photos')).output).toBe('2 containers: invoices, photos')
  await story.until('the old address to be closed', () => rule().length === 1, 3 * 60 * minute)
})

it('removes what it made outside when the cluster is gone', async () => {
  const story = await scenario()
  await story.putPolicy()
  await story.putLinker('photos', identityAuth)
  await story.reaches('photos', 'Succeeded')
  await story.arm('DELETE', `${cluster}?api-version=2026-06-01`)
  await story.vanishes('photos', 24 * 60 * minute)
  expect(story.changes().filter((line) => !line.startsWith('-'))).toEqual([])
})

it.each([
  { minutes: 8, afterwards: 60 },
  { minutes: 180, afterwards: 26 * 60 },
])('keeps all of a cluster that ARM does not find for $minutes minutes, and tells of it', async ({ minutes, afterwards }) => {
  const story = await scenario()
  await story.putPolicy()
  await story.putLinker('photos', identityAuth)
  await story.putLinker('keys')
  await story.reaches('photos', 'Succeeded')
  await story.reaches('keys', 'Succeeded')
  const connected = story.changes()
  const fault = story.cloud.faults.add({
    match: { service: 'arm', method: 'GET', path: /managedClusters\/c1\?/i, principal: story.cloud.app.principalId },
    answer: { status: 404, body: { error: { code: 'ResourceNotFound', message: "The Resource 'c1' was not found." } } },
  })
  await story.call('ada', 'POST', `${cluster}/providers/Microsoft.ServiceLinker/linkers/photos/reconcile?api-version=2024-04-01`)
  await story.clock.pass(minutes * minute)
  expect(fault.hits).toBeGreaterThan(1)
  expect(JSON.stringify((await story.linker('photos')).properties)).toContain('ClusterMissing')
  fault.remove()
  await story.clock.pass(afterwards * minute)
  await story.reaches('photos', 'Succeeded')
  await story.reaches('keys', 'Succeeded')
  expect(story.changes()).toEqual(connected)
})

it('notices that a cluster was deleted and made again under the same name', async () => {
  const story = await scenario()
  await story.putPolicy()
  await story.putLinker('photos')
  await story.reaches('photos', 'Succeeded')
  const body = (await story.arm('GET', `${cluster}?api-version=2026-06-01`)).body as { location: string; properties: object }
  await story.arm('DELETE', `${cluster}?api-version=2026-06-01`)
  await story.clock.pass(6 * minute)
  await story.arm('PUT', `${cluster}?api-version=2026-06-01`, {
    location: body.location,
    identity: { type: 'SystemAssigned' },
    properties: {
      dnsPrefix: 'c1',
      agentPoolProfiles: [{ name: 'system', mode: 'System', count: 1, vmSize: 'Standard_D2s_v5' }],
      aadProfile: { managed: true, enableAzureRBAC: true },
    },
  })
  await story.clock.pass(10 * minute)
  await story.until(
    'the missing namespace to be told',
    async () => JSON.stringify((await story.linker('photos')).properties).includes('namespace'),
    26 * 60 * minute,
  )
})

it('leaves the Secret alone when the target is gone, and says so', async () => {
  const story = await scenario()
  await story.putPolicy()
  await story.putLinker('photos')
  await story.reaches('photos', 'Succeeded')
  await story.arm('DELETE', `${idOfAccount('orders')}?api-version=2024-01-01`)
  await story.until(
    'it to be told',
    async () => JSON.stringify((await story.linker('photos')).properties.problems).includes('TargetGone'),
    26 * 60 * minute,
  )
  expect(secretData(story.cloud.world, cluster, 'sc-photos-secret')).toHaveProperty('AZURE_STORAGEBLOB_CONNECTIONSTRING')
  await story.removeLinker('photos')
  await story.vanishes('photos', 26 * 60 * minute)
})
