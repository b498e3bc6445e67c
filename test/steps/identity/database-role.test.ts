// Users of databases through the real step; what the statements do on real servers is in test/real-databases.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mysqlIdentifier, postgresIdentifier } from '../../../src/databases/sdk.ts'
import { Failure } from '../../../src/errors/failure.ts'
import { databaseUserOf } from '../../../src/model/database-user.ts'
import { loop } from '../../../src/model/loop.ts'
import type { View } from '../../../src/model/view.ts'
import type { DatabasePlace, DatabaseRole, Databases } from '../../../src/ports/databases.ts'
import type { Ports } from '../../../src/ports/ports.ts'
import { assignRoles } from '../../../src/steps/identity/assign-roles.ts'
import { inBackticks, inDoubleQuotes } from '../../../src/steps/identity/grants/database-statements.ts'
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

type World = { readonly users: Map<string, DatabaseRole>; readonly places: DatabasePlace[]; readonly ports: Ports }

/** `users`: by database. `administrators`: names that the server lists, with whom each is. */
function world(
  administrators: readonly (readonly [string, string, string])[] = [['connector', own, 'ServicePrincipal']],
  refused?: Failure,
): World {
  const users = new Map<string, DatabaseRole>()
  const places: DatabasePlace[] = []
  const reached = (place: DatabasePlace): void => {
    places.push(place)
    if (refused) throw refused
  }
  const databases: Databases = {
    async find(place) {
      reached(place)
      const role = users.get(place.database)
      return role && { isSame: true, roles: role === 'writer' ? ['reader', 'writer'] : ['reader'] }
    },
    async grant(place, _user, role) {
      reached(place)
      if (users.get(place.database) !== 'writer') users.set(place.database, role)
    },
    async revoke(place, _user, keeps) {
      reached(place)
      if (keeps) users.set(place.database, keeps)
      else users.delete(place.database)
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
  return { users, places, ports: portsOf({ arm, databases, ownIds: async () => [own] }) }
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
            /pgaadauth_create_principal_with_oid\('sc_[a-z2-7]{26}', 'p1'[\s\S]*GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES/,
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
