import { describe, expect, it } from 'vitest'
import { readCluster } from '../../../src/steps/cluster/read-cluster.ts'
import { attempted, connection, fakeArm, following, group, minutes, now, portsOf, refusal, shop, viewOf } from '../builders.ts'

const properties = {
  resourceUID: 'uid-1',
  provisioningState: 'Succeeded',
  powerState: { code: 'Running' },
  fqdn: 'shop.hcp.westeurope.azmk8s.io',
  nodeResourceGroup: 'MC_shop',
  oidcIssuerProfile: { enabled: true, issuerURL: 'https://issuer/shop/' },
  securityProfile: { workloadIdentity: { enabled: true } },
  identityProfile: { kubeletidentity: { resourceId: `${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/Kubelet` } },
  networkProfile: {
    outboundType: 'loadBalancer',
    loadBalancerProfile: { effectiveOutboundIPs: [{ id: '/Subscriptions/B/out-2' }, { id: '/subscriptions/a/out-1' }] },
  },
  agentPoolProfiles: [{ provisioningState: 'Succeeded' }],
}
const body = {
  location: 'West Europe',
  tags: { 'connect-data': 'blob:stdata', owner: 'me' },
  identity: {
    tenantId: 'tenant',
    userAssignedIdentities: { [`${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/ControlPlane`]: {} },
  },
  properties,
}
const read = (change: Readonly<Record<string, unknown>>, members = [connection()]) =>
  attempted(
    readCluster,
    viewOf(shop, { members }),
    portsOf({ arm: fakeArm({ [shop.id]: { ...body, properties: { ...properties, ...change } } }) }),
  )

describe('read-cluster', () => {
  it('tells the others what they may know of the cluster', async () => {
    const { facts } = await read({})
    expect(facts).toMatchObject({
      location: 'westeurope',
      uid: 'uid-1',
      issuer: 'https://issuer/shop/',
      workloadIdentity: true,
      running: true,
      busy: false,
      tenant: 'tenant',
      outbound: { type: 'loadBalancer', ids: ['/subscriptions/a/out-1', '/subscriptions/b/out-2'] },
      tags: { 'connect-data': 'blob:stdata' },
    })
  })

  it('names the identities of control plane and kubelet, which no connection may use', async () => {
    const { facts } = await read({})
    const below = `${group}/providers/microsoft.managedidentity/userassignedidentities`.toLowerCase()
    expect(facts).toHaveProperty('systemIdentities', [`${below}/controlplane`, `${below}/kubelet`])
  })

  it.each([
    ['the cluster is in an unknown state', { provisioningState: 'ReconcilingDNS' }],
    ['a pool is being changed though the cluster reads Succeeded', { agentPoolProfiles: [{ provisioningState: 'Updating' }] }],
  ])('calls it busy when %s', async (_, change) => {
    const run = await read(change)
    expect(run.facts).toHaveProperty('busy', true)
    expect(run.nextRunAt).toBe(now + 5 * minutes)
  })

  it('does not take an issuer that is turned off', async () => {
    expect((await read({ oidcIssuerProfile: { enabled: false } })).facts).toHaveProperty('issuer', undefined)
  })

  it('reads a stopped cluster, and reads it again although no event tells of a start', async () => {
    const run = await read({ powerState: { code: 'Stopped' } })
    expect(run.facts).toMatchObject({ running: false, uid: 'uid-1' })
    expect(run.nextRunAt).toBe(now + 15 * minutes)
  })

  it('does not read again by itself where it has no members', async () => {
    expect((await read({ powerState: { code: 'Stopped' }, provisioningState: 'Updating' }, [])).nextRunAt).toBeUndefined()
  })

  it('calls a cluster gone when it is still missing after the grace of a declaration', async () => {
    const ports = portsOf()
    const view = viewOf(shop, { facts: { uid: 'uid-1' } })
    const first = await attempted(readCluster, view, ports)
    expect(first.facts).toEqual({ missingSince: now })
    expect(first.nextRunAt).toBe(now + 10 * minutes)
    const early = await attempted(readCluster, following(readCluster, view, first, { now: now + 39 * minutes }), ports)
    expect(early.facts).not.toHaveProperty('gone')
    const second = await attempted(readCluster, following(readCluster, view, first, { now: now + 40 * minutes }), ports)
    expect(second.facts).toEqual({ missingSince: now, gone: true })
    expect(second.nextRunAt).toBeUndefined()
    expect([...first.problems, ...second.problems]).toMatchObject([{ code: 'ClusterMissing' }, { code: 'ClusterGone' }])
  })

  it('does not call it gone while Resource Graph lists it or cannot be asked, but for no longer than a day', async () => {
    const unsure = [async () => true, () => Promise.reject(refusal())]
    for (const isListed of unsure) {
      const at = (ms: number) => viewOf(shop, { facts: { uid: 'uid-1', missingSince: now }, now: now + ms })
      const doubted = await attempted(readCluster, at(60 * minutes), portsOf({ isListed }))
      expect(doubted.facts).toEqual({ missingSince: now })
      expect(doubted.nextRunAt).toBe(now + 75 * minutes)
      expect(doubted.problems).toMatchObject([{ code: 'ClusterMissing' }])
      const last = await attempted(readCluster, at(24 * 60 * minutes), portsOf({ isListed }))
      expect(last.facts).toEqual({ missingSince: now, gone: true })
    }
  })

  it('takes a cluster that is back for one that was never gone', async () => {
    const view = viewOf(shop, { facts: { missingSince: now - 60 * minutes, gone: true } })
    const back = await attempted(readCluster, view, portsOf({ arm: fakeArm({ [shop.id]: body }) }))
    expect(following(readCluster, view, back).facts).not.toHaveProperty('gone')
    expect(following(readCluster, view, back).facts).not.toHaveProperty('missingSince')
  })

  it('never counts a refusal as a cluster that is missing', async () => {
    const arm = fakeArm()
    arm.refuse = () => refusal()
    const run = await attempted(readCluster, viewOf(shop), portsOf({ arm }))
    expect(run.failure?.fields.code).toBe('Forbidden')
    expect(run.facts).toBeUndefined()
  })
})
