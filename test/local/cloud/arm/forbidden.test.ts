// What refuses although a role allows: locks, deny assignments, a disabled subscription, a subscription of another tenant.
import { afterEach, expect, it } from 'vitest'
import type { FleetInput } from '../../../../src/local/fleets/fleet.ts'
import { type ArmWorld, armWorld, clusterPath, groupPath, identityPath, storagePath, subscription } from './arm-world.ts'

let world: ArmWorld | undefined
afterEach(async () => await world?.close())

const begin = async (overrides: Partial<FleetInput> = {}) => {
  world = await armWorld(overrides)
  return world
}
const storage = '?api-version=2024-01-01'
const identities = '?api-version=2024-11-30'
const lockAt = (scope: string, name = 'keep'): string => `${scope}/providers/Microsoft.Authorization/locks/${name}?api-version=2020-05-01`
const lock = (level: string) => ({ properties: { level, notes: 'do not touch' } })
const codeOf = (body: unknown): unknown => (body as { error?: { code?: string } }).error?.code

it('keeps what is locked with CanNotDelete from being deleted, and with it what holds it', async () => {
  const { as } = await begin()
  const ada = as('ada')
  await ada.send('PUT', `${identityPath('one')}${identities}`, { location: 'westeurope' })
  expect((await ada.send('PUT', lockAt(identityPath('one')), lock('CanNotDelete'))).status).toBe(201)
  expect((await ada.send('PUT', `${identityPath('one')}${identities}`, { location: 'westeurope', tags: { a: 'b' } })).status).toBe(200)
  const refused = await ada.send('DELETE', `${identityPath('one')}${identities}`)
  expect([refused.status, codeOf(refused.body)]).toEqual([409, 'ScopeLocked'])
  expect((await ada.send('DELETE', `${groupPath('shop')}?api-version=2021-04-01`)).status).toBe(409)
  expect((await ada.send('DELETE', lockAt(identityPath('one')))).status).toBe(200)
  expect((await ada.send('DELETE', `${identityPath('one')}${identities}`)).status).toBe(200)
})

it('keeps what lies below a ReadOnly lock from every write, and keys from being listed', async () => {
  const { as } = await begin()
  const ada = as('ada')
  await ada.send('PUT', lockAt(groupPath('shop')), lock('ReadOnly'))
  const rules = { properties: { networkAcls: { defaultAction: 'Deny' } } }
  for (const [method, path, body] of [
    ['PATCH', `${storagePath('orders')}${storage}`, rules],
    ['POST', `${storagePath('orders')}/listKeys${storage}`, undefined],
    ['POST', `${clusterPath('c1')}/listClusterUserCredential?api-version=2026-06-01`, undefined],
    ['PUT', `${identityPath('one')}${identities}`, { location: 'westeurope' }],
  ] as const)
    expect([path, codeOf((await ada.send(method, path, body)).body)]).toEqual([path, 'ScopeLocked'])
  expect((await ada.send('GET', `${storagePath('orders')}${storage}`)).status).toBe(200)
  const { body } = await ada.send('GET', `${storagePath('orders')}/providers/Microsoft.Authorization/locks?api-version=2020-05-01`)
  expect(body).toMatchObject({ value: [{ name: 'keep', properties: { level: 'ReadOnly' } }] })
})

it('lets only those change locks who may, and refuses other levels', async () => {
  const { as } = await begin()
  expect((await as('app').send('PUT', lockAt(groupPath('shop')), lock('ReadOnly'))).status).toBe(403)
  expect((await as('ada').send('PUT', lockAt(groupPath('shop')), lock('NotSpecified'))).status).toBe(400)
})

it('denies what a deny assignment names, to all but those that it leaves out', async () => {
  const { as } = await begin({
    denyAssignments: [{ name: 'locked by AKS', on: 'group:shop', actions: ['*/write'], notActions: ['*/tags/write'], excluded: ['rob'] }],
  })
  const refused = await as('ada').send('PUT', `${identityPath('one')}${identities}`, { location: 'westeurope' })
  expect([refused.status, codeOf(refused.body)]).toEqual([403, 'DenyAssignmentAuthorizationFailed'])
  expect((await as('ada').send('POST', `${storagePath('orders')}/listKeys${storage}`)).status).toBe(200)
  expect(codeOf((await as('rob').send('PUT', `${identityPath('one')}${identities}`, { location: 'westeurope' })).body)).toBe(
    'AuthorizationFailed',
  )
  const { body } = await as('ada').send(
    'GET',
    `${groupPath('shop')}/providers/Microsoft.Authorization/denyAssignments?api-version=2022-04-01`,
  )
  expect(body).toMatchObject({ value: [{ properties: { denyAssignmentName: 'locked by AKS' } }] })
})

it('reads a disabled subscription and writes nothing there until it is enabled again', async () => {
  const { as } = await begin()
  const ada = as('ada')
  const turn = (to: 'cancel' | 'enable') =>
    ada.send('POST', `/subscriptions/${subscription}/providers/Microsoft.Subscription/${to}?api-version=2021-10-01`)
  const write = () => ada.send('PUT', `${identityPath('one')}${identities}`, { location: 'westeurope' })
  await turn('cancel')
  const refused = await write()
  expect([refused.status, codeOf(refused.body)]).toEqual([409, 'ReadOnlyDisabledSubscription'])
  expect((await ada.send('GET', `${storagePath('orders')}${storage}`)).status).toBe(200)
  expect((await ada.send('GET', `/subscriptions/${subscription}?api-version=2022-12-01`)).body).toMatchObject({ state: 'Disabled' })
  await turn('enable')
  expect((await write()).status).toBe(201)
})

it('does not take a token for a subscription of another tenant', async () => {
  const other = '11111111-2222-4333-8444-555555555555'
  const { as } = await begin({
    subscriptions: [
      { id: subscription, name: 'Test' },
      { id: other, name: 'Partner', tenant: '99999999-2222-4333-8444-555555555555' },
    ],
  })
  const refused = await as('ada').send('GET', `/subscriptions/${other}/resourceGroups/x?api-version=2021-04-01`)
  expect([refused.status, codeOf(refused.body)]).toEqual([401, 'InvalidAuthenticationTokenTenant'])
  expect((await as('ada').send('GET', '/subscriptions?api-version=2022-12-01')).body).toMatchObject({
    value: [{ subscriptionId: subscription }],
  })
})
