// Every grant is proven by what the user can do then, and what it cannot, on real servers. Nothing but the sign-in differs from Azure (engines.ts).
import { describe, expect, inject, it } from 'vitest'
import type { DatabaseUser } from '../../src/ports/databases.ts'
import { fresh, refused, shop, usersOf } from '../databases/users-suite.ts'
import { mariadbEngine, postgresEngine, type RealEngine } from './engines.ts'

const engines = [
  { name: 'PostgreSQL', port: inject('postgres'), start: postgresEngine },
  { name: 'MariaDB', port: inject('mariadb'), start: mariadbEngine },
] as const

for (const { name: server, port, start } of engines) {
  let started: Promise<RealEngine> | undefined
  const once = (): Promise<RealEngine> => {
    started ??= start(port)
    return started
  }
  usersOf(server, once, port !== 0)

  it.runIf(port !== 0)(`${server}: users are removed by the statements for people as they are by the app`, async () => {
    const engine = await once()
    const { user, name } = await shop(engine)
    const other = await shop(engine)
    for (const one of [name, other.name]) await engine.databases.grant(engine.place(one), user, 'writer')
    await engine.removeByHand(user, name, 'reader')
    expect(await engine.databases.find(engine.place(name), user)).toMatchObject({ roles: ['reader'] })
    await engine.removeByHand(user, name)
    await refused(engine.use(user.name, name, 'SELECT id FROM orders'))
    await engine.use(user.name, other.name, 'SELECT id FROM orders')
    await engine.removeByHand(user, other.name)
    expect(await engine.users()).not.toContain(user.name)
  })
}

describe('users of PostgreSQL', () => {
  it.runIf(inject('postgres') !== 0)(
    'read tables of every owner that the administrator is a member of, and stay while they own something',
    async () => {
      const engine = await postgresAgain()
      const { user, name } = fresh()
      await engine.administer('postgres', `create role migrations_${name} login`)
      await engine.administer('postgres', `grant migrations_${name} to administrator`)
      await engine.makeDatabase(name)
      await engine.administer(name, `grant all on schema public to migrations_${name}`)
      const migrate = (text: string): Promise<unknown> => engine.use(`migrations_${name}`, name, text)
      await migrate('create table orders (id serial)')
      await engine.databases.grant(engine.place(name), user, 'writer')
      await engine.use(user.name, name, 'insert into orders default values')
      await migrate('create table later (id int)')
      await engine.use(user.name, name, 'insert into later values (1)')
      await engine.administer(name, `grant create on schema public to ${user.name}`)
      await engine.use(user.name, name, 'create table mine (id int)')
      await expect(engine.databases.revoke(engine.place(name), user)).rejects.toMatchObject({ fields: { code: 'DatabaseUserOwns' } })
      expect(await engine.users()).toContain(user.name)
      await expect(engine.use(user.name, name, 'select id from orders')).rejects.toThrow(/permission/)
      await engine.administer(name, `revoke create on schema public from ${user.name}`)
      expect(await engine.databases.find(engine.place(name), user)).toMatchObject({ roles: [], isUnused: true })
    },
  )

  it.runIf(inject('postgres') !== 0).each(['reader', 'writer'] as const)(
    'are made and taken by people as the app does it, in every schema: %s',
    async (role) => {
      const engine = await postgresAgain()
      const { user, name } = fresh()
      const { user: other } = fresh()
      const database = `${name}-It.s`
      await engine.administer('postgres', `create role owner_${name} login`)
      await engine.administer('postgres', `grant owner_${name} to administrator`)
      await engine.makeDatabase(database)
      for (const text of [
        'create table orders (id serial)',
        'create schema "odd; schema"',
        `create table "odd; schema"."it's :'here'" (id serial)`,
        `create schema owned authorization owner_${name}`,
        `set role owner_${name}; create table owned.stock (id serial); create view owned.all_stock as select * from owned.stock`,
      ])
        await engine.administer(database, text)
      await engine.databases.grant(engine.place(database), user, role)
      engine.makeByHand?.(other, database, role)
      const given = async ({ name: of }: DatabaseUser) =>
        (await engine.administer(database, rightsOf(of))).map((row) => JSON.stringify(row)).sort()
      expect(await given(other)).toEqual(await given(user))
      expect((await given(other)).length).toBeGreaterThan(8)
      expect(await engine.databases.find(engine.place(database), other)).toMatchObject({ isSame: true, notGranted: [] })
      await engine.use(other.name, database, `select * from "odd; schema"."it's :'here'"`)
      const dropping = engine.use(other.name, database, 'drop table owned.stock')
      await expect(dropping).rejects.toThrow(/must be owner/)

      await engine.removeByHand(other, database, role === 'writer' ? 'reader' : undefined)
      await engine.databases.revoke(engine.place(database), user, role === 'writer' ? 'reader' : undefined)
      expect(await given(other)).toEqual(await given(user))
      await engine.removeByHand(other, database)
      expect([await given(other), (await engine.users()).includes(other.name)]).toEqual([[], false])
    },
  )

  it.runIf(inject('postgres') !== 0)('say whose tables they cannot read, until the administrator is a member', async () => {
    const engine = await postgresAgain()
    const { user, name } = fresh()
    await engine.administer('postgres', `create role owner_${name} login createdb`)
    await engine.use(`owner_${name}`, 'postgres', `create database ${name}`)
    await engine.use(`owner_${name}`, name, 'create table orders (id int)')
    await engine.databases.grant(engine.place(name), user, 'writer')
    const found = await engine.databases.find(engine.place(name), user)
    expect(found).toMatchObject({ roles: ['reader', 'writer'], notGranted: [`owner_${name}`] })
    await engine.administer('postgres', `grant owner_${name} to administrator`)
    expect((await engine.databases.find(engine.place(name), user))?.roles).toEqual([])
    await engine.databases.grant(engine.place(name), user, 'writer')
    await engine.use(user.name, name, 'insert into orders values (1)')
    expect(await engine.databases.find(engine.place(name), user)).toMatchObject({ roles: ['reader', 'writer'], notGranted: [] })
  })
})

/** Everything that the role was given in this database. */
const rightsOf = (role: string): string =>
  [
    `select 'database' as what, datname::text as name, a.privilege_type as may from pg_database, aclexplode(datacl) a where datname = current_database()`,
    `select 'schema', nspname::text, a.privilege_type from pg_namespace, aclexplode(nspacl) a where true`,
    `select relkind::text, relnamespace::regnamespace || '.' || relname, a.privilege_type from pg_class, aclexplode(relacl) a where true`,
    `select 'default ' || defaclobjtype::text, defaclrole::regrole::text, a.privilege_type from pg_default_acl, aclexplode(defaclacl) a where true`,
  ]
    .map((query) => `${query} and a.grantee = (select oid from pg_roles where rolname = '${role}')`)
    .join(' union all ')

/** The functions of Azure are there already. */
const postgresAgain = (): Promise<RealEngine> => postgresEngine(inject('postgres'), 'prepared')
