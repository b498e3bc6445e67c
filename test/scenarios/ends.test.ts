// Everything ends: whatever holds up a connection for ever is told within the hour, and a removal orphans what it cannot delete, by name,
// with the reason and the way to do it by hand.
import { expect, it } from 'vitest'
import { type Webhook, webhooks } from '../../src/local/cloud/kubernetes/admission.ts'
import { type FleetInput, subscription } from '../../src/local/fleets/fleet.ts'
import { type Person, personOf } from '../../src/local/person.ts'
import { idOfAccount, idOfCluster, minute, type Scenario, useScenarios } from './scenario.ts'

const scenario = useScenarios()
const cluster = idOfCluster('c1')
const secretless = { authInfo: { authType: 'userAssignedIdentity' } }
const people: FleetInput['people'] = [
  {
    name: 'ada',
    appRoles: ['Connections.Read', 'Connections.Write', 'Policies.Write'],
    roles: [{ role: 'Owner' }, { role: 'Azure Kubernetes Service RBAC Cluster Admin' }],
  },
]
const secretPath = (name: string): string => `/api/v1/namespaces/orders/secrets/sc-${name}-secret`

async function connected(properties: object): Promise<{ readonly story: Scenario; readonly ada: Person }> {
  const story = await scenario({ fleet: { people } })
  await story.putPolicy()
  await story.putLinker('photos', properties as Record<string, unknown>)
  await story.reaches('photos', 'Succeeded')
  return { story, ada: personOf(story, 'ada') }
}

/** The body of the operation that a removal answers, when everything had its time. */
async function removed(story: Scenario, within: number): Promise<{ readonly status: string; readonly told: string }> {
  const answer = await story.removeLinker('photos')
  const { pathname, search } = new URL(answer.headers.get('azure-asyncoperation') ?? '')
  await story.clock.pass(within)
  const { body } = await story.call('ada', 'GET', pathname + search)
  return { status: (body as { status: string }).status, told: JSON.stringify(body) }
}

const problemsOf = async (story: Scenario): Promise<string> => JSON.stringify((await story.linker('photos')).properties['problems'])

/** Refusals are logged as errors where a person has to do something; these stories expect them. */
const expected = (story: Scenario): void => void story.errors.splice(0)

it('tells of a subscription of another tenant, and does not blame its own sign-in', async () => {
  const other = '11111111-2222-4333-8444-555555555555'
  const subscriptions = [
    { id: subscription, name: 'Test' },
    { id: other, name: 'Partner', tenant: '99999999-2222-4333-8444-555555555555' },
  ]
  const story = await scenario({ fleet: { subscriptions } })
  await story.putPolicy()
  const id = `/subscriptions/${other}/resourceGroups/x/providers/Microsoft.Storage/storageAccounts/partner/blobServices/default`
  await story.putLinker('photos', { ...secretless, targetService: { type: 'AzureResource', id } })
  await story.reaches('photos', 'Failed', 10 * minute)
  const told = await problemsOf(story)
  expected(story)
  expect(told).toContain('WrongTenant')
  expect(told).not.toContain('NoToken')
})

it('says that the subscription is disabled, and goes on when it is enabled again', async () => {
  const story = await scenario()
  await story.putPolicy()
  const turn = (to: string) =>
    story.arm('POST', `/subscriptions/${subscription}/providers/Microsoft.Subscription/${to}?api-version=2021-10-01`)
  await turn('cancel')
  await story.putLinker('photos', secretless)
  await story.reaches('photos', 'Failed', 10 * minute)
  expect(await problemsOf(story)).toContain('SubscriptionDisabled')
  await turn('enable')
  await story.reaches('photos', 'Succeeded', 90 * minute)
  expected(story)
})

it('ends a removal that a finalizer holds, names it, and is done when the finalizer goes', async () => {
  const { story, ada } = await connected(secretless)
  const secret = (await ada.kubernetes(cluster, 'GET', secretPath('photos'))).body as { readonly metadata: object }
  const tracked = { ...secret, metadata: { ...secret.metadata, finalizers: ['backup.example.com/protect'] } }
  await ada.kubernetes(cluster, 'PUT', secretPath('photos'), tracked)
  const { status, told } = await removed(story, 20 * minute)
  expect(status).toBe('Succeeded')
  expect(told).toMatch(/sc-photos-secret.*finalizer backup\.example\.com\/protect.*kubectl patch secret/s)
  const now = (await ada.kubernetes(cluster, 'GET', secretPath('photos'))).body as { readonly metadata: object }
  await ada.kubernetes(cluster, 'PUT', secretPath('photos'), { ...now, metadata: { ...now.metadata, finalizers: [] } })
  await story.vanishes('photos', 2 * 60 * minute)
  ada.close()
  expected(story)
  expect(story.changes()).toEqual([])
})

it('is not well while its Secret is being deleted, and makes it again', async () => {
  const { story, ada } = await connected({})
  const secret = (await ada.kubernetes(cluster, 'GET', secretPath('photos'))).body as { readonly metadata: object }
  const tracked = { ...secret, metadata: { ...secret.metadata, finalizers: ['backup.example.com/protect'] } }
  await ada.kubernetes(cluster, 'PUT', secretPath('photos'), tracked)
  await ada.kubernetes(cluster, 'DELETE', secretPath('photos'))
  await story.call('ada', 'POST', `${cluster}/providers/Microsoft.ServiceLinker/linkers/photos/reconcile?api-version=2024-04-01`)
  await story.reaches('photos', 'Failed', 10 * minute)
  expect(await problemsOf(story)).toContain('BeingDeleted')
  const now = (await ada.kubernetes(cluster, 'GET', secretPath('photos'))).body as { readonly metadata: object }
  await ada.kubernetes(cluster, 'PUT', secretPath('photos'), { ...now, metadata: { ...now.metadata, finalizers: [] } })
  await story.reaches('photos', 'Succeeded', 30 * minute)
  ada.close()
  expected(story)
  expect((await story.pod('photos')).exitCode).toBe(0)
})

it('makes its Secret again that another writer made immutable, when the key is renewed', async () => {
  const { story, ada } = await connected({})
  const secret = (await ada.kubernetes(cluster, 'GET', secretPath('photos'))).body as object
  await ada.kubernetes(cluster, 'PUT', secretPath('photos'), { ...secret, immutable: true })
  ada.close()
  await story.clock.pass(10 * minute)
  await story.arm('POST', `${idOfAccount('orders')}/regenerateKey?api-version=2024-01-01`, { keyName: 'key1' })
  await story.clock.pass(15 * minute)
  expect((await story.pod('photos')).exitCode).toBe(0)
})

const dead: Webhook = {
  cluster: cluster.toLowerCase(),
  name: 'validate.policies.example',
  operations: ['CREATE', 'UPDATE', 'DELETE'],
  resources: ['secrets'],
  failurePolicy: 'Fail',
  answer: 'unreachable',
}

it('tells which webhook is down within the hour, goes on when it is gone, and ends a removal that it holds', async () => {
  const story = await scenario()
  await story.putPolicy()
  const hooks = webhooks(story.cloud.world)
  hooks.set('one', dead)
  await story.putLinker('photos')
  await story.reaches('photos', 'Failed', 65 * minute)
  expect(await problemsOf(story)).toContain('validate.policies.example')
  hooks.delete('one')
  await story.reaches('photos', 'Succeeded', 30 * minute)
  hooks.set('one', dead)
  const { status, told } = await removed(story, 75 * minute)
  expect(status).toBe('Succeeded')
  expect(told).toMatch(/sc-photos-secret.*validate\.policies\.example.*kubectl delete secret/s)
  hooks.delete('one')
  await story.vanishes('photos', 90 * minute)
  expected(story)
  expect(story.changes()).toEqual([])
})

it('tells which quota is used up, and which webhook denies', async () => {
  const story = await scenario({ fleet: { people } })
  await story.putPolicy()
  const ada = personOf(story, 'ada')
  const quota = { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'few' }, spec: { hard: { secrets: '0' } } }
  await ada.kubernetes(cluster, 'POST', '/api/v1/namespaces/orders/resourcequotas', quota)
  await story.putLinker('photos')
  await story.reaches('photos', 'Failed', 10 * minute)
  expect(await problemsOf(story)).toContain('ResourceQuota few')
  await ada.kubernetes(cluster, 'DELETE', '/api/v1/namespaces/orders/resourcequotas/few')
  ada.close()
  webhooks(story.cloud.world).set('one', { ...dead, answer: { denies: 'Secrets come from the vault' } })
  await story.call('ada', 'POST', `${cluster}/providers/Microsoft.ServiceLinker/linkers/photos/reconcile?api-version=2024-04-01`)
  await story.clock.pass(3 * minute)
  expected(story)
  // Its own words may repeat what was sent, so that only its name is told.
  expect(await problemsOf(story)).toMatch(/AdmissionDenied.*validate\.policies\.example/)
})

it('ends a removal that a lock forbids, names the lock, and goes on when it is gone', async () => {
  const { story, ada } = await connected(secretless)
  const lock = `${idOfAccount('orders')}/providers/Microsoft.Authorization/locks/keep?api-version=2020-05-01`
  await story.arm('PUT', lock, { properties: { level: 'ReadOnly' } })
  const { status, told } = await removed(story, 20 * minute)
  expect(status).toBe('Succeeded')
  expect(told).toMatch(/Storage Blob Data Contributor.*lock.*az role assignment delete/s)
  await story.arm('DELETE', lock)
  await story.until('nothing to be left', () => story.changes().length === 0, 3 * 60 * minute)
  ada.close()
  expected(story)
})

it('gives up an operation that never ends: its connection, another one on the same target and a removal all come to their end', async () => {
  const clusters = ['c1', 'c2'].map((name) => ({ name, group: 'shop', region: 'westeurope', namespaces: ['orders'] }))
  const story = await scenario({ fleet: { clusters } })
  await story.putPolicy()
  const never = `/subscriptions/${subscription}/providers/Microsoft.Storage/locations/northeurope/asyncoperations/never`
  const { principalId: principal } = story.cloud.app
  const accepted = { 'azure-asyncoperation': `https://management.azure.com${never}?api-version=2024-01-01` }
  story.cloud.faults.add({
    match: { service: 'arm', method: 'PATCH', path: /storageAccounts\/orders\?/i, principal },
    times: 1,
    answer: { status: 202, headers: accepted, body: '' },
  })
  const polls = story.cloud.faults.add({
    match: { service: 'arm', path: /asyncoperations\/never/i },
    answer: { status: 200, body: { status: 'InProgress' } },
  })
  await story.putLinker('photos')
  await story.clock.pass(10 * minute)
  await story.putLinker('second', {}, 'c2')
  await story.removeLinker('photos')
  await story.until('the other one to be connected', async () => (await story.linker('second', 'c2')).state === 'Succeeded', 90 * minute)
  await story.vanishes('photos', 10 * minute)
  expected(story)
  expect(polls.hits).toBeLessThan(40)
})

it('leaves what was made to a connection that says so, uses it again, and removes it when that is wanted', async () => {
  const { story, ada } = await connected({ ...secretless, onDelete: 'keep' })
  const made = story.changes().filter((line) => !line.startsWith('ConfigMap'))
  const { status, told } = await removed(story, 20 * minute)
  expect(status).toBe('Succeeded')
  expect(told).toContain('Kept with its Secret')
  expect(story.changes()).toEqual(made)
  const { body: inventory } = await story.call('ada', 'GET', '/inventory')
  expect(JSON.stringify(inventory)).toMatch(/identity sc-.*onDelete: keep/)
  const { body } = await ada.kubernetes(cluster, 'GET', secretPath('photos'))
  expect(body).toMatchObject({ metadata: { annotations: { 'service-connector/prune': 'disabled' } } })
  await story.putLinker('photos', { ...secretless, onDelete: 'remove' })
  await story.reaches('photos', 'Succeeded')
  expect((await removed(story, 20 * minute)).told).not.toContain('Kept')
  // The Secret was adopted: the cleanup deletes it.
  expect(story.changes()).toEqual(made.filter((line) => line.startsWith('Secret')))
})
