import { afterEach, beforeEach, expect, it } from 'vitest'
import { idOf } from '../../../../src/local/fleets/fleet.ts'
import { unknownMisfits } from '../../../oracles/arm-oracle.ts'
import { type ArmWorld, armWorld, groupPath } from './arm-world.ts'

const id = `${groupPath('shop')}/providers/Microsoft.DocumentDB/databaseAccounts/orders`
const version = '?api-version=2025-10-15'
const minute = 60_000

let world: ArmWorld
beforeEach(async () => {
  world = await armWorld({
    resources: [
      { id, location: 'westeurope', network: 'rules', allow: ['198.51.100.7'], children: ['sqlDatabases/shop', 'sqlDatabases/mall'] },
      { id: `${id}m`, location: 'westeurope', api: 'mongo', localAuth: false },
    ],
  })
})
afterEach(() => world.close())
const ask = (method: string, path: string, body?: object) => world.as('ada').send(method, path + version, body)
const properties = async (path = id) => (await ask('GET', path)).body['properties'] as unknown as Readonly<Record<string, unknown>>
const rules = (...ips: readonly string[]) => ({ properties: { ipRules: ips.map((ipAddressOrRange) => ({ ipAddressOrRange })) } })

it('is what a fleet says in a few words, as Azure answers it', async () => {
  const { status, body } = await ask('GET', id)
  expect(body).toMatchObject({
    kind: 'GlobalDocumentDB',
    properties: { documentEndpoint: 'https://orders.documents.azure.com:443/', ipRules: [{ ipAddressOrRange: '198.51.100.7' }] },
  })
  expect(unknownMisfits({ method: 'GET', path: id + version, requestBody: '', status, body })).toEqual([])
  expect(await properties(`${id}m`)).toMatchObject({ disableLocalAuth: true, ipRules: [] })
})

it('changes its firewall over minutes, and refuses every other change until then', async () => {
  const first = await ask('PATCH', id, rules('198.51.100.8'))
  expect([first.status, first.body]).toMatchObject([200, { properties: { provisioningState: 'Updating' } }])
  const second = await ask('PATCH', id, rules())
  expect([second.status, second.body['code'], String(second.body['message'])]).toEqual([
    412,
    'PreconditionFailed',
    expect.stringContaining('exclusive lock on this service orders'),
  ])
  expect((await properties())['ipRules']).toEqual([{ ipAddressOrRange: '198.51.100.7' }])
  const poll = async () => (await world.as('ada').send('GET', String(first.headers.get('azure-asyncoperation')))).body['status']
  expect(await poll()).toBe('Enqueued')
  await world.clock.pass(minute)
  expect(await poll()).toBe('Dequeued')
  await world.clock.pass(6 * minute)
  expect(await poll()).toBe('Succeeded')
  expect(await properties()).toMatchObject({ provisioningState: 'Succeeded', ipRules: [{ ipAddressOrRange: '198.51.100.8' }] })
})

it('is as it was after a change that failed, and says so', async () => {
  const error = { code: 'InternalServerError', message: 'The change was rolled back.' }
  world.cloud.faults.add({ match: { service: 'arm', method: 'PATCH' }, times: 1, answer: { operation: { status: 'Failed', error } } })
  await ask('PATCH', id, rules('198.51.100.8'))
  await world.clock.pass(7 * minute)
  expect(await properties()).toMatchObject({ provisioningState: 'Failed', ipRules: [{ ipAddressOrRange: '198.51.100.7' }] })
  expect((await ask('PATCH', id, rules('198.51.100.9'))).status).toBe(200)
})

it('refuses private addresses', async () => {
  expect((await ask('PATCH', id, rules('10.1.2.3'))).status).toBe(400)
})

it('has four keys, of which one is made again in a minute and a half', async () => {
  const keys = async () => (await ask('POST', `${id}/listKeys`)).body
  const before = await keys()
  const metadata = (await properties())['keysMetadata']
  expect((await ask('POST', `${id}/regenerateKey`, { keyKind: 'primary' })).status).toBe(202)
  expect(await keys()).toEqual(before)
  await world.clock.pass(2 * minute)
  expect(await keys()).toEqual({ ...before, primaryMasterKey: expect.not.stringMatching(String(before['primaryMasterKey']).slice(0, 20)) })
  expect((await properties())['keysMetadata']).not.toEqual(metadata)
})

it('has the connection strings of its API', async () => {
  const strings = async (path: string) =>
    (await ask('POST', `${path}/listConnectionStrings`)).body['connectionStrings'] as unknown as readonly Readonly<Record<string, string>>[]
  expect((await strings(id)).map(({ type, keyKind }) => `${type} ${keyKind}`)).toEqual(['Sql Primary', 'Sql Secondary'])
  expect((await strings(`${id}m`))[0]?.['connectionString']).toMatch(/^mongodb:\/\/ordersm:.*@ordersm\.mongo\.cosmos\.azure\.com:10255\//)
})

it('makes databases and assigns its own roles by 202, one role at a time', async () => {
  expect((await ask('GET', `${id}/sqlDatabases`)).body['value']).toHaveLength(2)
  expect((await ask('GET', `${id}/sqlDatabases/none`)).body).toMatchObject({ code: 'NotFound' })
  expect((await ask('PUT', `${id}/sqlDatabases/none`, { properties: { resource: { id: 'none' } } })).body).toEqual({ status: 'Enqueued' })
  await world.clock.pass(minute)
  expect((await ask('GET', `${id}/sqlDatabases/none`)).status).toBe(200)

  const assign = (name: number) =>
    ask('PUT', `${id}/sqlRoleAssignments/00000000-0000-4000-8000-00000000000${name}`, {
      properties: {
        roleDefinitionId: `${id}/sqlRoleDefinitions/00000000-0000-0000-0000-000000000002`,
        scope: `${id}/dbs/shop`,
        principalId: idOf('principal ada'),
      },
    })
  expect([(await assign(1)).status, (await assign(2)).status]).toEqual([202, 412])
  await world.clock.pass(minute)
  const { body } = await ask('GET', `${id}/sqlRoleAssignments`)
  expect(body['value']).toMatchObject([{ properties: { scope: `${id}/dbs/shop` } }])
  expect((await ask('DELETE', `${id}/sqlRoleAssignments/00000000-0000-4000-8000-000000000001`)).status).toBe(202)
  await world.clock.pass(minute)
  expect((await ask('GET', `${id}/sqlRoleAssignments/00000000-0000-4000-8000-000000000001`)).status).toBe(404)
})

it('shows assignments for NoSQL as those for Table, and drops one on what does not exist without a word', async () => {
  const assign = (name: number, scope: string) =>
    ask('PUT', `${id}/sqlRoleAssignments/00000000-0000-4000-8000-00000000000${name}`, {
      properties: {
        roleDefinitionId: `${id}/sqlRoleDefinitions/00000000-0000-0000-0000-000000000001`,
        scope: `${id}${scope}`,
        principalId: idOf('principal ada'),
      },
    })
  for (const [name, scope] of ['/dbs/mall', '/dbs/none', '/dbs/mall/colls/none'].entries()) {
    const { status, headers } = await assign(name, scope)
    expect(status).toBe(202)
    await world.clock.pass(minute)
    expect((await world.as('ada').send('GET', String(headers.get('azure-asyncoperation')))).body['status']).toBe('Succeeded')
  }
  for (const api of ['sql', 'table']) {
    const { body } = await ask('GET', `${id}/${api}RoleAssignments`)
    const name = '00000000-0000-4000-8000-000000000000'
    const roleDefinitionId = `${id}/${api}RoleDefinitions/00000000-0000-0000-0000-000000000001`
    expect(body['value']).toMatchObject([{ id: `${id}/${api}RoleAssignments/${name}`, properties: { roleDefinitionId } }])
    expect(body['value']).toHaveLength(1)
  }
  expect((await ask('GET', `${id}/gremlinRoleAssignments`)).body['value']).toEqual([])
})
