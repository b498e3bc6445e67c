import { describe, expect, it } from 'vitest'
import { addonIdentityLoop } from '../../../src/model/addon-identity.ts'
import type { Facts } from '../../../src/model/facts.ts'
import { enableFeatures } from '../../../src/steps/cluster/enable-features.ts'
import { allowAll } from '../../model/allow-all.ts'
import { attempted, clusterFacts, connection, fakeArm, first, minutes, now, portsOf, shop, tracked, viewOf } from '../builders.ts'

const cluster = (properties: object = {}) => ({
  location: 'westeurope',
  eTag: 'etag-1',
  properties: { provisioningState: 'Succeeded', unknownToUs: { a: 1 }, ...properties },
})
const on = { oidcIssuerProfile: { enabled: true, issuerURL: 'https://issuer/' }, securityProfile: { workloadIdentity: { enabled: true } } }
const view = (facts: Partial<Facts['cluster']> = {}, members = [connection()]) => viewOf(shop, { facts: clusterFacts(facts), members })
const [issuer, identity] = enableFeatures.desired(view()).objects

describe('enable-features', () => {
  it('wants nothing of a cluster whose members use secrets', () => {
    expect(enableFeatures.desired(view({}, [connection({ auth: 'secret' })])).objects).toEqual([])
  })

  it('turns both on in one PUT of the whole body under its ETag, and leaves everything else as it was', async () => {
    const arm = fakeArm({ [shop.id]: cluster({ securityProfile: { defender: { x: 1 } } }) })
    let ifMatch: string | undefined
    let sent: unknown
    arm.put = async (_id, _version, body, precondition) => {
      ifMatch = precondition?.ifMatch
      sent = body
      return { body, operation: 'https://management.azure.com/operation' }
    }
    const run = await attempted(enableFeatures, view(), portsOf({ arm }))
    expect(ifMatch).toBe('etag-1')
    expect(sent).toEqual({
      ...cluster(),
      properties: {
        provisioningState: 'Succeeded',
        unknownToUs: { a: 1 },
        oidcIssuerProfile: { enabled: true },
        securityProfile: { defender: { x: 1 }, workloadIdentity: { enabled: true } },
      },
    })
    expect(run.started).toMatchObject({ url: 'https://management.azure.com/operation', what: expect.stringContaining('cluster shop') })
    expect(run.tracked.map((row) => row.ownership)).toEqual(['intended', 'intended'])
  })

  it.each([
    ['azureKeyvaultSecretsProvider', {}],
    ['azureKeyvaultSecretsProvider', { azureKeyvaultSecretsProvider: { enabled: false, config: { a: 'b' } } }],
    ['azurekeyvaultsecretsprovider', { azurekeyvaultsecretsprovider: { enabled: false }, azurePolicy: { enabled: true } }],
  ])('turns the Key Vault add-on on under the name %s that it has', async (name, addonProfiles: Record<string, object>) => {
    const arm = fakeArm({ [shop.id]: cluster({ addonProfiles }) })
    const csi = connection({ auth: 'csi', identity: addonIdentityLoop('azureKeyvaultSecretsProvider', shop), provided: true })
    const policies = [{ name: 'csi', allow: { ...allowAll, identities: ['addons/*/*'] } }]
    await attempted(enableFeatures, { ...view({}, [csi]), policies }, portsOf({ arm }))
    expect(arm.resources.get(shop.id.toLowerCase())).toMatchObject({
      properties: { addonProfiles: { ...addonProfiles, [name]: { ...addonProfiles[name], enabled: true } } },
    })
  })

  it('turns the add-on on for pods that mount objects with an identity of their own', async () => {
    const arm = fakeArm({ [shop.id]: cluster() })
    const mounting = connection({ vaultObjects: [{ objectName: 'a', objectType: 'secret' }] })
    await attempted(enableFeatures, view({}, [mounting]), portsOf({ arm }))
    expect(arm.resources.get(shop.id.toLowerCase())).toMatchObject({
      properties: { addonProfiles: { azureKeyvaultSecretsProvider: { enabled: true } }, oidcIssuerProfile: { enabled: true } },
    })
  })

  it('changes nothing where both are on already, even while the cluster is busy or stopped', async () => {
    const arm = fakeArm({ [shop.id]: cluster({ ...on, provisioningState: 'Updating' }) })
    const run = await attempted(enableFeatures, view({ busy: true, state: 'Updating' }), portsOf({ arm }))
    expect(arm.calls).toEqual([`GET ${shop.id}`])
    expect(run.waits).toEqual([])
    expect(run.tracked.map((row) => row.ownership)).toEqual(['adopted', 'adopted'])
  })

  it('needs no read of its own where both are tracked and read-cluster has just observed them', async () => {
    const arm = fakeArm({ [shop.id]: cluster(on) })
    const rows = [issuer, identity].flatMap((object) => (object ? [{ object, ownership: 'ours' as const, since: 0 }] : []))
    const settled = viewOf(shop, { facts: clusterFacts(), members: [connection()], tracked: { 'enable-features': rows } })
    expect((await attempted(enableFeatures, settled, portsOf({ arm }))).tracked).toHaveLength(2)
    expect(arm.calls).toEqual([])
  })

  it.each([
    ['Updating', { state: 'Updating', busy: true }, 'it is Updating'],
    ['Succeeded with a busy pool', { busy: true }, 'a node pool'],
  ])('waits while the cluster is %s', async (_, facts, words) => {
    const arm = fakeArm({ [shop.id]: cluster() })
    const { waits } = await attempted(enableFeatures, view(facts), portsOf({ arm }))
    expect(waits).toMatchObject([{ nextRunAt: now + minutes, text: expect.stringContaining(words) }])
    expect(arm.calls.filter((call) => call.startsWith('PUT'))).toEqual([])
  })

  it('waits for a person to start a stopped cluster', async () => {
    const { waits } = await attempted(enableFeatures, view({ running: false }), portsOf({ arm: fakeArm({ [shop.id]: cluster() }) }))
    expect(waits).toMatchObject([{ manual: true, text: expect.stringContaining('cluster shop is started') }])
  })

  it('leaves a cluster that failed alone, and says how to repair it', async () => {
    const arm = fakeArm({ [shop.id]: cluster() })
    const { waits } = await attempted(enableFeatures, view({ state: 'Failed' }), portsOf({ arm }))
    expect(waits).toMatchObject([{ manual: true, nextRunAt: now + 5 * minutes, text: expect.stringContaining('az aks update') }])
    expect(arm.calls.filter((call) => call.startsWith('PUT'))).toEqual([])
  })

  it('updates once more where its own update has failed: nothing else repairs a failed cluster', async () => {
    const arm = fakeArm({ [shop.id]: cluster({ provisioningState: 'Failed' }) })
    const intended = [tracked(first([issuer]), 'intended'), tracked(first([identity]), 'intended')]
    const failed = viewOf(shop, {
      facts: clusterFacts({ state: 'Failed' }),
      members: [connection()],
      tracked: { 'enable-features': intended },
    })
    const { waits } = await attempted(enableFeatures, failed, portsOf({ arm }))
    expect(waits).toEqual([])
    expect(arm.calls.filter((call) => call.startsWith('PUT'))).toHaveLength(1)
  })

  it('does not believe its own change before the update has succeeded', async () => {
    const intended = [tracked(first([issuer]), 'intended'), tracked(first([identity]), 'intended')]
    const arm = fakeArm({ [shop.id]: cluster({ ...on, provisioningState: 'Updating' }) })
    const busy = viewOf(shop, {
      facts: clusterFacts({ busy: true, state: 'Updating' }),
      members: [connection()],
      tracked: { 'enable-features': intended },
    })
    const run = await attempted(enableFeatures, busy, portsOf({ arm }))
    expect(run.tracked.map((row) => row.ownership)).toEqual(['intended', 'intended'])
    expect(run.waits).toHaveLength(1)
  })

  it('never turns them off again', async () => {
    const arm = fakeArm({ [shop.id]: cluster(on) })
    const left = viewOf(shop, { facts: clusterFacts(), tracked: { 'enable-features': [tracked(first([issuer]))] } })
    const run = await attempted(enableFeatures, left, portsOf({ arm }))
    expect(run.tracked).toEqual([])
    expect(arm.calls.filter((call) => call.startsWith('PUT'))).toEqual([])
  })

  it('in report says how to do it by hand, and does nothing', async () => {
    const arm = fakeArm({ [shop.id]: cluster() })
    const run = await attempted(enableFeatures, view(), portsOf({ arm }), { mode: 'report' })
    expect(run.report?.commands?.cli).toBe(
      "az aks update --subscription 11111111-1111-1111-1111-111111111111 --resource-group 'shop' --name 'shop' --enable-oidc-issuer --enable-workload-identity",
    )
    expect(run.report?.commands).toMatchObject({
      bicep: expect.stringContaining('oidcIssuerProfile'),
      terraform: expect.stringContaining('oidc_issuer_enabled'),
    })
    expect(arm.calls.filter((call) => call.startsWith('PUT'))).toEqual([])
  })
})
