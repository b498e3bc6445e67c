import { describe, expect, it } from 'vitest'
import { finish } from '../../../src/engine/attempt-result.ts'
import { carryOut } from '../../../src/engine/carry-out.ts'
import { digestOf, withAppliedHash } from '../../../src/model/applied-hash.ts'
import { extensionId } from '../../../src/model/extension.ts'
import type { ClusterFacts } from '../../../src/model/facts.ts'
import { installExtension } from '../../../src/steps/cluster/install-extension.ts'
import { attempted, clusterFacts, connection, fakeArm, now, portsOf, refusal, shop, tracked, viewOf } from '../builders.ts'

const id = extensionId(shop.id)
const cluster = (state = 'Succeeded') => ({ location: 'westeurope', properties: { provisioningState: state } })
const extension = (properties: object = {}) => ({
  id,
  properties: {
    extensionType: 'Microsoft.ServiceLinker.Connection',
    provisioningState: 'Succeeded',
    autoUpgradeMinorVersion: true,
    releaseTrain: 'prod',
    ...properties,
  },
})
const armWith = (there?: object, state?: string) => fakeArm({ [shop.id]: cluster(state), ...(there ? { [id]: there as never } : {}) })
const member = connection({ transport: 'extension' })
const view = (facts: Partial<ClusterFacts> = {}, more: object = {}) =>
  viewOf(shop, { facts: clusterFacts({ provider: 'Registered', ...facts }), members: [member], ...more })
const puts = (arm: ReturnType<typeof armWith>) => arm.calls.filter((call) => call.startsWith('PUT'))
const appliedHashes = withAppliedHash({}, 'a thing', { installation: 'test', owner: 'me', digest: digestOf('a', 'b') })

describe('install-extension', () => {
  it('wants nothing, and asks nothing, where every connection comes directly', async () => {
    const arm = armWith()
    await attempted(installExtension, view({}, { members: [connection()] }), portsOf({ arm }))
    expect(arm.calls).toEqual([])
  })

  it('installs it as Azure Service Connector does: name, type, namespace, train and auto-upgrade', async () => {
    const arm = armWith()
    let sent: unknown
    arm.put = async (_id, _version, body) => {
      sent = body
      return { body, operation: 'https://management.azure.com/operation' }
    }
    const run = await attempted(installExtension, view(), portsOf({ arm }))
    expect(run.started?.url).toBe('https://management.azure.com/operation')
    expect(sent).toEqual({
      properties: {
        extensionType: 'microsoft.servicelinker.connection',
        autoUpgradeMinorVersion: true,
        releaseTrain: 'prod',
        scope: { cluster: { releaseNamespace: 'sc-system' } },
        configurationSettings: {},
        configurationProtectedSettings: {},
      },
    })
  })

  it('installs the provider of App Configuration beside it, one at a time, and leaves alone one that has another name', async () => {
    const bringing = connection({ type: 'appconfig', kubernetesExtension: true })
    const both = { members: [member, bringing] }
    const arm = armWith()
    arm.list = async () => []
    const sent: unknown[] = []
    arm.put = async (path, _version, body) => {
      sent.push([path.split('/').at(-1), (body as { properties: { extensionType: string } }).properties.extensionType])
      return { body, operation: 'https://management.azure.com/operation' }
    }
    await attempted(installExtension, view({}, both), portsOf({ arm }))
    expect(sent).toEqual([['sc-extension', 'microsoft.servicelinker.connection']])
    arm.resources.set(id.toLowerCase(), extension() as never)
    await attempted(installExtension, view({}, both), portsOf({ arm }))
    expect(sent[1]).toEqual(['appconfigurationkubernetesprovider', 'microsoft.appconfiguration'])

    arm.list = async () => [
      extension({ extensionType: 'Microsoft.AppConfiguration', provisioningState: 'Updating', currentVersion: '2.1' }),
    ]
    const run = await attempted(installExtension, view({}, { members: [bringing] }), portsOf({ arm }))
    expect(run).toMatchObject({ facts: { appConfiguration: 'ready' }, tracked: [{ ownership: 'adopted' }] })
    expect(sent).toHaveLength(2)
  })

  it('adopts one that is there already, tells the connections, and never deletes it', async () => {
    const arm = armWith(extension())
    const run = await attempted(installExtension, view(), portsOf({ arm }))
    expect(run).toMatchObject({ facts: { extension: 'ready' }, tracked: [{ ownership: 'adopted' }] })
    const ours = view({}, { members: [], tracked: { 'install-extension': run.tracked.map(({ object }) => tracked(object)) } })
    expect((await attempted(installExtension, ours, portsOf({ arm }))).tracked).toEqual([])
    expect([...puts(arm), ...arm.calls.filter((call) => call.startsWith('DELETE'))]).toEqual([])
  })

  it('finds before any write that all node pools are for critical add-ons only', async () => {
    const arm = armWith()
    const run = await attempted(installExtension, view({ criticalOnly: true }), portsOf({ arm }))
    expect(run.problems).toMatchObject([{ code: 'ExtensionNotSchedulable', of: member.key, text: expect.stringContaining('shop') }])
    expect(arm.calls).toEqual([])
  })

  it('waits for the provider, for the cluster, and for a change of it that was begun since it was read', async () => {
    const waits = async (facts: Partial<ClusterFacts>, arm = armWith()) => {
      const run = await attempted(installExtension, view(facts), portsOf({ arm }))
      expect(puts(arm)).toEqual([])
      return run.waits.map(({ text }) => text)
    }
    const { provider: _, ...unregistered } = clusterFacts({ provider: 'x' })
    const run = await attempted(installExtension, viewOf(shop, { facts: unregistered, members: [member] }), portsOf({ arm: armWith() }))
    expect(run.waits).toMatchObject([{ text: expect.stringContaining('is registered') }])
    expect(await waits({ state: 'Updating' })).toEqual([expect.stringContaining('Succeeded and idle')])
    expect(await waits({}, armWith(undefined, 'Updating'))).toEqual([expect.stringContaining('another change of the cluster')])
  })

  it('waits where the registration is under way and the region not ready yet, and stops where there is none', async () => {
    const arm = armWith()
    arm.refuse = (call) => (call.startsWith('PUT') ? refusal({ class: 'manual', code: 'ProviderNotRegistered' }) : undefined)
    expect((await attempted(installExtension, view({ provider: 'Registering' }), portsOf({ arm }))).waits).toMatchObject([
      { text: expect.stringContaining('in this region') },
    ])
    expect((await attempted(installExtension, view(), portsOf({ arm }))).failure?.fields.code).toBe('ProviderNotRegistered')
  })

  it('puts its own again where it failed, and passes on the status of a foreign one', async () => {
    const failed = extension({
      provisioningState: 'Failed',
      statuses: [{ level: 'Error', message: 'Timed out waiting for resource readiness' }],
    })
    const [object] = installExtension.desired(view()).objects
    if (!object) throw new Error('it wants nothing')
    const arm = armWith(failed)
    await attempted(installExtension, view({}, { tracked: { 'install-extension': [tracked(object)] } }), portsOf({ arm }))
    expect(puts(arm)).toHaveLength(1)
    const others = armWith(failed)
    const run = await attempted(installExtension, view(), portsOf({ arm: others }))
    expect(puts(others)).toEqual([])
    expect(run).toMatchObject({
      facts: { extension: 'unwell' },
      problems: [{ code: 'NotOurs', text: expect.stringContaining('Timed out') }],
    })
  })

  it('keeps what was requested between its read and its write', async () => {
    const arm = armWith(extension({ provisioningState: 'Failed' }))
    const ours = view({}, { tracked: { 'install-extension': installExtension.desired(view()).objects.map((object) => tracked(object)) } })
    await carryOut(installExtension, ours, undefined, portsOf({ arm }), 'apply', async () => {
      arm.resources.set(id.toLowerCase(), extension({ provisioningState: 'Failed', configurationSettings: appliedHashes }))
      return true
    })
    expect(arm.resources.get(id.toLowerCase())).toMatchObject({ properties: { configurationSettings: appliedHashes } })
  })

  it('takes an extension for installed whose last order failed: that is the business of the connection', async () => {
    const arm = armWith(extension({ provisioningState: 'Failed', configurationSettings: appliedHashes }))
    const run = await attempted(installExtension, view(), portsOf({ arm }))
    expect({ facts: run.facts, problems: run.problems, puts: puts(arm) }).toEqual({ facts: { extension: 'ready' }, problems: [], puts: [] })
  })

  it('makes a problem of what a working extension complains about, without the words of one that has seen Secrets', async () => {
    const arm = armWith(
      extension({
        statuses: [
          { level: 'Information', message: 'fine' },
          { level: 'Error', message: 'the pod crashes' },
        ],
      }),
    )
    expect((await attempted(installExtension, view(), portsOf({ arm }))).problems).toMatchObject([
      { code: 'ExtensionFailed', text: expect.stringContaining('not repeated') },
    ])
  })

  it('leaves the name alone where another type of extension has it', async () => {
    const arm = armWith(extension({ extensionType: 'microsoft.flux' }))
    const run = await attempted(installExtension, view(), portsOf({ arm }))
    expect(run.unknown).toMatchObject([{ code: 'ExtensionOfAnother' }])
    expect(puts(arm)).toEqual([])
  })

  it('reports, with three ways to do it by hand, where no policy lets the cluster be changed', async () => {
    const run = await attempted(installExtension, view(), portsOf({ arm: armWith() }), { mode: 'report' })
    expect(run.report).toMatchObject({ code: 'ExtensionNotInstalled', text: expect.stringContaining('cluster shop') })
    expect(Object.keys(run.report?.commands ?? {})).toEqual(['cli', 'bicep', 'terraform'])
    expect(finish(run, undefined, now).outcome.kind).toBe('reported')
  })
})
