// Which rights a connection needs, and where: without a cloud.
import { describe, expect, it } from 'vitest'
import { actionsFor, type Known } from '../../src/preflight/actions.ts'
import { clusterFacts, connection, group, shop, stdata, targetFacts, worker } from '../steps/builders.ts'

const known = (of: Partial<Known> = {}): Known => ({ cluster: clusterFacts(), target: targetFacts(), reports: () => false, ...of })
const writes = (...of: Parameters<typeof actionsFor>): readonly string[] =>
  actionsFor(...of)
    .filter(({ action }) => !action.endsWith('/read'))
    .map(({ action, scope }) => `${action.split('/').slice(1).join('/')} on ${scope}`)
    .sort()

describe('the rights that a connection needs', () => {
  it('are for a connection string the keys and the way into the cluster', () => {
    expect(writes(connection({ auth: 'secret' }), known())).toEqual([
      `managedClusters/listClusterUserCredential/action on ${shop.id}`,
      `storageAccounts/listKeys/action on ${stdata.id}`,
    ])
  })

  it('are for an identity of the app those on its group, and for a provided one none to make it', () => {
    const ours = writes(connection(), known())
    expect(ours).toContain(`userAssignedIdentities/write on ${group}`)
    const given = writes(connection({ provided: true }), known())
    expect(given).not.toContainEqual(expect.stringMatching(/^userAssignedIdentities\/(write|delete)/))
    expect(given).toContain(`userAssignedIdentities/federatedIdentityCredentials/write on ${worker.id}`)
    expect(writes(connection({ roles: [] }), known())).not.toContainEqual(expect.stringContaining('roleAssignments'))
  })

  it('are for the firewall only where rules decide, and for features only where they are off', () => {
    const firewall = `storageAccounts/write on ${stdata.id}`
    const features = `managedClusters/write on ${shop.id}`
    const all = writes(
      connection(),
      known({ cluster: clusterFacts({ workloadIdentity: false }), target: targetFacts({ network: 'rules' }) }),
    )
    expect(all).toEqual(expect.arrayContaining([firewall, features]))
    expect(writes(connection(), known())).not.toEqual(expect.arrayContaining([firewall]))
    expect(writes(connection(), known())).not.toEqual(expect.arrayContaining([features]))
    expect(writes(connection({ firewall: 'keep' }), known({ target: targetFacts({ network: 'rules' }) }))).not.toContain(firewall)
  })

  it('are by extension those of the extension, and none of the API server', () => {
    const all = writes(connection({ transport: 'extension', auth: 'secret' }), known())
    expect(all).toContain(`extensions/write on ${shop.id}`)
    expect(all).toContain(`register/action on ${group.split('/resourceGroups')[0]}`)
    expect(all).not.toContainEqual(expect.stringContaining('listClusterUserCredential'))
  })

  it('are of a step that only reports those to read', () => {
    const needs = actionsFor(connection(), known({ reports: (step) => step === 'assign-roles' }))
    expect(needs.filter(({ step }) => step === 'assign-roles').map(({ action }) => action)).toEqual([
      'Microsoft.Authorization/roleAssignments/read',
      'Microsoft.Authorization/roleAssignmentScheduleInstances/read',
    ])
  })
})
