// Access policies of a vault through the real step and the real client against the simulated cloud.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createArm } from '../../src/azure/arm.ts'
import { resources } from '../../src/local/cloud/arm/resources.ts'
import { tenant } from '../../src/local/cloud/entra/entra.ts'
import { idOf } from '../../src/local/fleets/fleet.ts'
import { loop } from '../../src/model/loop.ts'
import type { Ports } from '../../src/ports/ports.ts'
import { assignRoles } from '../../src/steps/identity/assign-roles.ts'
import { groupPath } from '../local/cloud/arm/arm-world.ts'
import { attempted, connection, following, identityFacts, portsOf, viewOf, worker } from '../steps/builders.ts'
import { type AzureWorld, azureWorld } from './azure-world.ts'

const id = `${groupPath('shop')}/providers/Microsoft.KeyVault/vaults/shopkeys`
const target = loop('target', id)
const principalId = idOf('principal ada')
const other = { tenantId: tenant, objectId: idOf('principal owner'), permissions: { secrets: ['get', 'set'] } }
const reads = ['get', 'list']
const ours = { tenantId: tenant, objectId: principalId, permissions: { secrets: reads, keys: reads, certificates: reads } }

let world: AzureWorld
let ports: Ports
beforeAll(async () => {
  world = await azureWorld({ resources: [{ id, location: 'northeurope', azureRbac: false }] })
  ports = portsOf({ arm: createArm(world.connection('ada')) })
})
afterAll(() => world.close())

const policies = () => resources(world.cloud.world).get(id.toLowerCase())?.properties['accessPolicies']
const give = async (what: 'add' | 'remove', policy: object): Promise<void> => {
  const { status } = await world
    .as('ada')
    .send('PUT', `${id}/accessPolicies/${what}?api-version=2025-05-01`, { properties: { accessPolicies: [policy] } })
  expect(status).toBe(200)
}
const reader = connection({ name: 'keys', target, targetId: id, type: 'keyvault', roles: ['vaultAccessPolicy:reader'] })
const needed = viewOf(worker, { members: [reader], facts: identityFacts({ principalId, tenant }) })

it('is given and removed without a touch on what others have, whatever they do to it meanwhile', async () => {
  await give('add', other)
  const made = await attempted(assignRoles, needed, ports)
  expect([made.failure, policies()]).toEqual([undefined, [other, ours]])
  const kept = following(assignRoles, needed, made)
  const seen = await attempted(assignRoles, kept, ports)
  expect([seen.facts, seen.tracked.map(({ ownership }) => ownership)]).toEqual([
    { roles: [`vaultaccesspolicy:reader@${id}`.toLowerCase()], limits: undefined },
    ['ours'],
  ])

  // One takes a word away, and gives one more.
  await give('remove', { ...ours, permissions: { secrets: ['list'] } })
  await give('add', { ...ours, permissions: { secrets: ['Set'] } })
  const mended = await attempted(assignRoles, kept, ports)
  expect(policies()).toEqual([other, { ...ours, permissions: { ...ours.permissions, secrets: ['get', 'Set', 'list'] } }])

  const left = viewOf(worker, { members: [], facts: identityFacts({ principalId, tenant }) })
  await attempted(assignRoles, { ...left, tracked: following(assignRoles, kept, mended).tracked }, ports)
  expect(policies()).toEqual([other, { ...ours, permissions: { secrets: ['Set'] } }])
})

it('is left alone where others gave a part of it', async () => {
  const vault = resources(world.cloud.world).get(id.toLowerCase()) ?? expect.fail('The vault is not there')
  resources(world.cloud.world).set(id.toLowerCase(), { ...vault, properties: { ...vault.properties, accessPolicies: [] } })
  const theirs = { ...ours, permissions: { secrets: ['Get'] } }
  await give('add', theirs)
  const { failure, problems } = await attempted(assignRoles, needed, ports)
  expect([policies(), failure !== undefined || problems.length > 0]).toEqual([[theirs], true])
})
