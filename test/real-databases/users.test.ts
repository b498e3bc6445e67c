// Every grant is proven by what the user can do then, and what it cannot, on real servers. Nothing but the sign-in differs from Azure (engines.ts).
import fc from 'fast-check'
import { beforeAll, describe, expect, inject, it } from 'vitest'
import { databaseUserOf } from '../../src/model/database-user.ts'
import { loop } from '../../src/model/loop.ts'
import type { DatabaseUser } from '../../src/ports/databases.ts'
import { type Engine, mariadbEngine, postgresEngine } from './engines.ts'

let counter = 0
/** Users and databases of their own for each test. */
const fresh = (): { readonly user: DatabaseUser; readonly name: string } => {
  counter++
  const id = (part: string): string => `${String(counter).padStart(8, '0')}-0000-4000-8000-${part.repeat(12)}`
  return { user: { name: `sc_user${counter}`, objectId: id('a'), clientId: id('b') }, name: `shop${counter}` }
}

const engines = [
  { name: 'PostgreSQL', port: inject('postgres'), start: postgresEngine },
  { name: 'MariaDB', port: inject('mariadb'), start: mariadbEngine },
] as const

describe.each(engines)('users of $name', ({ name: server, port, start }) => {
  let engine: Engine
  const refused = (work: Promise<unknown>): Promise<void> => expect(work).rejects.toThrow(/denied|must be owner|permission/i)
  const isThere = port !== 0

  beforeAll(async () => {
    if (isThere) engine = await start(port)
  })

  async function shop(): Promise<{ readonly user: DatabaseUser; readonly name: string }> {
    const made = fresh()
    await engine.makeDatabase(made.name)
    await engine.administer(made.name, 'CREATE TABLE orders (id int)')
    await engine.administer(made.name, 'INSERT INTO orders VALUES (1)')
    return made
  }

  it.runIf(isThere)('write and read, in tables that come later as well, and make, change or drop none', async () => {
    const { user, name } = await shop()
    await engine.databases.grant(engine.place(name), user, 'writer')
    const use = (text: string): Promise<unknown> => engine.use(user.name, name, text)
    expect(await use('SELECT id FROM orders')).toEqual([{ id: 1 }])
    await use('INSERT INTO orders VALUES (2)')
    await use('UPDATE orders SET id = 3 WHERE id = 2')
    await use('DELETE FROM orders WHERE id = 3')
    for (const text of ['DROP TABLE orders', 'ALTER TABLE orders ADD note int', 'CREATE TABLE mine (id int)', 'TRUNCATE TABLE orders'])
      await refused(use(text))
    await engine.administer(name, 'CREATE TABLE later (id int)')
    await use('INSERT INTO later VALUES (1)')
    expect(await engine.databases.find(engine.place(name), user)).toMatchObject({ isSame: true, roles: ['reader', 'writer'] })
  })

  it.runIf(isThere)('only read as readers, and nothing of another database', async () => {
    const { user, name } = await shop()
    const other = await shop()
    await engine.databases.grant(engine.place(name), user, 'reader')
    expect(await engine.use(user.name, name, 'SELECT id FROM orders')).toEqual([{ id: 1 }])
    for (const text of ['INSERT INTO orders VALUES (2)', 'DELETE FROM orders', 'DROP TABLE orders'])
      await refused(engine.use(user.name, name, text))
    await refused(engine.use(user.name, other.name, 'SELECT id FROM orders'))
    expect(await engine.databases.find(engine.place(name), user)).toMatchObject({ isSame: true, roles: ['reader'] })
  })

  it.runIf(isThere)('are granted twice and at once as if it were once', async () => {
    const { user, name } = await shop()
    await Promise.allSettled([1, 2, 3].map(() => engine.databases.grant(engine.place(name), user, 'writer')))
    await engine.databases.grant(engine.place(name), user, 'writer')
    expect(await engine.databases.find(engine.place(name), user)).toMatchObject({ isSame: true, roles: ['reader', 'writer'] })
    expect((await engine.users()).filter((one) => one === user.name)).toEqual([user.name])
  })

  it.runIf(isThere)('keep what another connection needs, and go with the last one', async () => {
    const { user, name } = await shop()
    const other = await shop()
    for (const one of [name, other.name]) await engine.databases.grant(engine.place(one), user, 'writer')
    await engine.databases.revoke(engine.place(name), user, 'reader')
    expect(await engine.use(user.name, name, 'SELECT id FROM orders')).toEqual([{ id: 1 }])
    await refused(engine.use(user.name, name, 'INSERT INTO orders VALUES (2)'))
    await engine.administer(name, 'CREATE TABLE later (id int)')
    await refused(engine.use(user.name, name, 'INSERT INTO later VALUES (2)'))
    await engine.databases.revoke(engine.place(name), user)
    await refused(engine.use(user.name, name, 'SELECT id FROM orders'))
    await engine.use(user.name, other.name, 'INSERT INTO orders VALUES (2)')
    expect(await engine.users()).toContain(user.name)
    await engine.databases.revoke(engine.place(other.name), user)
    expect(await engine.users()).not.toContain(user.name)
    expect(await engine.databases.find(engine.place(name), user)).toBeUndefined()
    await engine.databases.revoke(engine.place(name), user)
  })

  it.runIf(isThere)('are left alone by another principal under the same name, and made for it once they are gone', async () => {
    const { user, name } = await shop()
    await engine.databases.grant(engine.place(name), user, 'writer')
    const successor = { ...user, ...fresh().user, name: user.name }
    expect(await engine.databases.find(engine.place(name), successor)).toMatchObject({ isSame: false })
    await expect(engine.databases.grant(engine.place(name), successor, 'writer')).rejects.toMatchObject({
      fields: { code: 'DatabaseUserTaken' },
    })
    await engine.databases.revoke(engine.place(name), successor)
    await engine.use(user.name, name, 'INSERT INTO orders VALUES (2)')
    await engine.databases.revoke(engine.place(name), user)
    await engine.databases.grant(engine.place(name), successor, 'writer')
    expect(await engine.databases.find(engine.place(name), successor)).toMatchObject({ isSame: true, roles: ['reader', 'writer'] })
  })

  it.runIf(isThere)('keep what others gave them', async () => {
    const { user, name } = await shop()
    await engine.databases.grant(engine.place(name), user, 'writer')
    await engine.giveMore(user.name, name)
    await engine.databases.revoke(engine.place(name), user)
    await refused(engine.use(user.name, name, 'SELECT id FROM orders'))
    await engine.use(user.name, name, 'CREATE TABLE mine (id int)')
    expect(await engine.databases.find(engine.place(name), user)).toMatchObject({ roles: [] })
  })

  it.runIf(isThere)('go with a database that was dropped', async () => {
    const { user, name } = await shop()
    const other = await shop()
    for (const one of [name, other.name]) await engine.databases.grant(engine.place(one), user, 'writer')
    await engine.dropDatabase(name)
    await engine.databases.revoke(engine.place(name), user)
    expect(await engine.users()).toContain(user.name)
    await engine.dropDatabase(other.name)
    expect(await engine.databases.find(engine.place(other.name), user)).toMatchObject({ isSame: true })
    await engine.databases.revoke(engine.place(other.name), user)
    expect(await engine.users()).not.toContain(user.name)
  })

  it.runIf(isThere)('are listed where they may do something, and once they may do nothing', async () => {
    const [shop1, shop2] = [await shop(), await shop()]
    const user = { ...shop1.user, name: databaseUserOf(loop('identity', `${server} ${shop1.name}`)) }
    const listed = async (name: string): Promise<readonly object[]> =>
      (await engine.databases.users(engine.place(name))).filter((one) => one.name === user.name)
    expect(await listed(shop1.name)).toEqual([])
    for (const role of ['reader', 'writer'] as const) {
      await engine.databases.grant(engine.place(shop1.name), user, role)
      expect([await listed(shop1.name), await listed(shop2.name)]).toEqual([[{ name: user.name, isUnused: false }], []])
    }
    await engine.takeAll(user.name, shop1.name)
    for (const name of [shop1.name, shop2.name]) expect(await listed(name)).toEqual([{ name: user.name, isUnused: true }])
    await engine.databases.revoke(engine.place(shop2.name), user)
    expect(await listed(shop1.name)).toEqual([])
  })

  it.runIf(isThere)('are removed by the statements for people as they are by the app', async () => {
    const { user, name } = await shop()
    const other = await shop()
    for (const one of [name, other.name]) await engine.databases.grant(engine.place(one), user, 'writer')
    await engine.removeByHand(user, name, 'reader')
    expect(await engine.databases.find(engine.place(name), user)).toMatchObject({ roles: ['reader'] })
    await engine.removeByHand(user, name)
    await refused(engine.use(user.name, name, 'SELECT id FROM orders'))
    await engine.use(user.name, other.name, 'SELECT id FROM orders')
    await engine.removeByHand(user, other.name)
    expect(await engine.users()).not.toContain(user.name)
  })

  it.runIf(isThere)('lose a right to another writer, and get it back', async () => {
    const { user, name } = await shop()
    await engine.databases.grant(engine.place(name), user, 'writer')
    const of = server === 'PostgreSQL' ? `ON orders FROM ${user.name}` : `ON ${engine.quoted(name)}.* FROM ${user.name}@'%'`
    await engine.administer(name, `REVOKE INSERT ${of}`)
    expect((await engine.databases.find(engine.place(name), user))?.roles).toEqual(['reader'])
    await engine.databases.grant(engine.place(name), user, 'writer')
    await engine.use(user.name, name, 'INSERT INTO orders VALUES (2)')
  })

  it.runIf(isThere)('have a database of any name, and no other one whose name it would match as a pattern', async () => {
    const hostile = fc.array(fc.constantFrom('"', "'", '`', '%', '_', ';', '--', '$', '{', ' ', 'a', 'B', 'é', ']', '('), {
      minLength: 1,
      maxLength: 12,
    })
    await fc.assert(
      fc.asyncProperty(hostile, async (parts) => {
        const { user, name } = fresh()
        const database = `${name}_${parts.join('')}x`
        const alike = database.replaceAll(/[_%]/g, 'y')
        for (const one of [database, alike]) {
          await engine.makeDatabase(one)
          await engine.administer(one, `CREATE TABLE ${engine.quoted(database)} (id int)`)
        }
        const from = engine.quoted(database)
        await engine.databases.grant(engine.place(database), user, 'writer')
        await engine.use(user.name, database, `INSERT INTO ${from} VALUES (1)`)
        await refused(engine.use(user.name, database, `DROP TABLE ${from}`))
        await refused(engine.use(user.name, alike, `SELECT id FROM ${from}`))
        expect(await engine.databases.find(engine.place(database), user)).toMatchObject({ isSame: true, roles: ['reader', 'writer'] })
        await engine.databases.revoke(engine.place(database), user)
        expect(await engine.users()).not.toContain(user.name)
      }),
      { numRuns: 6 },
    )
  })

  it.runIf(isThere)('are not made where the database is not there', async () => {
    const { user, name } = fresh()
    await expect(engine.databases.grant(engine.place(name), user, 'writer')).rejects.toMatchObject({ fields: { code: 'DatabaseMissing' } })
    expect(await engine.users()).not.toContain(user.name)
  })
})

describe('users of PostgreSQL', () => {
  it.runIf(inject('postgres') !== 0)(
    'read tables of every owner that the administrator is a member of, and stay while they own something',
    async () => {
      const engine = await postgresAgain()
      const { user, name } = fresh()
      await engine.administer('postgres', `create role migrations${counter} login`)
      await engine.administer('postgres', `grant migrations${counter} to administrator`)
      await engine.makeDatabase(name)
      await engine.administer(name, `grant all on schema public to migrations${counter}`)
      const migrate = (text: string): Promise<unknown> => engine.use(`migrations${counter}`, name, text)
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
      await engine.administer('postgres', `create role owner${counter} login`)
      await engine.administer('postgres', `grant owner${counter} to administrator`)
      await engine.makeDatabase(database)
      for (const text of [
        'create table orders (id serial)',
        'create schema "odd; schema"',
        `create table "odd; schema"."it's :'here'" (id serial)`,
        `create schema owned authorization owner${counter}`,
        `set role owner${counter}; create table owned.stock (id serial); create view owned.all_stock as select * from owned.stock`,
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
    await engine.administer('postgres', `create role owner${counter} login createdb`)
    await engine.use(`owner${counter}`, 'postgres', `create database ${name}`)
    await engine.use(`owner${counter}`, name, 'create table orders (id int)')
    await engine.databases.grant(engine.place(name), user, 'writer')
    const found = await engine.databases.find(engine.place(name), user)
    expect(found).toMatchObject({ roles: ['reader', 'writer'], notGranted: [`owner${counter}`] })
    await engine.administer('postgres', `grant owner${counter} to administrator`)
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
const postgresAgain = (): Promise<Engine> => postgresEngine(inject('postgres'), 'prepared')
