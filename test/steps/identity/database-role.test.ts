// Users of databases through the real step; what the statements do on real servers is in test/real-databases.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mysqlIdentifier, postgresIdentifier } from '../../../src/databases/sdk.ts'
import { Failure } from '../../../src/errors/failure.ts'
import { conditionsOf } from '../../../src/model/conditions.ts'
import { databaseUserOf, sqlServerSid } from '../../../src/model/database-user.ts'
import type { IdentityFacts } from '../../../src/model/facts.ts'
import { loop } from '../../../src/model/loop.ts'
import type { GrantObject } from '../../../src/model/managed-objects.ts'
import type { View } from '../../../src/model/view.ts'
import type { DatabasePlace, DatabaseRole, Databases } from '../../../src/ports/databases.ts'
import type { Ports } from '../../../src/ports/ports.ts'
import { assignRoles } from '../../../src/steps/identity/assign-roles.ts'
import { inBackticks, inDoubleQuotes, statementsFor } from '../../../src/steps/identity/grants/database-statements.ts'
import { attempted, connection, fakeArm, following, portsOf, viewOf } from '../builders.ts'

const server =
  '/subscriptions/0b1f6471-1bf0-4dda-aec3-cb9272f09590/resourceGroups/data/providers/Microsoft.DBforPostgreSQL/flexibleServers/shopdb'
const identity = loop(
  'identity',
  '/subscriptions/0b1f6471-1bf0-4dda-aec3-cb9272f09590/resourceGroups/shop/providers/Microsoft.ManagedIdentity/userAssignedIdentities/sc-shop',
)
const own = '0d0c5b1e-0000-4000-8000-00000000000a'
const [writer, reader] = ['databaseRole:writer@child', 'databaseRole:reader@child']
const member = (name: string, roles: readonly string[], database = 'orders') =>
  connection({
    name,
    identity,
    type: 'postgres-flexible',
    target: loop('target', server),
    targetId: `${server}/databases/${database}`,
    roles,
  })
const view = (members: View<'identity'>['members']): View<'identity'> =>
  viewOf(identity, { members, facts: { clientId: 'c1', principalId: 'p1', tenant: 't1' } })

/** `user`: whom the one user of the server stands for, if it is there. `users`: what it may do, by database. `gone`: databases that were dropped. */
type World = {
  readonly users: Map<string, DatabaseRole>
  readonly user: { of: string | undefined }
  readonly gone: Set<string>
  readonly places: DatabasePlace[]
  readonly ports: Ports
}

/** `administrators`: names that the server lists, with whom each is. */
function world(
  administrators: readonly (readonly [string, string, string])[] = [['connector', own, 'ServicePrincipal']],
  refused?: Failure,
  notGranted: readonly string[] = [],
): World {
  const users = new Map<string, DatabaseRole>()
  const user: { of: string | undefined } = { of: undefined }
  const gone = new Set<string>()
  const places: DatabasePlace[] = []
  const reached = (place: DatabasePlace): void => {
    places.push(place)
    if (refused) throw refused
  }
  const databases: Databases = {
    async find(place, { objectId }) {
      reached(place)
      if (user.of === undefined) return undefined
      const role = gone.has(place.database) ? undefined : users.get(place.database)
      const roles = role === undefined ? [] : role === 'writer' ? (['reader', 'writer'] as const) : (['reader'] as const)
      return { isSame: user.of === objectId, roles, isUnused: users.size === 0, notGranted }
    },
    users: async () => [],
    async grant(place, { objectId }, role) {
      reached(place)
      if (user.of !== undefined && user.of !== objectId) throw new Failure({ class: 'manual', code: 'DatabaseUserTaken', about: {} })
      user.of = objectId
      if (users.get(place.database) !== 'writer') users.set(place.database, role)
    },
    async revoke(place, { objectId }, keeps) {
      reached(place)
      if (user.of !== objectId) return
      if (keeps) users.set(place.database, keeps)
      else users.delete(place.database)
      if (users.size === 0) user.of = undefined
    },
  }
  const arm = {
    ...fakeArm(),
    get: async () => ({
      location: 'northeurope',
      properties: { state: 'Ready', fullyQualifiedDomainName: 'shopdb.postgres.database.azure.com' },
    }),
    list: async () =>
      administrators.map(([principalName, name, principalType]) => ({ name, properties: { principalName, principalType } })),
  }
  return { users, user, gone, places, ports: portsOf({ arm, databases, ownIds: async () => [own] }) }
}

describe('a user of a database', () => {
  it('is made for the first connection, shared by the next, and goes with the last', async () => {
    const { users, ports } = world()
    const first = view([member('one', [writer])])
    const made = await attempted(assignRoles, first, ports)
    expect(made.facts).toMatchObject({
      roles: [`databaserole:reader@${server}/databases/orders`, `databaserole:writer@${server}/databases/orders`].map((fact) =>
        fact.toLowerCase(),
      ),
    })
    expect([...users]).toEqual([['orders', 'writer']])

    const both = { ...following(assignRoles, first, made), members: [member('one', [writer]), member('two', [reader])] }
    const joined = await attempted(assignRoles, both, ports)
    expect(joined.tracked.map(({ ownership }) => ownership)).toEqual(['ours', 'ours'])

    const second = { ...following(assignRoles, both, joined), members: [member('two', [reader])] }
    const left = await attempted(assignRoles, second, ports)
    expect([...users]).toEqual([['orders', 'reader']])

    const none = { ...following(assignRoles, second, left), members: [] }
    const gone = await attempted(assignRoles, none, ports)
    expect([...users]).toEqual([])
    expect(gone.tracked).toEqual([])
  })

  it('is in the database that the connection names, under one name', async () => {
    const { users, places, ports } = world()
    await attempted(assignRoles, view([member('one', [writer]), member('two', [reader], 'stock')]), ports)
    expect([...users].sort()).toEqual([
      ['orders', 'writer'],
      ['stock', 'reader'],
    ])
    expect(new Set(places.map(({ host, port, administrator }) => `${administrator}@${host}:${port}`))).toEqual(
      new Set(['connector@shopdb.postgres.database.azure.com:5432']),
    )
    expect(databaseUserOf(identity)).toMatch(/^sc_[a-z2-7]{26}$/)
  })

  it('is given the rights of a second database later on', async () => {
    const { users, ports } = world()
    const first = view([member('one', [writer])])
    const made = await attempted(assignRoles, first, ports)
    const both = { ...following(assignRoles, first, made), members: [member('one', [writer]), member('two', [reader], 'stock')] }
    const second = await attempted(assignRoles, both, ports)
    expect(second.problems).toEqual([])
    expect([...users]).toEqual([
      ['orders', 'writer'],
      ['stock', 'reader'],
    ])
  })

  it('goes before that of a recreated identity is made', async () => {
    const { users, user, ports } = world()
    const first = view([member('one', [writer]), member('two', [reader], 'stock')])
    const made = await attempted(assignRoles, first, ports)
    const recreated = following(assignRoles, first, made, { facts: { clientId: 'c2', principalId: 'p2', tenant: 't1' } })
    const again = await attempted(assignRoles, recreated, ports)
    expect(again.problems).toEqual([])
    expect(user.of).toBe('p2')
    expect(users.size).toBe(2)
    const settled = await attempted(assignRoles, following(assignRoles, recreated, again), ports)
    expect(settled.tracked.map(({ object }) => (object as GrantObject).principalId)).toEqual(['p2', 'p2'])
  })

  it.each([false, true])('of another principal under the same name is not touched (made by the app before: %s)', async (isMade) => {
    const { users, user, ports } = world()
    const first = view([member('one', [writer])])
    const before = isMade ? following(assignRoles, first, await attempted(assignRoles, first, ports)) : first
    users.set('orders', 'writer')
    user.of = 'someone else'
    const run = await attempted(assignRoles, before, ports)
    expect(run.problems).toMatchObject([{ code: 'NotOurs', text: expect.stringContaining('another principal') }])
    const none = await attempted(assignRoles, { ...following(assignRoles, before, run), members: [] }, ports)
    expect([user.of, [...users], none.tracked]).toEqual(['someone else', [['orders', 'writer']], []])
  })

  it('goes with its database, once no other one knows it', async () => {
    const { users, user, gone, ports } = world()
    const first = view([member('one', [writer])])
    const made = await attempted(assignRoles, first, ports)
    gone.add('orders')
    users.delete('orders')
    const none = { ...following(assignRoles, first, made), members: [] }
    const left = await attempted(assignRoles, none, ports)
    expect(user.of).toBeUndefined()
    expect((await attempted(assignRoles, following(assignRoles, none, left), ports)).tracked).toEqual([])
  })

  it('tells whose tables it does not cover', async () => {
    const { ports } = world(undefined, undefined, ['migrations'])
    const first = view([member('one', [writer])])
    const made = following(assignRoles, first, await attempted(assignRoles, first, ports))
    const { facts } = await attempted(assignRoles, made, ports)
    const self = member('one', [writer])
    const [condition] = conditionsOf(self, { cluster: {}, target: {}, identity: facts as IdentityFacts, tracked: () => [] }, 0)
    expect(condition?.fault).toMatchObject({ code: 'TablesOfOthers', about: { owners: 'migrations' } })
  })

  it('is taken by people as the app takes it: what another connection needs stays', async () => {
    const { ports } = world()
    const first = view([member('one', [writer]), member('two', [reader])])
    const made = following(assignRoles, first, await attempted(assignRoles, first, ports))
    const cli = async (members: View<'identity'>['members']): Promise<string> => {
      const { report } = await attempted(assignRoles, { ...made, members }, ports, { mode: 'report' })
      return report?.commands?.cli ?? ''
    }
    const kept = await cli([member('two', [reader])])
    expect(kept).toContain('INSERT, UPDATE, DELETE')
    expect(kept).not.toMatch(/DROP|REVOKE CONNECT|REVOKE USAGE|SELECT, INSERT/)
    expect(await cli([])).toMatch(/REVOKE CONNECT[\s\S]*DROP ROLE/)
  })

  it('is not made where the app is no administrator: the statements are there for one who is', async () => {
    const { users, places, ports } = world([['ada', 'another', 'User']])
    const run = await attempted(assignRoles, view([member('one', [writer])]), ports)
    expect([...users]).toEqual([])
    expect(places).toEqual([])
    expect(run.unknown).toMatchObject([
      {
        code: 'NotDatabaseAdministrator',
        commands: {
          cli: expect.stringMatching(
            /pgaadauth_create_principal_with_oid\('sc_[a-z2-7]{26}', 'p1'[\s\S]*SELECT, INSERT, UPDATE, DELETE[\s\S]*\n\\gexec\nSQL$/,
          ),
        },
      },
    ])
  })

  it('is made by a group that the app is in, as one after the other is tried', async () => {
    const refused = new Failure({ class: 'permission', code: 'NotDatabaseAdministrator', about: {} })
    const { places, ports } = world(
      [
        ['connector', own, 'ServicePrincipal'],
        ['admins', 'another', 'Group'],
      ],
      refused,
    )
    await attempted(assignRoles, view([member('one', [writer])]), ports)
    expect(places.map(({ administrator }) => administrator)).toEqual(['connector', 'admins'])
  })

  it('stays as it is while the server is not reached, and that is told', async () => {
    const refused = new Failure({
      class: 'manual',
      code: 'DatabaseUnreachable',
      about: { server: 'shopdb', database: 'orders', message: 'timeout' },
    })
    const { ports } = world(undefined, refused)
    const run = await attempted(assignRoles, view([member('one', [writer])]), ports)
    expect(run.unknown).toMatchObject([{ code: 'DatabaseUnreachable' }])
    expect(run.facts).toMatchObject({ roles: [] })
  })
})

describe('a user of Azure SQL', () => {
  const sql = server.replace('Microsoft.DBforPostgreSQL/flexibleServers', 'Microsoft.Sql/servers')
  const client = 'c0c5b1e0-0000-4000-8000-00000000000c'
  const shop = viewOf(identity, {
    members: [
      connection({ name: 'one', identity, type: 'sql', target: loop('target', sql), targetId: `${sql}/databases/orders`, roles: [writer] }),
    ],
    facts: { clientId: client, principalId: 'p1', tenant: 't1' },
  })
  const administeredBy = (properties: object): World => {
    const made = world()
    const body = { location: 'northeurope', properties: { state: 'Ready', fullyQualifiedDomainName: 'shopdb.database.windows.net' } }
    const arm = {
      ...fakeArm(),
      get: async () => body,
      list: async () => [{ properties: { administratorType: 'ActiveDirectory', login: 'admin', ...properties } }],
    }
    return { ...made, ports: { ...made.ports, arm } }
  }

  it.each([
    ['the app itself', { sid: own, principalType: 'Application' }, true],
    ['a group, which the app may be in', { sid: 'another', principalType: 'Group' }, true],
    ['one of no known kind', { sid: 'another' }, true],
    ['a person', { sid: 'another', principalType: 'User' }, false],
    ['another application', { sid: 'another', principalType: 'Application' }, false],
  ])('is made where the administrator is %s', async (_, properties, isMade) => {
    const { users, places, ports } = administeredBy(properties)
    const run = await attempted(assignRoles, shop, ports)
    expect([...users]).toEqual(isMade ? [['orders', 'writer']] : [])
    if (isMade)
      expect(places[0]).toMatchObject({ engine: 'sqlserver', host: 'shopdb.database.windows.net', port: 1433, database: 'orders' })
    else expect(run.unknown).toMatchObject([{ code: 'NotDatabaseAdministrator' }])
  })

  it('is made and taken by people as the app does it, in the words of sqlcmd', async () => {
    const run = await attempted(assignRoles, shop, administeredBy({ sid: 'another', principalType: 'User' }).ports)
    const name = databaseUserOf(identity)
    expect(run.unknown[0]?.commands?.cli).toBe(
      [
        "sqlcmd -S shopdb.database.windows.net -d 'orders' -G -b <<'SQL'",
        `IF DATABASE_PRINCIPAL_ID(N'${name}') IS NULL CREATE USER [${name}] WITH SID = ${sqlServerSid(client)}, TYPE = E;`,
        'GO',
        `ALTER ROLE db_datareader ADD MEMBER [${name}];`,
        'GO',
        `ALTER ROLE db_datawriter ADD MEMBER [${name}];`,
        'GO',
        'SQL',
      ].join('\n'),
    )
    const { ports } = administeredBy({ sid: own })
    const made = following(assignRoles, shop, await attempted(assignRoles, shop, ports))
    const { report } = await attempted(assignRoles, { ...made, members: [] }, ports, { mode: 'report' })
    expect(report?.commands?.cli).toMatch(
      /db_datareader DROP MEMBER[\s\S]*db_datawriter DROP MEMBER[\s\S]*IF NOT EXISTS[\s\S]*DROP USER IF EXISTS/,
    )
  })
})

it('is granted by people on a second database of a server, too: no client stops at the user that is there', () => {
  const owner = server.replace('DBforPostgreSQL', 'DBforMySQL')
  const object = {
    kind: 'role-assignment',
    id: '',
    summary: '',
    owner,
    scope: `${owner}/databases/my_shop`,
    principalId: '',
    roleId: '',
    name: '',
  } as const
  const [command = '', ...statements] = statementsFor(object, { name: 'sc_user', objectId: 'o', clientId: 'c' }, 'reader').split('\n')
  expect(command).toMatch(/^mysql .* --force <<'SQL'$/)
  expect(statements.slice(1)).toEqual([
    "CREATE AADUSER 'sc_user' IDENTIFIED BY 'c';",
    "GRANT SELECT, SHOW VIEW ON `my\\_shop`.* TO 'sc_user'@'%';",
    'SQL',
  ])
})

it('is written for people with names quoted as the drivers quote them', () => {
  fc.assert(
    fc.property(
      fc.string({ minLength: 1, unit: 'binary-ascii' }).filter((name) => !name.includes('\0')),
      (name) => {
        expect(inDoubleQuotes(name)).toBe(postgresIdentifier(name))
        expect(inBackticks(name)).toBe(mysqlIdentifier(name))
      },
    ),
  )
})
