// Forms that were recorded of the real Azure and that nothing else here depends on yet.
import { afterEach, beforeEach, expect, it } from 'vitest'
import { idOf } from '../../../../src/local/fleets/fleet.ts'
import { type ArmWorld, armWorld, groupPath, identityPath, storagePath, subscription } from './arm-world.ts'

let world: ArmWorld
beforeEach(async () => {
  world = await armWorld()
})
afterEach(() => world.close())

const ask = (method: string, path: string, version: string, body?: object) =>
  world.as('ada').send(method, `${path}?api-version=${version}`, body)
const reader = `/subscriptions/${subscription}/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7`

it('says who made a role assignment when it is read, and not when it is made', async () => {
  const path = `${groupPath('shop')}/providers/Microsoft.Authorization/roleAssignments/${idOf('one')}`
  const properties = { roleDefinitionId: reader, principalId: world.cloud.app.principalId, principalType: 'ServicePrincipal' }
  const made = await ask('PUT', path, '2022-04-01', { properties })
  const read = await ask('GET', path, '2022-04-01')
  expect([made.body, read.body]).toMatchObject([{ properties: { createdBy: null } }, { properties: { createdBy: expect.any(String) } }])
})

it('names a role definition below its subscription, also where a group was asked', async () => {
  const path = `${groupPath('shop')}/providers/Microsoft.Authorization/roleDefinitions/${reader.split('/').at(-1)}`
  expect((await ask('GET', path, '2022-04-01')).body).toMatchObject({ id: reader })
})

it('names a new identity and a new credential in a relative Location, with the group in lower case', async () => {
  const identity = identityPath('sc-pod')
  const made = await ask('PUT', identity, '2023-01-31', { location: 'westeurope' })
  const credential = `${identity}/federatedIdentityCredentials/pod`
  const properties = { issuer: 'https://issuer.example.com/', subject: 'system:serviceaccount:a:b', audiences: ['api://x'] }
  const given = await ask('PUT', credential, '2023-01-31', { properties })
  expect([made, given].map(({ headers }) => headers.get('location'))).toEqual(
    [identity, credential].map((path) => path.replace('resourceGroups', 'resourcegroups')),
  )
})

it('says in a storage account when its keys were made', async () => {
  const times = async () =>
    ((await ask('GET', storagePath('orders'), '2024-01-01')).body['properties'] as unknown as Record<string, Record<string, string>>)[
      'keyCreationTime'
    ]
  const before = await times()
  await world.clock.pass(60_000)
  await ask('POST', `${storagePath('orders')}/regenerateKey`, '2024-01-01', { keyName: 'key2' })
  const after = await times()
  expect([after?.['key1'] === before?.['key1'], after?.['key2'] === before?.['key2']]).toEqual([true, false])
})
