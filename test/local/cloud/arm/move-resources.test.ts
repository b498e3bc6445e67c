import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { keysOf } from '../../../../src/local/cloud/arm/storage-account.ts'
import { ipRulesOf } from '../../../../src/local/cloud/arm/storage-network.ts'
import { type ArmWorld, armWorld, clusterPath, groupPath, storagePath, subscription } from './arm-world.ts'

const version = '?api-version=2026-09-01'
const groups = '?api-version=2021-04-01'
const blobReader = `/subscriptions/${subscription}/providers/Microsoft.Authorization/roleDefinitions/2a2b9908-6ea1-4ae2-8e65-a410df84e7d1`

describe('moving resources', () => {
  let world: ArmWorld
  let ada: ReturnType<ArmWorld['as']>
  beforeEach(async () => {
    world = await armWorld({ groups: [{ name: 'data', region: 'northeurope' }] })
    ada = world.as('ada')
  })
  afterEach(() => world.close())

  const move = (...resources: string[]) =>
    ada.send('POST', `${groupPath('shop')}/moveResources${groups}`, { resources, targetResourceGroup: groupPath('data') })
  const code = (answer: { body: Record<string, unknown> }): string => (answer.body['error'] as { code: string }).code

  it('takes properties, firewall rules and keys to another id', async () => {
    const networkAcls = { defaultAction: 'Deny', ipRules: [{ value: '203.0.113.7', action: 'Allow' }] }
    await ada.send('PATCH', storagePath('orders') + version, { properties: { networkAcls } })
    const before = await ada.send('GET', storagePath('orders') + version)
    const keys = keysOf(world.cloud.world, storagePath('orders'))
    const moving = await move(storagePath('orders'))
    expect(moving.status).toBe(202)
    await world.clock.pass(61_000)
    expect((await ada.send('GET', moving.headers.get('location') ?? '')).status).toBe(204)
    expect((await ada.send('GET', storagePath('orders') + version)).status).toBe(404)
    const after = await ada.send('GET', storagePath('orders', 'data') + version)
    expect(after.body['properties']).toEqual(before.body['properties'])
    expect(ipRulesOf((after.body['properties'] as unknown as { networkAcls: object }).networkAcls as never)).toEqual(['203.0.113.7'])
    expect(keysOf(world.cloud.world, storagePath('orders', 'data'))).toEqual(keys)
  })

  it('leaves role assignments behind, which go some day', async () => {
    const path = (group: string) =>
      `${storagePath('orders', group)}/providers/Microsoft.Authorization/roleAssignments/00000000-0000-4000-8000-000000000009?api-version=2022-04-01`
    const properties = { principalId: world.cloud.app.principalId, roleDefinitionId: blobReader, principalType: 'ServicePrincipal' }
    await ada.send('PUT', path('shop'), { properties })
    await move(storagePath('orders'))
    await world.clock.pass(61_000)
    const statuses = async () => [(await ada.send('GET', path('shop'))).status, (await ada.send('GET', path('data'))).status]
    expect(await statuses()).toEqual([200, 404])
    await world.clock.pass(7 * 3_600_000)
    expect(await statuses()).toEqual([404, 404])
  })

  it('blocks writes in both groups meanwhile, and no reads', async () => {
    await move(storagePath('orders'))
    const write = () => ada.send('PATCH', storagePath('orders') + version, { tags: {} })
    expect(code(await write())).toBe('ResourcesBeingMoved')
    expect(code(await ada.send('PUT', storagePath('other', 'data') + version, { location: 'northeurope' }))).toBe('ResourcesBeingMoved')
    expect((await ada.send('GET', storagePath('orders') + version)).status).toBe(200)
    expect((await ada.send('POST', `${storagePath('orders')}/listKeys${version}`)).status).toBe(200)
    await world.clock.pass(61_000)
    expect((await ada.send('PUT', storagePath('other', 'data') + version, { location: 'northeurope' })).status).toBe(200)
  })

  it('refuses what cannot be moved, is not there, or whose mover may not', async () => {
    expect(code(await move(clusterPath('c1')))).toBe('ResourceMoveNotSupported')
    expect(code(await move(storagePath('absent')))).toBe('ResourceNotFound')
    const body = { resources: [storagePath('orders')], targetResourceGroup: groupPath('data') }
    expect((await world.as('app').send('POST', `${groupPath('shop')}/moveResources${groups}`, body)).status).toBe(403)
  })
})
