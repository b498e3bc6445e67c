import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { occupyCluster } from '../../../../src/local/cloud/arm/cluster-lock.ts'
import { troubleExtension } from '../../../../src/local/cloud/arm/extension-agent.ts'
import { storeOf } from '../../../../src/local/cloud/kubernetes/store.ts'
import type { FleetInput } from '../../../../src/local/fleets/fleet.ts'
import { type ArmWorld, armWorld, clusterPath, groupPath } from './arm-world.ts'

const version = '?api-version=2023-05-01'
const path = (query = version): string => `${clusterPath('c1')}/providers/Microsoft.KubernetesConfiguration/extensions/sc-extension${query}`
const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64')
const body = (operation?: 'create' | 'delete', namespace = 'orders') => ({
  properties: {
    extensionType: 'microsoft.servicelinker.connection',
    autoUpgradeMinorVersion: true,
    releaseTrain: 'prod',
    scope: { cluster: { releaseNamespace: 'sc-system' } },
    configurationSettings: { note: 'kept' },
    configurationProtectedSettings: operation
      ? {
          connection: 'photos',
          correlationid: '1',
          operation,
          resources: encoded({ namespace: { name: namespace }, secret: { name: 'sc-photos-secret', namespace, data: { A: 'YQ==' } } }),
        }
      : {},
  },
})

describe('extensions of a cluster', () => {
  let world: ArmWorld
  const open = async (fleet: Partial<FleetInput> = {}): Promise<ArmWorld> => {
    world = await armWorld(fleet)
    return world
  }
  beforeEach(async () => void (await open()))
  afterEach(() => world.close())

  const send = (method: string, to: string, what?: object) => world.as('ada').send(method, to, what)
  const put = (what: object = body()) => send('PUT', path(), what)
  const poll = async (answer: { headers: Headers }) => (await send('GET', answer.headers.get('azure-asyncoperation') ?? '')).body
  const state = async () => ((await send('GET', path())).body['properties'] ?? {}) as unknown as Record<string, unknown>
  const objects = () => storeOf(world.cloud.world, clusterPath('c1').toLowerCase())
  const ended = async (what: object) => {
    const answer = await put(what)
    await world.clock.pass(5 * 60_000)
    return await poll(answer)
  }

  it('are installed by a long-running operation whose Location no caller may follow', async () => {
    const answer = await put()
    expect(answer.status).toBe(201)
    expect(answer.headers.get('azure-asyncoperation')).toMatch(
      /^https:\/\/management\.azure\.com\/.*\/ManagedClusters\/c1\/.*\/extensions\/sc-extension\/operations\/[0-9a-f-]{36}\?api-version=2023-05-01&t=/,
    )
    expect(answer.headers.get('location')).toMatch(/^https:\/\/westeurope\.rp\.kubernetesconfiguration\.azure\.com\//)
    expect(await state()).toMatchObject({ provisioningState: 'Creating', aksAssignedIdentity: null, statuses: [] })
    await world.clock.pass(5 * 60_000)
    expect(await poll(answer)).toMatchObject({ status: 'Succeeded' })
    expect(await state()).toMatchObject({
      provisioningState: 'Succeeded',
      aksAssignedIdentity: { principalId: expect.any(String) },
      configurationSettings: { note: 'kept' },
    })
    expect(objects().get('namespaces', '', 'sc-system')).toBeDefined()
    expect(objects().get('secrets', 'sc-system', 'sh.helm.release.v1.sc-extension.v1')?.metadata.labels).toMatchObject({
      owner: 'helm',
      status: 'deployed',
    })
  })

  it('are polled in their own words, without times, and name the guid as it is', async () => {
    const making = await put()
    const [, guid = ''] = /operations\/([^?]+)/.exec(making.headers.get('azure-asyncoperation') ?? '') ?? []
    const made = await poll(making)
    expect(made).toEqual({
      id: expect.stringMatching(new RegExp(`/ManagedClusters/.*/operations/${guid}$`)),
      name: guid,
      status: 'Creating',
    })
    await world.clock.pass(5 * 60_000)
    const deleting = await send('DELETE', path())
    expect([deleting.headers.get('location'), (await poll(deleting))['status']]).toEqual([null, 'Deleting'])
  })

  it('apply what is handed over in protected settings, by a job that is gone afterwards, and never answer their values', async () => {
    await ended(body())
    const answer = await put(body('create'))
    await world.clock.pass(6_000)
    expect(objects().get('jobs', 'sc-system', 'sc-job')).toMatchObject({ apiVersion: 'batch/v1', status: { active: 1 } })
    await world.clock.pass(5 * 60_000)
    expect(await poll(answer)).toMatchObject({ status: 'Succeeded' })
    expect(objects().get('secrets', 'orders', 'sc-photos-secret')).toMatchObject({ type: 'Opaque', data: { A: 'YQ==' } })
    expect(objects().get('jobs', 'sc-system', 'sc-job')).toBeUndefined()
    expect(await state()).toMatchObject({ configurationProtectedSettings: { connection: '', operation: '', resources: '' } })
    expect(await ended(body('delete'))).toMatchObject({ status: 'Succeeded' })
    expect(objects().get('secrets', 'orders', 'sc-photos-secret')).toBeUndefined()
  })

  it('leave the job, its condition and its log behind where it fails', async () => {
    await ended(body())
    expect(await ended(body('create', 'nowhere'))).toMatchObject({
      status: 'Failed',
      error: { code: 'ExtensionOperationFailed', message: expect.stringContaining('job failed: BackoffLimitExceeded') },
    })
    expect(await state()).toMatchObject({
      provisioningState: 'Failed',
      statuses: [{ level: 'Error', message: 'job failed: BackoffLimitExceeded' }],
    })
    expect(objects().get('jobs', 'sc-system', 'sc-job')).toMatchObject({
      status: { conditions: [{ type: 'Failed', reason: 'BackoffLimitExceeded' }] },
    })
  })

  it('take one write at a time, and refuse another type, a version beside auto-upgrade and a stopped cluster', async () => {
    await put()
    expect(await put()).toMatchObject({ status: 409, body: { error: { message: expect.stringContaining('conflicting operation') } } })
    await world.clock.pass(5 * 60_000)
    const refused = (
      await Promise.all(
        [{ extensionType: 'microsoft.flux' }, { version: '1.2.3' }].map((more) => put({ properties: { ...body().properties, ...more } })),
      )
    ).map(({ status }) => status)
    expect(refused).toEqual([400, 400])
    await send('POST', `${clusterPath('c1')}/stop?api-version=2026-06-01`)
    await world.clock.pass(10 * 60_000)
    expect(await put()).toMatchObject({ status: 400, body: { message: expect.stringContaining('Power State(Stopped)') } })
  })

  it('take the lock of the cluster some seconds later, though it reads Succeeded', async () => {
    await put()
    const url = `${clusterPath('c1')}?api-version=2026-06-01`
    const cluster = (await send('GET', url)).body
    await world.clock.pass(6_000)
    expect((await send('GET', url)).body).toMatchObject({ properties: { provisioningState: 'Succeeded' } })
    expect(await send('PUT', url, cluster)).toMatchObject({
      status: 409,
      body: { message: expect.stringContaining('PutExtensionAddonHandler.PUT') },
    })
    await world.clock.pass(70_000)
    expect((await send('PUT', url, cluster)).status).toBe(200)
  })

  it('fail where another operation has the lock, with the conflict deep in the text', async () => {
    occupyCluster(world.cloud.world, clusterPath('c1'), 'agent-pool', 120_000)
    const answer = await put()
    await world.clock.pass(10_000)
    expect(await poll(answer)).toMatchObject({
      status: 'Failed',
      error: { message: expect.stringMatching(/Error code: Conflict.*EtagMismatch/) },
    })
  })

  it.each([
    ['agent-silent', /Unable to get the status from the local CRD/],
    ['egress-blocked', /Unable to download the Helm chart/],
    ['image-refused', /Timed out waiting for the resource/],
    ['helm-timeout', /Timed out waiting for resource readiness/],
    ['resource-exists', /Resource already exists in your cluster/],
  ] as const)('fail with what is in the way in the cluster: %s', async (trouble, words) => {
    troubleExtension(world.cloud.world, clusterPath('c1'), trouble)
    expect(await ended(body())).toMatchObject({ status: 'Failed', error: { message: expect.stringMatching(words) } })
    troubleExtension(world.cloud.world, clusterPath('c1'), undefined)
    expect(await ended(body())).toMatchObject({ status: 'Succeeded' })
  })

  it('get no answer of the agent where all node pools are for critical add-ons only', async () => {
    await world.close()
    const agentPoolProfiles = [{ name: 'system', mode: 'System', nodeTaints: ['CriticalAddonsOnly=true:NoSchedule'] }]
    await open({ clusters: [{ name: 'c1', group: 'shop', region: 'westeurope', properties: { agentPoolProfiles } }] })
    expect(await ended(body())).toMatchObject({
      error: { message: expect.stringContaining('Unable to get a response from the agent in time') },
    })
  })

  it('need their provider registered, and the right on the add-on beside their own', async () => {
    await world.close()
    await open({
      unregisteredProviders: ['Microsoft.KubernetesConfiguration'],
      people: [
        { name: 'ada', roles: [{ role: 'Owner' }] },
        { name: 'eve', roles: [{ role: 'Kubernetes Extension Contributor' }, { role: 'Reader' }] },
      ],
    })
    expect(await put()).toMatchObject({ status: 409, body: { error: { code: 'MissingSubscriptionRegistration' } } })
    const provider = `/subscriptions/${groupPath('').split('/')[2]}/providers/Microsoft.KubernetesConfiguration`
    await send('POST', `${provider}/register?api-version=2021-04-01`)
    expect((await send('GET', `${provider}?api-version=2021-04-01`)).body).toMatchObject({ registrationState: 'Registering' })
    await world.clock.pass(2 * 60_000)
    expect(await world.as('eve').send('PUT', path(), body())).toMatchObject({
      status: 403,
      body: { error: { message: expect.stringContaining('managedClusters/extensionaddons/write') } },
    })
    expect((await put()).status).toBe(201)
  })

  it('leave what their jobs applied when they are uninstalled', async () => {
    await ended(body())
    await ended(body('create'))
    expect((await send('DELETE', path())).status).toBe(202)
    await world.clock.pass(5 * 60_000)
    expect((await send('GET', path())).status).toBe(404)
    expect(objects().get('namespaces', '', 'sc-system')).toBeUndefined()
    expect(objects().get('secrets', 'orders', 'sc-photos-secret')).toBeDefined()
    await put()
    expect(await send('DELETE', path(`${version}&forceDelete=true`))).toMatchObject({
      status: 200,
      body: { content: null, statusCode: 200 },
    })
  })
})
