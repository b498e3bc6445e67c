import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { storeOf } from '../../../../src/local/cloud/kubernetes/store.ts'
import { type Blobs, serveBlobs } from '../blobs.ts'
import { type ArmWorld, armWorld, clusterPath } from './arm-world.ts'

const provider = `${clusterPath('c1')}/providers/Microsoft.KubernetesConfiguration`
const path = `${provider}/fluxConfigurations/sc?api-version=2025-04-01`
const secret = (name: string, namespace = 'orders', value = 'YQ==') =>
  JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, type: 'Opaque', data: { A: value } })

describe('Flux configurations of a cluster', () => {
  let world: ArmWorld
  let blobs: Blobs
  let clientId: unknown
  beforeEach(async () => {
    world = await armWorld({ people: [{ name: 'ada', roles: [{ role: 'Owner' }] }] })
    blobs = serveBlobs(world.cloud, 'manifests')
    const { body } = await world.as('ada').send('GET', `${clusterPath('c1')}?api-version=2026-06-01`)
    clientId = (body as unknown as { properties: { identityProfile: { kubeletidentity: { clientId: string } } } }).properties
      .identityProfile.kubeletidentity.clientId
  })
  afterEach(() => world.close())

  const configuration = (more: object = {}) => ({
    properties: {
      scope: 'namespace',
      namespace: 'orders',
      sourceKind: 'AzureBlob',
      azureBlob: {
        url: 'https://manifests.blob.core.windows.net',
        containerName: 'orders',
        managedIdentity: { clientId },
        syncIntervalInSeconds: 60,
      },
      kustomizations: { objects: { path: './', prune: true, wait: true, syncIntervalInSeconds: 60 } },
      ...more,
    },
  })
  const send = (method: string, at = path, body?: unknown) => world.as('ada').send(method, at, body)
  const read = async () => (await send('GET')).body['properties'] as unknown as Record<string, unknown>
  const secrets = () =>
    (storeOf(world.cloud.world, clusterPath('c1').toLowerCase()).list('secrets', 'orders') ?? []).map(({ metadata }) => metadata.name)
  async function install() {
    const extension = `${provider}/extensions/flux?api-version=2023-05-01`
    await send('PUT', extension, { properties: { extensionType: 'microsoft.flux', autoUpgradeMinorVersion: true } })
    await world.clock.pass(5 * 60_000)
  }

  it('wants the extension first, a name that fits, and no change of its namespace', async () => {
    expect(await send('PUT', path, configuration())).toMatchObject({ status: 400 })
    await install()
    expect(await send('PUT', path.replace('/sc?', `/${'a'.repeat(31)}?`), configuration())).toMatchObject({ status: 400 })
    expect(await send('PUT', path, configuration())).toMatchObject({ status: 201, body: { properties: { provisioningState: 'Creating' } } })
    expect(await send('PUT', path, configuration())).toMatchObject({ status: 409 })
    await world.clock.pass(5 * 60_000)
    expect(await send('PUT', path, configuration({ namespace: 'billing' }))).toMatchObject({ status: 400 })
    expect(await send('DELETE', path.replace('/sc?', '/other?'))).toMatchObject({ status: 204 })
  })

  it('applies what is in the container, undoes what others do, prunes what leaves it, and takes all of it along', async () => {
    await install()
    blobs.put('orders', 'a.yaml', secret('a'))
    blobs.put('orders', 'b.yaml', secret('b'))
    await send('PUT', path, configuration())
    await world.clock.pass(5 * 60_000)
    expect(secrets()).toEqual(['a', 'b'])
    const first = await read()
    expect(first).toMatchObject({ complianceState: 'Compliant', sourceSyncedCommitId: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) })

    const store = storeOf(world.cloud.world, clusterPath('c1').toLowerCase())
    const a = store.get('secrets', 'orders', 'a')
    if (a) store.delete('secrets', a)
    blobs.containers.get('orders')?.delete('b.yaml')
    await world.clock.pass(61_000)
    expect(secrets()).toEqual(['a'])
    // Azure hears of it later.
    expect((await read())['sourceSyncedCommitId']).toBe(first['sourceSyncedCommitId'])
    await world.clock.pass(61_000)
    expect((await read())['sourceSyncedCommitId']).not.toBe(first['sourceSyncedCommitId'])

    await send('DELETE')
    await world.clock.pass(5 * 60_000)
    expect(secrets()).toEqual([])
    expect(await send('GET')).toMatchObject({ status: 404 })
  })

  it('says what is in the way: no right to read, another namespace', async () => {
    await install()
    blobs.put('orders', 'a.yaml', secret('a', 'billing'))
    blobs.refuse(true)
    await send('PUT', path, configuration())
    await world.clock.pass(5 * 60_000)
    expect(JSON.stringify((await read())['statuses'])).toMatch(/Bucket.*AuthorizationPermissionMismatch/)
    blobs.refuse(false)
    await world.clock.pass(3 * 60_000)
    expect(JSON.stringify((await read())['statuses'])).toMatch(/Kustomization.*flux-applier.*cannot patch/)
    expect(await read()).toMatchObject({ complianceState: 'Non-Compliant' })
  })
})
