// Roles on the data of Cosmos DB through the real step and the real client against the simulated cloud.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createArm } from '../../src/azure/arm.ts'
import { finish } from '../../src/engine/attempt-result.ts'
import { cosmosChildrenIn } from '../../src/local/cloud/arm/cosmos-children.ts'
import { idOf } from '../../src/local/fleets/fleet.ts'
import type { Connection } from '../../src/model/connection.ts'
import { loop } from '../../src/model/loop.ts'
import type { StepRow } from '../../src/model/outcome.ts'
import type { View } from '../../src/model/view.ts'
import type { Ports } from '../../src/ports/ports.ts'
import { assignRoles } from '../../src/steps/identity/assign-roles.ts'
import { namedGrants } from '../../src/steps/identity/grants/named-grants.ts'
import { groupPath } from '../local/cloud/arm/arm-world.ts'
import { dataGrants } from '../scenarios/footprint.ts'
import { attempted, connection, following, identityFacts, minutes, now, portsOf, viewOf, worker } from '../steps/builders.ts'
import { type AzureWorld, azureWorld } from './azure-world.ts'

const id = `${groupPath('shop')}/providers/Microsoft.DocumentDB/databaseAccounts/orders`
const target = loop('target', id)
const principalId = idOf('principal ada')
const contributor = 'cosmosDataRole:00000000-0000-0000-0000-000000000002'
const on = (database: string, ...roles: readonly string[]): Connection =>
  connection({ name: database, target, targetId: `${id}/sqlDatabases/${database}`, roles })

const idOfAccount = (api: string): string => `${id}${api}`
const planes = [
  { kind: 'cosmosTableRole', api: 'table', roles: [1, 2], child: 'tables/people', scope: '/dbs/TablesDB/colls/people', cli: 'table' },
  {
    kind: 'cosmosGremlinRole',
    api: 'gremlin',
    roles: [3, 4],
    child: 'gremlinDatabases/shop/graphs/people',
    scope: '/dbs/shop/colls/people',
    cli: 'gremlin',
  },
  { kind: 'cosmosCassandraRole', api: 'cassandra', roles: [3, 4], child: 'cassandraKeyspaces/shop', scope: '/dbs/shop', cli: 'cassandra' },
  { kind: 'cosmosMongoRole', api: 'mongo', roles: [3, 4], child: 'mongodbDatabases/shop', scope: '/dbs/shop', cli: 'mongomi' },
] as const

let world: AzureWorld
let ports: Ports
beforeAll(async () => {
  const others = planes.map(({ api, child }) => ({ id: idOfAccount(api), location: 'northeurope', api, children: [child] }))
  world = await azureWorld({
    resources: [{ id, location: 'northeurope', children: ['sqlDatabases/shop', 'sqlDatabases/mall'] }, ...others],
  })
})
afterAll(() => world.close())
beforeEach(() => {
  for (const [key, { type }] of cosmosChildrenIn(world.cloud.world))
    if (type.endsWith('RoleAssignments')) cosmosChildrenIn(world.cloud.world).delete(key)
  ports = portsOf({ arm: createArm(world.connection('ada')) })
})

const view = (...members: readonly Connection[]): View<'identity'> => viewOf(worker, { members, facts: identityFacts({ principalId }) })

/** One attempt after the other, as the loop makes them, until nothing is under way. */
async function settle(from: View<'identity'>): Promise<View<'identity'>> {
  let at = from
  let before: StepRow | undefined
  for (let tries = 0; tries < 6; tries++) {
    const run = await attempted(assignRoles, at, ports, before ? { before } : {})
    if (run.failure) throw run.failure
    at = following(assignRoles, at, run)
    if (!run.started) return at
    before = { ...finish(run, before, now), step: 'assign-roles', facts: {}, tracked: run.tracked, wake: [] } as unknown as StepRow
    await world.clock.pass(minutes)
  }
  throw new Error('It goes on and on')
}
const given = (): readonly string[] =>
  dataGrants(world.cloud.world).map(({ scope, grant }) => `${grant.slice(-1)} on ${scope.slice(id.length)}`)

it('are given on the account, and on single databases, one operation at a time', async () => {
  await settle(
    view(on('shop', contributor), on('mall', `${contributor}@child`, 'cosmosDataRole:00000000-0000-0000-0000-000000000001@child')),
  )
  expect([...given()].sort()).toEqual(['1 on /dbs/mall', '2 on ', '2 on /dbs/mall'])
})

it('are removed with the last connection that needs them, and those of others are adopted', async () => {
  const made = await settle(view(on('shop', contributor)))
  expect(made.tracked('assign-roles').map(({ ownership }) => ownership)).toEqual(['ours'])
  await settle({ ...made, members: [] })
  expect(given()).toEqual([])
  const roleDefinitionId = `${id}/sqlRoleDefinitions/00000000-0000-0000-0000-000000000002`
  const other = {
    id: `${id}/sqlRoleAssignments/by-hand`,
    name: 'by-hand',
    type: 'Microsoft.DocumentDB/databaseAccounts/sqlRoleAssignments',
  }
  cosmosChildrenIn(world.cloud.world).set(other.id.toLowerCase(), { ...other, properties: { roleDefinitionId, principalId, scope: id } })
  const adopted = await settle(view(on('shop', contributor)))
  expect(adopted.tracked('assign-roles').map(({ ownership }) => ownership)).toEqual(['adopted'])
  await settle({ ...adopted, members: [] })
  expect(given()).toEqual(['2 on '])
})

it('waits for a principal that the account does not know yet', async () => {
  const unknown = viewOf(worker, { members: [on('shop', contributor)], facts: identityFacts({ principalId: idOf('principal unknown') }) })
  const { failure } = await attempted(assignRoles, unknown, ports)
  expect(failure?.fields).toMatchObject({ class: 'replication', code: 'NotKnownYet' })
})

it('is told by hand in the words of the Azure CLI', async () => {
  const { report } = await attempted(assignRoles, view(on('mall', `${contributor}@child`)), ports, { mode: 'report' })
  expect(report?.commands?.cli).toMatch(
    /^az cosmosdb sql role assignment create --role-assignment-id \S+ --subscription \S+ --resource-group 'shop' --account-name 'orders' --role-definition-id \S+ --principal-id \S+ --scope '\S+\/dbs\/mall'$/,
  )
})

describe.each(planes)('$kind', ({ kind, api, roles: [reader, writer], child, scope, cli }) => {
  const account = idOfAccount(api)
  const grant = (role: number): string => `${kind}:00000000-0000-0000-0000-00000000000${role}`
  const to = (...roles: readonly string[]): Connection =>
    connection({ name: 'c', target: loop('target', account), targetId: `${account}/${child}`, roles })

  it('is given on the account and on what a connection names, and found there by the sweep', async () => {
    const made = await settle(view(to(grant(writer), `${grant(reader)}@child`)))
    const there = dataGrants(world.cloud.world).map((one) => `${one.grant.slice(-1)} on ${one.scope.slice(account.length)}`)
    expect(there.sort()).toEqual([`${reader} on ${scope}`, `${writer} on `].sort())
    expect(made.tracked('assign-roles').map(({ ownership }) => ownership)).toEqual(['ours', 'ours'])
    const found = await namedGrants(ports).on(account, true)
    const facts = [`${grant(writer)}@${account}`, `${grant(reader)}@${account}/${child}`].map((fact) => fact.toLowerCase())
    expect(found.flatMap((one) => one.facts).sort()).toEqual(facts.sort())
    for (const one of found) {
      await one.remove({ key: worker.key, principalId, clientId: '' })
      await world.clock.pass(minutes)
    }
    expect(dataGrants(world.cloud.world)).toEqual([])
  })

  it('is told by hand', async () => {
    const { report } = await attempted(assignRoles, view(to(`${grant(reader)}@child`)), ports, { mode: 'report' })
    const definition = `${account}/${cli === 'mongomi' ? 'mongoMI' : cli}RoleDefinitions/${grant(reader).split(':')[1]}`
    expect(report?.commands?.cli).toMatch(
      new RegExp(
        `^az cosmosdb ${cli} role assignment create --role-assignment-id \\S+ .* --role-definition-id '${definition}' .*${scope}'$`,
      ),
    )
    for (const text of [report?.commands?.bicep, report?.commands?.terraform]) {
      expect(text).toMatch(/databaseAccounts\/\w+RoleAssignments@2026-03-15/)
      for (const part of [definition, `${account}${scope}`, principalId]) expect(text).toContain(part)
    }
  })
})

it('are shown as those for Table, too, which no sweep takes for another grant', async () => {
  await settle(view(on('shop', contributor)))
  const tables = await createArm(world.connection('ada')).list(`${id}/tableRoleAssignments`, '2026-03-15')
  expect(tables).toMatchObject([{ properties: { principalId, scope: id } }])
  const found = await namedGrants(ports).on(id, true)
  expect(found.flatMap(({ facts }) => facts)).toEqual([`${contributor}@${id}`.toLowerCase()])
})
