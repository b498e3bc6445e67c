import { describe, expect, it } from 'vitest'
import type { Connection } from '../../../src/model/connection.ts'
import type { ConnectionFacts } from '../../../src/model/facts.ts'
import { writeShapes } from '../../../src/steps/connection/write-shapes.ts'
import {
  attempted,
  clusterFacts,
  connection,
  fakeCluster,
  first,
  following,
  identityFacts,
  loopOf,
  portsOf,
  shop,
  stdata,
  targetFacts,
  viewOf,
  worker,
} from '../builders.ts'

const written = { consent: 'granted', secretName: 'sc-data-secret' } as const
function view(self: Partial<Connection> = {}, facts: Partial<ConnectionFacts> = written) {
  const own = connection({ shape: 'servicebinding', ...self })
  const others = [
    [shop, clusterFacts()],
    [stdata, targetFacts()],
    [worker, identityFacts()],
  ] as const
  return viewOf(loopOf(own), { self: own, facts, others })
}

describe('write-shapes', () => {
  it('writes a Secret of the type that clients of the specification look for', async () => {
    const cluster = fakeCluster()
    const run = await attempted(writeShapes, view(), portsOf({ kubernetes: async () => cluster }))
    expect(run.facts).toEqual({ bindingSecret: 'sc-data-binding', daprComponent: undefined })
    const { type, data } = first([...cluster.contents.values()])
    expect(type).toBe('servicebinding.io/storage-blob')
    expect(data?.reveal()).toMatchObject({ type: 'storage-blob', provider: 'azure', host: 'stdata.blob.core.windows.net' })
  })

  it('writes nothing before the Secret of the connection is there, and nothing that is not asked for', async () => {
    const cluster = fakeCluster()
    const ports = portsOf({ kubernetes: async () => cluster })
    await attempted(writeShapes, view({}, { consent: 'granted' }), ports)
    const { shape: _, ...plain } = connection()
    await attempted(writeShapes, viewOf(loopOf(plain), { self: plain, facts: written, others: [[shop, clusterFacts()]] }), ports)
    expect(cluster.contents.size).toBe(0)
  })

  it('removes it with the connection, and when it is not asked for any more', async () => {
    const cluster = fakeCluster()
    const ports = portsOf({ kubernetes: async () => cluster })
    const before = view()
    const run = await attempted(writeShapes, before, ports)
    const { shape: _, ...plain } = connection()
    const left = await attempted(writeShapes, following(writeShapes, before, run, { self: plain }), ports)
    expect([cluster.contents.size, left.facts]).toEqual([0, { bindingSecret: undefined, daprComponent: undefined }])
  })

  it('keeps what is written while the Secret of the connection is absent or consent withdrawn', async () => {
    const cluster = fakeCluster()
    const ports = portsOf({ kubernetes: async () => cluster })
    const before = view()
    const run = await attempted(writeShapes, before, ports)
    for (const facts of [{ consent: 'granted' }, { ...written, consent: 'withdrawn' }] as const)
      await attempted(writeShapes, { ...following(writeShapes, before, run), facts }, ports)
    expect(cluster.contents.size).toBe(1)
  })
})

describe('a Dapr component', () => {
  const dapr = {
    componentType: 'state.azure.blobstorage',
    version: 'v2',
    metadata: [{ name: 'containerName', value: 'orders' }],
    scopes: ['orders'],
  }
  const plain = (of: Partial<Connection>) => {
    const { shape: _, ...own } = connection({ dapr, ...of })
    return own
  }
  const viewFor = (of: Partial<Connection> = {}) => {
    const self = plain(of)
    const others = [
      [shop, clusterFacts()],
      [stdata, targetFacts()],
      [worker, identityFacts()],
    ] as const
    return viewOf(loopOf(self), { self, facts: written, others })
  }

  it('signs in by the identity of the pods, without any Secret', async () => {
    const cluster = fakeCluster()
    const run = await attempted(writeShapes, viewFor(), portsOf({ kubernetes: async () => cluster }))
    expect(run.facts).toEqual({ bindingSecret: undefined, daprComponent: 'sc-data' })
    expect([...cluster.contents.values()]).toMatchObject([
      {
        kind: 'Component',
        fields: {
          spec: {
            type: 'state.azure.blobstorage',
            version: 'v2',
            metadata: [
              { name: 'accountName', value: 'stdata' },
              { name: 'azureClientId', value: identityFacts().clientId },
              { name: 'containerName', value: 'orders' },
            ],
          },
          scopes: ['orders'],
        },
      },
    ])
  })

  it('refers to its key, which stands in a Secret', async () => {
    const cluster = fakeCluster()
    const ports = portsOf({ kubernetes: async () => cluster })
    const before = viewFor({ auth: 'secret', roles: [] })
    const run = await attempted(writeShapes, before, ports)
    const [secretOf, component] = [...cluster.contents.values()]
    expect(secretOf?.data?.reveal()).toEqual({ accountKey: 'key-1' })
    expect(JSON.stringify(component?.fields)).not.toContain('key-1')
    expect(component?.fields?.['spec']).toMatchObject({
      metadata: expect.arrayContaining([{ name: 'accountKey', secretKeyRef: { name: 'sc-data-dapr', key: 'accountKey' } }]),
    })
    await attempted(writeShapes, { ...following(writeShapes, before, run), removing: true }, ports)
    expect(cluster.contents.size).toBe(0)
  })
})
