import { describe, expect, it } from 'vitest'
import { problemOf } from '../../../src/errors/catalogue.ts'
import type { Connection } from '../../../src/model/connection.ts'
import type { ConnectionFacts } from '../../../src/model/facts.ts'
import { secret } from '../../../src/model/secret.ts'
import type { SecretRef } from '../../../src/model/secret-ref.ts'
import { writeShapes } from '../../../src/steps/connection/write-shapes.ts'
import { allowAll } from '../../model/allow-all.ts'
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
    expect(run.facts).toMatchObject({ bindingSecret: 'sc-data-binding' })
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
    expect([cluster.contents.size, left.facts]).toEqual([0, expect.objectContaining({ bindingSecret: undefined })])
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

describe('a second Secret', () => {
  const keptSecret = { vault: 'teamvault', name: 'shop', version: '7' }
  const kept = connection({
    shape: 'servicebinding',
    auth: 'service-principal',
    roles: [],
    servicePrincipal: { clientId: 'c', principalId: 'p' },
    keptSecret,
  })
  const viewOfKept = viewOf(loopOf(kept), {
    self: kept,
    facts: { ...written, storedSecret: '7' },
    policies: [{ name: 'all', allow: { ...allowAll, secrets: ['teamvault/*'] } }],
    others: [
      [shop, clusterFacts()],
      [stdata, targetFacts()],
    ],
  })

  it('has a secret that its author keeps', async () => {
    const cluster = fakeCluster()
    const vault = { ...portsOf({}).vault, read: async ({ id, version }: SecretRef) => secret(`${id}@${version}`) }
    await attempted(writeShapes, viewOfKept, portsOf({ kubernetes: async () => cluster, vault }))
    const { data } = first([...cluster.contents.values()])
    expect(data?.reveal()['client-secret']).toBe('https://teamvault.vault.azure.net/secrets/shop@7')
  })

  it('is written by hand with commands that a shell runs, and removed without any value', () => {
    const { objects } = writeShapes.desired(viewOfKept)
    const [object] = objects
    if (!object) expect.fail('nothing is desired')
    const of = (action: 'create' | 'delete', view: typeof viewOfKept) =>
      writeShapes.byHand?.([{ action, object, observed: { id: object.id, state: 'absent' } }], view)?.cli
    expect(of('create', viewOfKept)).toContain(
      `"$(az keyvault secret show --id 'https://teamvault.vault.azure.net/secrets/shop' --query value --output tsv)"`,
    )
    const { self: _, ...gone } = viewOf(loopOf(kept), { self: kept, others: [] })
    for (const view of [gone, { ...gone, self: kept }])
      expect(of('delete', view)).toBe('kubectl delete secret sc-data-binding --namespace orders')
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
    expect(run.facts).toMatchObject({ bindingSecret: undefined, daprSecret: undefined, daprComponent: 'sc-data' })
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

  it('signs in by the identity of the nodes where that of an add-on opens the vault', async () => {
    const cluster = fakeCluster()
    const vault = { ...dapr, componentType: 'secretstores.azure.keyvault', version: 'v1', metadata: [] }
    const before = viewFor({ type: 'keyvault', auth: 'csi', identity: worker, dapr: vault })
    const others = { services: { keyvault: { endpoint: 'https://teamvault.vault.azure.net/' } } }
    const of: typeof before.of = (loop) => (loop.kind === 'target' ? { ...before.of(loop), ...others } : before.of(loop))
    await attempted(writeShapes, { ...before, of }, portsOf({ kubernetes: async () => cluster }))
    expect(first([...cluster.contents.values()]).fields?.['spec']).toMatchObject({
      metadata: expect.arrayContaining([{ name: 'azureClientId', value: identityFacts().clientId }]),
    })
  })

  it('lets a rotation end once its Secret has the new key, whether or not Dapr is there', async () => {
    const self = plain({ auth: 'secret', roles: [] })
    const rotated = targetFacts({ keys: { slot: 'secondary', rotation: 5 } })
    const view = viewOf(loopOf(self), {
      self,
      facts: written,
      others: [
        [shop, clusterFacts()],
        [stdata, rotated],
      ],
    })
    const cluster = fakeCluster()
    const problem = problemOf({ code: 'ClusterStopped', about: { cluster: 'shop', id: shop.id } })
    const observe: typeof cluster.observe = async (objects, contents, tracked) => {
      const components = new Set(objects.filter(({ kind }) => kind === 'Component').map(({ id }) => id))
      const observed = await cluster.observe(objects, contents, tracked)
      return observed.map((one) => (components.has(one.id) ? { id: one.id, state: 'unknown', problem } : one))
    }
    const run = await attempted(writeShapes, view, portsOf({ kubernetes: async () => ({ ...cluster, observe }) }))
    expect(run.facts).toMatchObject({ daprSecret: 'sc-data-dapr', shapesKeyOf: 5 })
  })

  it('refers to its key, which stands in a Secret', async () => {
    const cluster = fakeCluster()
    const ports = portsOf({ kubernetes: async () => cluster })
    const before = viewFor({ auth: 'secret', roles: [] })
    const run = await attempted(writeShapes, before, ports)
    expect(run.facts).toMatchObject({ daprSecret: 'sc-data-dapr', daprComponent: 'sc-data' })
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
