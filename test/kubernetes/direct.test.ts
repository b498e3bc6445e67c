import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { directTransport } from '../../src/kubernetes/direct.ts'
import { customGroups } from '../../src/local/cloud/kubernetes/addon-kinds.ts'
import { clusterId } from '../local/cloud/kubernetes/target.ts'
import { cluster, transportBehaviours } from './behaviours.ts'
import { type Behind, behindProxy } from './reached.ts'

describe('transport direct, to a simulated cluster', () => {
  let behind: Behind
  beforeAll(async () => {
    behind = await behindProxy()
  })
  afterAll(() => behind.close())
  transportBehaviours(
    () => behind,
    (as, of) => directTransport(behind.client(as), cluster, of),
  )

  it('writes, repairs and removes a Dapr component where Dapr is installed', async () => {
    customGroups(behind.world).set(clusterId, ['dapr.io'])
    const transport = directTransport(behind.client('admin'), cluster, 'test')
    const id = `${cluster.key}/default/Component/sc-data`
    const place = { kind: 'Component', namespace: 'default', name: 'sc-data' } as const
    const object = { ...place, id, summary: 'it', cluster, clusterUid: 'u', owner: 'owner-key' }
    const metadata = [{ name: 'accountName', value: 'stdata' }]
    const content = { ...place, fields: { spec: { type: 'state.azure.blobstorage', version: 'v2', metadata }, scopes: ['orders'] } }
    const observe = async () => (await transport.observe([object], new Map([[id, content]])))[0] ?? { id, state: 'absent' as const }
    await transport.apply(object, content, await observe())
    expect(await observe()).toMatchObject({ state: 'same', mark: 'ours' })
    await behind.ask('PATCH', '/apis/dapr.io/v1alpha1/namespaces/default/components/sc-data?fieldManager=kubectl-edit', {
      body: { scopes: ['all'] },
      type: 'application/merge-patch+json',
    })
    expect(await observe()).toMatchObject({ state: 'different', difference: 'fields scopes' })
    await transport.apply(object, content, await observe())
    await transport.remove(object, await observe())
    expect((await observe()).state).toBe('absent')
  })
})
