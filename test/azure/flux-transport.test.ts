// The transport by Flux, on its ports: what it believes, and what it writes and removes. private-clusters.test.ts has the whole way.
import { beforeEach, describe, expect, it } from 'vitest'
import { type FluxStore, fluxTransport } from '../../src/azure/flux-transport.ts'
import { manifestOf } from '../../src/kubernetes/manifest.ts'
import { fluxBodyOf, fluxId, fluxName, revisionsOf } from '../../src/model/flux.ts'
import type { ObservedState } from '../../src/model/managed-object.ts'
import { secret } from '../../src/model/secret.ts'
import type { KubernetesObject, ManagedKubernetesObject } from '../../src/ports/kubernetes.ts'
import { type FakeBlobs, fakeBlobs } from '../fake-blobs.ts'
import { type FakeArm, fakeArm, shop } from '../steps/builders.ts'

const name = fluxName('test', shop, 'orders')
const id = fluxId(shop.id, name)
const source = { account: 'manifests', name, namespace: 'orders', clientId: 'c' }
const object: ManagedKubernetesObject = {
  kind: 'Secret',
  id: `${shop.key}/orders/Secret/sc-photos-secret`,
  summary: 'Secret sc-photos-secret',
  cluster: shop,
  clusterUid: 'uid',
  namespace: 'orders',
  name: 'sc-photos-secret',
  owner: 'me',
  transport: 'flux',
}
const content = (endpoint = 'https://a'): KubernetesObject => ({
  kind: 'Secret',
  namespace: 'orders',
  name: object.name,
  data: secret({ ENDPOINT: endpoint }),
})

describe('the transport by Flux', () => {
  let arm: FakeArm
  let blobs: FakeBlobs
  let existing: ObservedState | undefined
  const transportWith = (store: FluxStore | undefined) =>
    fluxTransport({
      arm,
      store,
      cluster: shop,
      installation: 'test',
      manifestOf,
      peek: async (objects) => objects.map((one): ObservedState => existing ?? { id: one.id, state: 'absent' }),
    })
  const transport = () => transportWith({ account: 'manifests', blobs })
  const see = async (wanted?: KubernetesObject, isTracked = true) =>
    (await transport().observe([object], new Map(wanted ? [[object.id, wanted]] : []), new Set(isTracked ? [object.id] : [])))[0]
  /** Azure hears that Flux has applied what is in the container now. */
  async function applies(more: object = {}): Promise<void> {
    const [revision] = revisionsOf((await blobs.list(name)) ?? [])
    const { properties } = fluxBodyOf(source) as { properties: object }
    const condition = { type: 'Ready', status: 'True', message: `Applied revision: ${revision}` }
    const statuses = [{ name: `${name}-objects`, kind: 'Kustomization', statusConditions: [condition] }]
    arm.resources.set(id.toLowerCase(), { id, properties: { ...properties, provisioningState: 'Succeeded', statuses, ...more } })
  }
  beforeEach(async () => {
    arm = fakeArm()
    blobs = fakeBlobs()
    existing = undefined
    await blobs.make(name)
    await applies()
  })

  it('counts an object as there, and as gone, only when Flux has applied what lies there now', async () => {
    expect(await see(content(), false)).toMatchObject({ state: 'absent' })
    // By another transport, or removed there by another writer.
    expect(await see(content())).toMatchObject({ state: 'different', mark: 'ours' })
    expect(await transport().apply(object, content(), { id: object.id, state: 'absent' })).toMatchObject({
      waiting: { text: expect.stringContaining('waiting for Flux to apply Secret sc-photos-secret') },
    })
    // What Azure says is of an hour ago.
    expect(await see(content())).toMatchObject({ state: 'different', mark: 'ours', asWritten: true })
    await applies()
    expect(await see(content())).toMatchObject({ state: 'same', mark: 'ours' })
    expect(await see(content('https://b'))).toMatchObject({ state: 'different', difference: 'its content' })

    const seen = await see()
    if (!seen) throw new Error('it was not observed')
    expect(await transport().remove(object, seen)).toMatchObject({
      waiting: { text: expect.stringContaining('waiting for Flux to remove') },
    })
    expect(await blobs.list(name)).toEqual([])
    expect(await see()).toMatchObject({ state: 'same', mark: 'ours' })
    await applies()
    expect(await see()).toMatchObject({ state: 'absent' })
  })

  it('is not convinced while the configuration is being changed, nor by one that reads something else', async () => {
    await blobs.write(name, 'secret-sc-photos-secret.yaml', manifestOf(content(), 'test', 'me').reveal())
    await applies({ provisioningState: 'Updating' })
    expect(await see(content())).toMatchObject({ state: 'different' })
    await applies({ azureBlob: { url: 'https://others.blob.core.windows.net', containerName: name } })
    expect(await see(content())).toMatchObject({ state: 'unknown', problem: { code: 'FluxOfAnother' } })
  })

  it('writes once, and what was reverted again', async () => {
    await transport().apply(object, content(), { id: object.id, state: 'absent' })
    const first = await blobs.list(name)
    const seen = await see(content())
    if (!seen) throw new Error('it was not observed')
    await transport().apply(object, content(), seen)
    expect(await blobs.list(name)).toEqual(first)
    await blobs.drop(name)
    expect(await see(content())).toMatchObject({ state: 'different', difference: 'it is not where Flux reads' })
    await transport().apply(object, content(), { id: object.id, state: 'absent' })
    expect(await blobs.list(name)).toHaveLength(1)
    blobs.going = true
    await blobs.drop(name)
    expect(await transport().apply(object, content(), { id: object.id, state: 'absent' })).toMatchObject({
      waiting: { text: expect.stringContaining('former container') },
    })
  })

  it('takes over nothing that exists, and no blob that the ledger does not know', async () => {
    existing = { id: object.id, state: 'same', mark: 'foreign' }
    expect(await see(content(), false)).toMatchObject({ state: 'different', mark: 'foreign' })
    existing = undefined
    await blobs.write(name, 'secret-sc-photos-secret.yaml', manifestOf(content(), 'test', 'me').reveal())
    await applies()
    expect(await see(content(), false)).toMatchObject({ state: 'same', mark: 'foreign' })
  })

  it('holds what went with its configuration for gone, and knows nothing without an account', async () => {
    arm.resources.clear()
    await blobs.drop(name)
    expect(await see()).toMatchObject({ state: 'absent' })
    const [unknown] = await transportWith(undefined).observe([object], new Map())
    expect(unknown).toMatchObject({ state: 'unknown', problem: { code: 'FluxNotConfigured' } })
  })
})
