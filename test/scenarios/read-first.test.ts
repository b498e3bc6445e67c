// Read first, then join: names that lead nowhere create nothing anywhere, no matter who asks and how.
import { describe, expect, it } from 'vitest'
import { personOf } from '../../src/local/person.ts'
import { idOfAccount, idOfCluster, minute, type Scenario, useScenarios } from './scenario.ts'

const scenario = useScenarios()
const cluster = idOfCluster('c1')
const nowhere = { type: 'AzureResource', id: `${idOfAccount('oders')}/blobServices/default` }
const auths = { secret: { authType: 'secret' }, 'workload-identity': { authType: 'userAssignedIdentity' } } as const
const people = [
  {
    name: 'ada',
    appRoles: ['Connections.Read', 'Connections.Write', 'Policies.Write'],
    roles: [{ role: 'Owner' }, { role: 'Azure Kubernetes Service RBAC Cluster Admin' }],
  },
]
const bare = {
  clusters: [{ name: 'c1', group: 'shop', region: 'westeurope', namespaces: ['orders'], oidcIssuer: false, workloadIdentity: false }],
}

const writes = (story: Scenario): readonly string[] =>
  story.cloud.calls
    .filter(({ service, method, principal }) => service !== 'storage' && method !== 'GET' && principal === story.cloud.app.principalId)
    .map(({ service, method, path }) => `${service} ${method} ${path.split('?')[0]?.split('/').at(-1)}`)
    // The credentials of the cluster's user, a query of Resource Graph, and the ConfigMap that says what is wrong.
    .filter((call) => !/listClusterUserCredential|arm POST resources|sc-connections/.test(call))

const codes = async (story: Scenario, name: string): Promise<readonly string[]> =>
  ((await story.linker(name)).properties['problems'] as readonly { code: string }[]).map(({ code }) => code)

describe.each(Object.entries(auths))('a connection by %s', (_, authInfo) => {
  it('to an account that does not exist fails soon, and nothing is made', async () => {
    const story = await scenario({ fleet: bare })
    await story.putPolicy()
    await story.putLinker('photos', { authInfo, targetService: nowhere })
    await story.reaches('photos', 'Failed', 3 * minute)
    expect(await codes(story, 'photos')).toContain('TargetMissing')
    await story.clock.pass(60 * minute)
    expect([story.changes(), writes(story)]).toEqual([[], []])
  })

  it('to a namespace that does not exist fails soon, makes nothing, and works once it is there', async () => {
    const story = await scenario({ fleet: { people } })
    await story.putPolicy()
    await story.putLinker('photos', { authInfo, scope: 'oders' })
    await story.reaches('photos', 'Failed', 3 * minute)
    expect(await codes(story, 'photos')).toContain('NamespaceMissing')
    expect([story.changes(), writes(story)]).toEqual([[], []])
    const ada = personOf(story, 'ada')
    await ada.kubernetes(cluster, 'POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'oders' } })
    ada.close()
    await story.reaches('photos', 'Succeeded', 30 * minute)
    await story.clock.pass(5 * minute)
    expect((await story.pod('photos', { namespace: 'oders' })).exitCode).toBe(0)
  })
})

it('removes what trusts a namespace that was deleted, keeps the identity, and connects again when it is made again', async () => {
  const story = await scenario({ fleet: { people } })
  await story.putPolicy()
  await story.putLinker('photos', { authInfo: auths['workload-identity'] })
  await story.reaches('photos', 'Succeeded')
  const ada = personOf(story, 'ada')
  await ada.kubernetes(cluster, 'DELETE', '/api/v1/namespaces/orders')
  await story.clock.pass(2 * minute)
  await story.call('ada', 'POST', `${cluster}/providers/Microsoft.ServiceLinker/linkers/photos/reconcile?api-version=2024-04-01`)
  await story.clock.pass(3 * minute)
  expect(await codes(story, 'photos')).toContain('NamespaceGone')
  expect(story.changes().map((line) => line.split(' ')[0])).toEqual(['credential', 'firewall', 'identity', 'role'])
  await story.clock.pass(30 * minute)
  expect(await codes(story, 'photos')).toContain('NamespaceMissing')
  expect(story.changes().map((line) => line.split(' ')[0])).toEqual(['identity'])
  await ada.kubernetes(cluster, 'POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'orders' } })
  ada.close()
  await story.reaches('photos', 'Succeeded', 60 * minute)
  await story.clock.pass(5 * minute)
  expect((await story.pod('photos')).exitCode).toBe(0)
}, 60_000)

it('makes nothing for a tag with a typo either', async () => {
  const story = await scenario()
  await story.putPolicy()
  await story.tag(cluster, {
    'connect-photos': 'storage-blob:oders?namespace=orders&auth=workload-identity',
    'connect-videos': 'storage-blob:orders?namespace=oders&auth=workload-identity',
  })
  for (const name of ['photos', 'videos']) await story.reaches(name, 'Failed', 30 * minute)
  expect([await codes(story, 'photos'), await codes(story, 'videos')]).toEqual([['TargetMissing'], ['NamespaceMissing']])
  expect([story.changes(), writes(story)]).toEqual([[], []])
})
