// The transport by extension, with the app's own client against the simulated provider and its agent in the cluster.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createArm } from '../../src/azure/arm.ts'
import { extensionTransport } from '../../src/azure/extension-transport.ts'
import { findExtension } from '../../src/local/cloud/arm/extension.ts'
import { storeOf } from '../../src/local/cloud/kubernetes/store.ts'
import { bodyOf, extensionApi, extensionId } from '../../src/model/extension.ts'
import { loop } from '../../src/model/loop.ts'
import type { ObservedState } from '../../src/model/managed-object.ts'
import { secret } from '../../src/model/secret.ts'
import type { Arm } from '../../src/ports/azure.ts'
import type { Carried, KubernetesObject, ManagedKubernetesObject, Transport } from '../../src/ports/kubernetes.ts'
import { clusterPath } from '../local/cloud/arm/arm-world.ts'
import { type AzureWorld, azureWorld, failure } from './azure-world.ts'

const cluster = loop('cluster', clusterPath('c1'))
const object = (name: string, kind: ManagedKubernetesObject['kind'] = 'Secret', owner = 'me'): ManagedKubernetesObject => ({
  kind,
  id: `${cluster.key}/orders/${kind}/${name}`,
  summary: `${kind} ${name}`,
  cluster,
  clusterUid: 'uid',
  namespace: 'orders',
  name,
  owner,
  transport: 'extension',
})
const objectOf = ({ kind, namespace, name }: ManagedKubernetesObject, value = 'hunter2'): KubernetesObject => ({
  kind,
  namespace,
  name,
  ...(kind === 'Secret' ? { data: secret({ PASSWORD: value }) } : { annotations: { 'azure.workload.identity/client-id': value } }),
})

describe('the transport by extension', () => {
  let world: AzureWorld
  let arm: Arm
  let transport: Transport
  /** What the API server answers, instead of `absent`. */
  let existing: ObservedState | undefined
  beforeEach(async () => {
    world = await azureWorld()
    arm = createArm(world.connection())
    existing = undefined
    transport = extensionTransport(
      arm,
      cluster,
      'test',
      () => world.clock.now(),
      async (objects) => objects.map(({ id }): ObservedState => existing ?? { id, state: 'absent' }),
    )
    await arm.put(extensionId(cluster.id), extensionApi, bodyOf(undefined, {}))
    await world.clock.pass(5 * 60_000)
  })
  afterEach(() => world.close())

  const see = async (of: ManagedKubernetesObject, content?: KubernetesObject, isTracked = true) =>
    (await transport.observe([of], new Map(content ? [[of.id, content]] : []), new Set(isTracked ? [of.id] : [])))[0]
  const done = async (carried: Carried) => {
    if (!('started' in carried)) throw new Error(`nothing was started: ${JSON.stringify(carried)}`)
    await world.clock.pass(5 * 60_000)
    return await arm.operation(carried.started.url)
  }
  const absent = { id: '', state: 'absent' } as const
  const there = (of: ManagedKubernetesObject) =>
    storeOf(world.cloud.world, cluster.id.toLowerCase()).get(of.kind === 'Secret' ? 'secrets' : 'serviceaccounts', of.namespace, of.name)

  it('overwrites nothing that is there, and nothing of which it cannot know', async () => {
    const photos = object('sc-photos-secret')
    existing = { id: photos.id, state: 'same', mark: 'foreign' }
    expect(await see(photos, objectOf(photos), false)).toMatchObject({
      state: 'different',
      mark: 'foreign',
      difference: expect.stringContaining('it already exists'),
    })
    existing = { id: photos.id, state: 'unknown', problem: { code: 'Forbidden', text: '', cause: '', remediation: '', link: '' } }
    expect(await see(photos, objectOf(photos), false)).toMatchObject({
      state: 'different',
      mark: 'foreign',
      difference: expect.stringContaining('cannot be reached'),
    })
  })

  it('requests a Secret, knows it by its applied hash, and sees when another content is desired', async () => {
    const photos = object('sc-photos-secret')
    expect(await see(photos, objectOf(photos), false)).toEqual({ id: photos.id, state: 'absent' })
    const carried = await transport.apply(photos, objectOf(photos), absent)
    expect(carried).toMatchObject({ started: { objects: [photos.id], what: expect.stringContaining('sc-photos-secret') } })
    expect(await see(photos, objectOf(photos))).toMatchObject({ state: 'different', difference: 'the extension is still processing it' })
    expect(await see(photos, objectOf(photos))).toMatchObject({ state: 'different', mark: 'ours' })
    // An applied hash can be written by anyone who may change the extension.
    expect(await see(photos, objectOf(photos), false)).toMatchObject({ state: 'different', mark: 'foreign' })
    expect(await done(carried)).toEqual({ state: 'done' })
    expect(there(photos)).toMatchObject({ data: { PASSWORD: Buffer.from('hunter2').toString('base64') } })
    expect(await see(photos, objectOf(photos))).toEqual({ id: photos.id, state: 'same', mark: 'ours' })
    expect(await see(photos)).toEqual({ id: photos.id, state: 'same', mark: 'ours' })
    expect(await see(photos, objectOf(photos, 'changed'))).toMatchObject({ state: 'different', mark: 'ours' })
    expect(await see(object('sc-photos-secret', 'Secret', 'another'), objectOf(photos))).toMatchObject({ mark: 'foreign' })
    expect(JSON.stringify(findExtension(world.cloud.world, extensionId(cluster.id))?.properties)).not.toContain('hunter2')
  })

  it('hands over ServiceAccounts with their annotations', async () => {
    const account = object('sc-account-1', 'ServiceAccount')
    await done(await transport.apply(account, objectOf(account), absent))
    expect(there(account)?.metadata.annotations).toEqual({ 'azure.workload.identity/client-id': 'hunter2' })
  })

  it('removes objects, which Azure Service Connector never does', async () => {
    const photos = object('sc-photos-secret')
    await done(await transport.apply(photos, objectOf(photos), absent))
    await done(await transport.remove(photos, absent))
    expect(there(photos)).toBeUndefined()
    expect(await see(photos)).toEqual({ id: photos.id, state: 'absent' })
  })

  it('keeps the applied hashes of others, and waits while the extension is at work for them', async () => {
    const [one, two] = [object('sc-one-secret'), object('sc-two-secret')]
    const first = await transport.apply(one, objectOf(one), absent)
    expect(await transport.apply(two, objectOf(two), absent)).toMatchObject({
      waiting: { text: expect.stringContaining('one at a time') },
    })
    await done(first)
    const second = await transport.apply(two, objectOf(two), absent)
    expect(await see(one, objectOf(one))).toMatchObject({ state: 'same' })
    await done(second)
    expect([await see(one, objectOf(one)), await see(two, objectOf(two))]).toMatchObject([{ state: 'same' }, { state: 'same' }])
  })

  it('says what the extension failed with, of that order only', async () => {
    const [good, bad] = [object('sc-good-secret'), { ...object('sc-bad-secret'), namespace: 'nowhere' }]
    await done(await transport.apply(good, objectOf(good), absent))
    expect(await done(await transport.apply(bad, objectOf(bad), absent))).toMatchObject({
      state: 'failed',
      message: expect.stringContaining('job failed'),
    })
    expect(await see(bad, objectOf(bad))).toMatchObject({
      state: 'different',
      mark: 'ours',
      difference: expect.stringContaining('job failed'),
    })
    expect(await see(good, objectOf(good))).toMatchObject({ state: 'same' })
    const next = object('sc-next-secret')
    await done(await transport.apply(next, objectOf(next), absent))
    expect(await see(bad, objectOf(bad))).toMatchObject({ state: 'different', difference: 'the extension has no applied hash for it' })
    expect(await see(good, objectOf(good))).toMatchObject({ state: 'same' })
  })

  it('requests again what has no applied hash, because Azure’s own connector drops those of the app', async () => {
    const photos = object('sc-photos-secret')
    await done(await transport.apply(photos, objectOf(photos), absent))
    await arm.put(extensionId(cluster.id), extensionApi, bodyOf(undefined, {}))
    await world.clock.pass(5 * 60_000)
    expect(await see(photos, objectOf(photos))).toMatchObject({ state: 'different', mark: 'none' })
    expect(await see(photos, objectOf(photos), false)).toEqual({ id: photos.id, state: 'absent' })
  })

  it('can say nothing of anything when the extension is gone, and can give no order', async () => {
    const photos = object('sc-photos-secret')
    await world.as('ada').send('DELETE', `${extensionId(cluster.id)}?api-version=${extensionApi}&forceDelete=true`)
    expect(await see(photos)).toMatchObject({ state: 'unknown', problem: { code: 'ExtensionRemoved' } })
    expect(await failure(transport.apply(photos, objectOf(photos), absent))).toMatchObject({ class: 'manual', code: 'ExtensionRemoved' })
  })

  it('keeps a version that a person pinned', async () => {
    const pinned = {
      properties: { ...(bodyOf(undefined, {}) as { properties: object }).properties, autoUpgradeMinorVersion: false, version: '1.0.1' },
    }
    await arm.put(extensionId(cluster.id), extensionApi, pinned)
    await world.clock.pass(5 * 60_000)
    const photos = object('sc-photos-secret')
    await done(await transport.apply(photos, objectOf(photos), absent))
    expect(findExtension(world.cloud.world, extensionId(cluster.id))?.properties).toMatchObject({
      autoUpgradeMinorVersion: false,
      version: '1.0.1',
    })
  })
})
