import { expect, it } from 'vitest'
import { personOf } from '../../src/local/person.ts'
import { idOfCluster, minute, useScenarios } from './scenario.ts'

const scenario = useScenarios()
const cluster = idOfCluster('c1')
const people = [
  {
    name: 'ada',
    appRoles: ['Connections.Read', 'Connections.Write', 'Policies.Write'],
    roles: [{ role: 'Owner' }, { role: 'Azure Kubernetes Service RBAC Cluster Admin' }],
  },
]

it('an app team connects its namespace by a ConfigMap, reads the status beside it, and disconnects by deleting it', async () => {
  const story = await scenario({ settings: { CONNECTOR_DECLARE_IN_CLUSTER: 'on' }, fleet: { people } as never })
  await story.putPolicy()
  const ada = personOf(story, 'ada')
  const maps = '/api/v1/namespaces/orders/configmaps'
  const body = {
    metadata: { name: 'connections', labels: { 'service-connector/declare': 'connections' } },
    data: { photos: 'storage-blob:shop/orders?auth=secret', bad: 'storage-blob:shop/orders?namespace=web' },
  }
  expect((await ada.kubernetes(cluster, 'POST', maps, { apiVersion: 'v1', kind: 'ConfigMap', ...body })).status).toBe(201)
  await story.reaches('photos', 'Succeeded', 120 * minute)
  expect((await story.linker('photos')).properties).toMatchObject({ origin: 'configmap', scope: 'orders' })
  expect((await story.linker('bad')).properties).toMatchObject({ provisioningState: 'Failed', origin: 'configmap' })
  await story.until('the status to be in the namespace', async () => {
    const { data } = (await ada.kubernetes(cluster, 'GET', `${maps}/sc-connections`)).body as { data?: Record<string, string> }
    return Boolean(data?.['photos']?.startsWith('state: Succeeded') && data['bad']?.includes('the namespace is the one'))
  })
  await ada.kubernetes(cluster, 'DELETE', `${maps}/connections`)
  await story.vanishes('photos', 240 * minute)
})
