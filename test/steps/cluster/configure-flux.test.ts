import { describe, expect, it } from 'vitest'
import { modeOf } from '../../../src/contract/digest.ts'
import type { ClusterFacts } from '../../../src/model/facts.ts'
import { type FluxSource, fluxBodyOf, fluxId, fluxName } from '../../../src/model/flux.ts'
import { configureFlux } from '../../../src/steps/cluster/configure-flux.ts'
import { fakeBlobs } from '../../fake-blobs.ts'
import { attempted, clusterFacts, connection, fakeArm, following, installation, portsOf, shop, viewOf } from '../builders.ts'

const kubelet = { clientId: 'aaaaaaaa-0000-4000-8000-000000000009', principalId: 'bbbbbbbb-0000-4000-8000-000000000009' }
const name = fluxName(installation.name, shop, 'orders')
const id = fluxId(shop.id, name)
const source: FluxSource = { account: 'manifests', name, namespace: 'orders', clientId: kubelet.clientId }
const member = connection({ transport: 'flux' })
const view = (more: object = {}, facts: Partial<ClusterFacts> = {}) =>
  viewOf(shop, {
    facts: clusterFacts({ flux: 'ready', kubelet, ...facts }),
    members: [member],
    installation: { ...installation, fluxAccount: 'manifests' },
    ...more,
  })
const there = (more: object = {}) => {
  const { properties } = fluxBodyOf(source) as { properties: object }
  return fakeArm({ [id]: { id, properties: { ...properties, provisioningState: 'Succeeded', ...more } } })
}
const writes = ({ calls }: ReturnType<typeof fakeArm>) => calls.filter((call) => !call.startsWith('GET'))

describe('configure-flux', () => {
  it('makes a container and a configuration for each namespace, one at a time, and says when Flux reads', async () => {
    const [arm, blobs] = [fakeArm(), fakeBlobs()]
    const ports = portsOf({ arm, blobs })
    const both = {
      members: [member, connection({ name: 'bills', namespace: 'billing', transport: 'flux' }), connection({ name: 'direct' })],
    }
    const run = await attempted(configureFlux, view(both), ports)
    expect(writes(arm)).toHaveLength(1)
    expect(blobs.containers.size).toBe(1)
    await attempted(configureFlux, following(configureFlux, view(both), run), ports)
    expect(writes(arm)).toHaveLength(2)
    expect([...blobs.containers.values()].map((files) => [...files.keys()])).toEqual([['about.yaml'], ['about.yaml']])
    const done = await attempted(configureFlux, view(), portsOf({ arm: there(), blobs }))
    expect(done.facts).toMatchObject({ fluxIn: ['orders'] })
  })

  it('waits for Flux, an identity of the nodes, a name that is free again; and drops nothing without an account', async () => {
    const blobs = Object.assign(fakeBlobs(), { going: true })
    const arm = fakeArm()
    const ports = portsOf({ arm, blobs })
    expect((await attempted(configureFlux, view({}, { flux: 'unwell' }), ports)).waits).toHaveLength(1)
    const { kubelet: _, ...others } = view().facts
    expect((await attempted(configureFlux, view({ facts: others }), ports)).problems).toMatchObject([{ code: 'FluxNoIdentity' }])
    expect((await attempted(configureFlux, view(), ports)).waits).toMatchObject([{ text: expect.stringContaining('former container') }])
    const tracked = (await attempted(configureFlux, view(), portsOf({ arm: fakeArm(), blobs: fakeBlobs() }))).tracked
    const kept = await attempted(configureFlux, view({ installation, tracked: { 'configure-flux': tracked } }), portsOf({ arm: there() }))
    expect(kept.tracked).toHaveLength(1)
    expect(writes(arm)).toEqual([])
  })

  it('takes container and configuration away with the last connection, and leaves alone one that reads something else', async () => {
    const blobs = fakeBlobs()
    const { tracked } = await attempted(configureFlux, view(), portsOf({ arm: fakeArm(), blobs }))
    const gone = view({ members: [], tracked: { 'configure-flux': tracked } })
    const arm = there()
    const removed = await attempted(configureFlux, gone, portsOf({ arm, blobs }))
    expect(removed.tracked).toEqual([])
    expect(removed.facts).toMatchObject({ fluxIn: undefined })
    expect(writes(arm)).toEqual([`DELETE ${id}`])
    expect(blobs.containers.size).toBe(0)

    const foreign = there({ azureBlob: { url: 'https://others.blob.core.windows.net', containerName: 'theirs' } })
    const kept = await attempted(configureFlux, view(), portsOf({ arm: foreign, blobs }))
    expect(kept.unknown).toMatchObject([{ code: 'FluxOfAnother' }])
    await attempted(configureFlux, gone, portsOf({ arm: foreign, blobs }))
    expect(writes(foreign)).toEqual([])
  })

  it('needs a policy to change the cluster, and none to remove what it made', () => {
    const apply = () => 'apply' as const
    expect(modeOf(configureFlux, view(), apply)).toBe('apply')
    expect(modeOf(configureFlux, view({ policies: [] }), apply)).toBe('report')
    expect(modeOf(configureFlux, view({ policies: [], members: [] }), apply)).toBe('apply')
  })

  it('repairs what others change, and tells what Flux says', async () => {
    const arm = there({ suspend: true })
    await attempted(configureFlux, view(), portsOf({ arm, blobs: fakeBlobs() }))
    expect(writes(arm)).toEqual([`PUT ${id}`])
    const says = (kind: string, message: string) =>
      attempted(
        configureFlux,
        view(),
        portsOf({
          arm: there({ statuses: [{ name, kind, statusConditions: [{ type: 'Ready', status: 'False', message }] }] }),
          blobs: fakeBlobs(),
        }),
      )
    const shutOut = await says('Bucket', 'RESPONSE 403 ERROR CODE: AuthorizationPermissionMismatch')
    expect(shutOut.problems).toMatchObject([{ code: 'FluxCannotRead', commands: { cli: expect.stringContaining(kubelet.principalId) } }])
    expect((await says('Kustomization', 'admission webhook denied it')).problems).toMatchObject([{ code: 'FluxNotWell' }])
  })
})
