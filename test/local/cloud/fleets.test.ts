import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { VirtualClock } from '../../../src/local/clock.ts'
import { mayDo } from '../../../src/local/cloud/access.ts'
import { isAllowed } from '../../../src/local/cloud/arm/storage-accounts.ts'
import { startCloud } from '../../../src/local/cloud/cloud.ts'
import { connectorRole, connectorRoles, delegationCondition, fleet, readFleet } from '../../../src/local/fleets/fleet.ts'
import { allGrants } from '../../../src/model/grant.ts'
import { targets } from '../../../src/targets/catalogue.ts'

const demo = readFleet(readFileSync(new URL('../../../src/local/fleets/demo.yaml', import.meta.url), 'utf8'))
const plain = (condition: string | undefined): string => (condition ?? '').replace(/\s+/g, ' ')

describe('fleets', () => {
  it('give the app the same rights in the demo as in tests', () => {
    expect(demo.app.roles.map((one) => [one.role, one.on])).toEqual(connectorRoles('connectorstate').map((one) => [one.role, one.on]))
    expect(demo.customRoles.find(({ name }) => name === connectorRole.name)?.actions).toEqual(connectorRole.actions)
    expect(plain(demo.app.roles.find(({ condition }) => condition)?.condition)).toBe(plain(delegationCondition))
  })

  it('let the app give every Azure role that a target knows', () => {
    const roles = targets.flatMap(({ grants }) => allGrants(grants)).filter(({ kind }) => kind === 'azureRole')
    for (const { id } of roles) expect(delegationCondition).toContain(id)
  })

  it('become a cloud in which everything has long been settled', async () => {
    const cloud = await startCloud({ clock: new VirtualClock(), fleet: demo })
    const { world, app } = cloud
    const scope = '/subscriptions/7d2f9c10-41b6-4c3e-8f5a-1e6b0a9d3c52/resourceGroups/shop'
    expect(mayDo(world, { principalId: app.principalId, action: 'Microsoft.Storage/storageAccounts/listKeys/action', scope })).toBe(true)
    expect(mayDo(world, { principalId: app.principalId, action: 'Microsoft.Storage/storageAccounts/delete', scope })).toBe(false)
    expect(isAllowed(world, 'shopinvoices', 'aks-shop')).toBe(false)
    expect(isAllowed(world, 'connectorstate', 'functions')).toBe(true)
    expect(world.snapshot().due.filter(({ effect }) => effect.type !== 'graph-index')).toEqual([])
    expect(await cloud.entra.token({ oid: app.principalId }, 'https://management.azure.com')).toMatch(/^ey/)
    await cloud.close()
  })

  it('are refused with a reason where they make no sense', async () => {
    expect(() => readFleet('clusters: [{ nmae: x }]')).toThrow(/nmae/)
    expect(() => fleet({ storageAccounts: [{ name: 'Not-Allowed', group: 'g', region: 'westeurope' }] })).toThrow(/storageAccounts/)
    const unknown = fleet({ people: [{ name: 'ada', roles: [{ role: 'Emperor' }] }] })
    await expect(startCloud({ clock: new VirtualClock(), fleet: unknown })).rejects.toThrow("unknown role 'Emperor'")
    const id = '/subscriptions/x/resourceGroups/shop/providers/Microsoft.Insights/components/traces'
    const wrong = fleet({ resources: [{ id, location: 'westeurope', kindOf: 'web' }] })
    await expect(startCloud({ clock: new VirtualClock(), fleet: wrong })).rejects.toThrow(
      /a Microsoft.Insights\/components that cannot be.*kindOf/s,
    )
  })
})
