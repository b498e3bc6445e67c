// A connection whose identity comes from the cluster: through the real steps and the real client against the simulated cloud, from a cluster without
// the add-on to the grant of its identity.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createArm } from '../../src/azure/arm.ts'
import { finish } from '../../src/engine/attempt-result.ts'
import { findIdentity } from '../../src/local/cloud/arm/user-assigned-identity.ts'
import { addonIdentityLoop } from '../../src/model/addon-identity.ts'
import type { Connection } from '../../src/model/connection.ts'
import type { Facts } from '../../src/model/facts.ts'
import { loop } from '../../src/model/loop.ts'
import type { StepRow } from '../../src/model/outcome.ts'
import type { Policy } from '../../src/model/policy.ts'
import type { View } from '../../src/model/view.ts'
import type { Ports } from '../../src/ports/ports.ts'
import { enableFeatures } from '../../src/steps/cluster/enable-features.ts'
import { readCluster } from '../../src/steps/cluster/read-cluster.ts'
import { assignRoles } from '../../src/steps/identity/assign-roles.ts'
import { ensureIdentity } from '../../src/steps/identity/ensure-identity.ts'
import { federateIdentity } from '../../src/steps/identity/federate-identity.ts'
import { writeServiceAccounts } from '../../src/steps/identity/write-service-accounts.ts'
import { clusterPath, groupPath, storagePath } from '../local/cloud/arm/arm-world.ts'
import { allowAll } from '../model/allow-all.ts'
import { attempted, connection, contributor, following, minutes, now, portsOf, viewOf } from '../steps/builders.ts'
import { type AzureWorld, azureWorld } from './azure-world.ts'

const cluster = loop('cluster', clusterPath('c1'))
const target = loop('target', storagePath('stshop'))
const identity = addonIdentityLoop('azureKeyvaultSecretsProvider', cluster)
const member: Connection = connection({ cluster, target, auth: 'csi', identity, provided: true, roles: [contributor] })
const addonName = `${groupPath('MC_shop_c1_westeurope')}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/azurekeyvaultsecretsprovider-c1`

let world: AzureWorld
let ports: Ports
beforeEach(async () => {
  world = await azureWorld({
    clusters: [{ name: 'c1', group: 'shop', region: 'westeurope', oidcIssuer: false, workloadIdentity: false, namespaces: ['orders'] }],
    storageAccounts: [{ name: 'stshop', group: 'shop', region: 'westeurope' }],
  })
  ports = portsOf({ arm: createArm(world.connection('ada')) })
})
afterEach(() => world.close())

const policies: readonly Policy[] = [{ name: 'csi', allow: { ...allowAll, identities: ['addons/azureKeyvaultSecretsProvider/c1'] } }]

const ofCluster = async (by = policies): Promise<View<'cluster'>> => {
  const view = viewOf(cluster, { members: [member], policies: by })
  return following(readCluster, view, await attempted(readCluster, view, ports))
}
const ofIdentity = (facts: Partial<Facts['cluster']>, members = [member], known: Partial<Facts['identity']> = {}): View<'identity'> =>
  viewOf(identity, { members, policies, facts: known, others: [[cluster, facts]] })

async function enabled(): Promise<View<'cluster'>> {
  const view = await ofCluster()
  const run = await attempted(enableFeatures, view, ports)
  await world.clock.pass(20 * minutes)
  const before = {
    ...finish(run, undefined, now),
    step: 'enable-features',
    facts: {},
    tracked: run.tracked,
    wake: [],
  } as unknown as StepRow
  const done = await attempted(enableFeatures, following(enableFeatures, view, run), ports, { before })
  expect(done.failure).toBeUndefined()
  const after = following(enableFeatures, view, done)
  return following(readCluster, after, await attempted(readCluster, after, ports))
}

describe("an add-on's identity", () => {
  it('is waited for while the add-on is off, and nothing is granted meanwhile', async () => {
    const { facts } = await ofCluster()
    const run = await attempted(ensureIdentity, ofIdentity(facts), ports)
    expect(run.facts).toMatchObject({ clientId: undefined, principalId: undefined })
    const grants = assignRoles.desired(ofIdentity(facts))
    expect(grants.objects).toEqual([])
    expect(grants.waiting).toMatchObject([{ text: 'waiting until identity azureKeyvaultSecretsProvider of c1 is there' }])
  })

  it('needs a policy that names it: without one the add-on is not enabled', async () => {
    const view = await ofCluster([{ name: 'all', allow: { ...allowAll, identities: ['*/*/*'] } }])
    const run = await attempted(enableFeatures, view, ports)
    expect([run.started, run.changed]).toEqual([undefined, []])
  })

  it('is made by AKS once the add-on is enabled, and is then known by the facts of the cluster', async () => {
    const { facts, tracked } = await enabled()
    const there = findIdentity(world.cloud.world, addonName)
    expect(there).toBeDefined()
    expect(facts.addons).toEqual({
      azureKeyvaultSecretsProvider: { clientId: there?.properties['clientId'], principalId: there?.properties['principalId'] },
    })
    expect(tracked('enable-features').map(({ ownership, object }) => [object.id, ownership, object.retain])).toEqual([
      ['key-vault-secrets-provider', 'ours', true],
    ])
  })

  it('is granted what its members need, and loses it with the last of them', async () => {
    const { facts } = await enabled()
    const found = await attempted(ensureIdentity, ofIdentity(facts), ports)
    const known = following(ensureIdentity, ofIdentity(facts), found)
    const granted = await attempted(assignRoles, known, ports)
    expect(granted.facts).toMatchObject({ roles: [`${contributor}@${target.id}`.toLowerCase()] })
    expect(granted.changed).toEqual(['made Storage Blob Data Contributor for identity azureKeyvaultSecretsProvider of c1 on stshop'])
    const left = await attempted(assignRoles, following(assignRoles, known, granted, { members: [] }), ports)
    expect(left.tracked).toEqual([])
  })

  it('serves members of every namespace, and has no credential and no ServiceAccount', async () => {
    const { facts } = await enabled()
    const members = [member, connection({ ...member, name: 'other', namespace: 'people' })]
    const view = ofIdentity(facts, members)
    const known = following(ensureIdentity, view, await attempted(ensureIdentity, view, ports))
    expect(assignRoles.desired(known)).toMatchObject({
      objects: [{ principalId: facts.addons?.azureKeyvaultSecretsProvider?.principalId }],
    })
    expect(ensureIdentity.desired(known)).toEqual({ objects: [], faults: [] })
    for (const step of [federateIdentity, writeServiceAccounts]) expect(step.desired(known)).toEqual({ objects: [] })
  })

  it('is another principal after the add-on was turned off and on: the old grant goes', async () => {
    const { facts } = await enabled()
    const before = following(ensureIdentity, ofIdentity(facts), await attempted(ensureIdentity, ofIdentity(facts), ports))
    const made = following(assignRoles, before, await attempted(assignRoles, before, ports))
    const principalId = 'bbbbbbbb-0000-0000-0000-00000000dead'
    const again = { ...facts, addons: { azureKeyvaultSecretsProvider: { clientId: principalId, principalId } } }
    const ofNew = { ...made, of: ofIdentity(again).of }
    const known = following(ensureIdentity, ofNew, await attempted(ensureIdentity, ofNew, ports))
    const run = await attempted(assignRoles, known, ports)
    expect(run.changed[0]).toContain('Storage Blob Data Contributor')
    expect(run.tracked.map(({ object }) => object.id)).not.toContain(made.tracked('assign-roles')[0]?.object.id)
  })
})
