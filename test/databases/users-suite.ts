// What users that the app makes can do, and what they cannot: rules for every server of databases, real or simulated.
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Rows } from '../../src/databases/session.ts'
import { databaseUserOf } from '../../src/model/database-user.ts'
import { loop } from '../../src/model/loop.ts'
import type { DatabasePlace, Databases, DatabaseUser } from '../../src/ports/databases.ts'

export type Engine = {
  readonly databases: Databases
  /** Rights on tables in the words of PostgreSQL, or on databases in those of MySQL. */
  readonly speaks: 'postgres' | 'mysql'
  place(database: string): DatabasePlace
  quoted(name: string): string
  /** As the administrator that the app is. */
  administer(database: string, text: string): Promise<Rows>
  /** As a user that the app made. */
  use(user: string, database: string, text: string): Promise<Rows>
  makeDatabase(name: string): Promise<void>
  dropDatabase(name: string): Promise<void>
  /** As another administrator would: the right to make tables. */
  giveMore(user: string, database: string): Promise<void>
  /** All that the app gave, by another administrator. */
  takeAll(user: string, database: string): Promise<void>
  users(): Promise<readonly string[]>
  close?(): Promise<void>
  /** How many names of databases are tried. */
  readonly runs?: number
}

let counter = 0
/** Users and databases of their own for each test. */
export const fresh = (): { readonly user: DatabaseUser; readonly name: string } => {
  counter++
  const id = (part: string): string => `${String(counter).padStart(8, '0')}-0000-4000-8000-${part.repeat(12)}`
  return { user: { name: `sc_user${counter}`, objectId: id('a'), clientId: id('b') }, name: `shop${counter}` }
}

/** A database with a table, and a user for it. */
export async function shop(engine: Engine): Promise<{ readonly user: DatabaseUser; readonly name: string }> {
  const made = fresh()
  await engine.makeDatabase(made.name)
  await engine.administer(made.name, 'CREATE TABLE orders (id int)')
  await engine.administer(made.name, 'INSERT INTO orders VALUES (1)')
  return made
}

export const refused = (work: Promise<unknown>): Promise<void> => expect(work).rejects.toThrow(/denied|must be owner|permission/i)

/** `isThere`: without it nothing is tried. */
export function usersOf(server: string, start: () => Promise<Engine>, isThere = true): void {
  describe.runIf(isThere)(`users of ${server}`, () => {
    let engine: Engine
    beforeAll(async () => {
      engine = await start()
    })
    afterAll(() => engine.close?.())

    it('write and read, in tables that come later as well, and make, change or drop none', async () => {
      const { user, name } = await shop(engine)
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

    it('only read as readers, and nothing of another database', async () => {
      const { user, name } = await shop(engine)
      const other = await shop(engine)
      await engine.databases.grant(engine.place(name), user, 'reader')
      expect(await engine.use(user.name, name, 'SELECT id FROM orders')).toEqual([{ id: 1 }])
      for (const text of ['INSERT INTO orders VALUES (2)', 'DELETE FROM orders', 'DROP TABLE orders'])
        await refused(engine.use(user.name, name, text))
      await refused(engine.use(user.name, other.name, 'SELECT id FROM orders'))
      expect(await engine.databases.find(engine.place(name), user)).toMatchObject({ isSame: true, roles: ['reader'] })
    })

    it('are granted twice and at once as if it were once', async () => {
      const { user, name } = await shop(engine)
      await Promise.allSettled([1, 2, 3].map(() => engine.databases.grant(engine.place(name), user, 'writer')))
      await engine.databases.grant(engine.place(name), user, 'writer')
      expect(await engine.databases.find(engine.place(name), user)).toMatchObject({ isSame: true, roles: ['reader', 'writer'] })
      expect((await engine.users()).filter((one) => one === user.name)).toEqual([user.name])
    })

    it('keep what another connection needs, and go with the last one', async () => {
      const { user, name } = await shop(engine)
      const other = await shop(engine)
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

    it('are left alone by another principal under the same name, and made for it once they are gone', async () => {
      const { user, name } = await shop(engine)
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

    it('keep what others gave them', async () => {
      const { user, name } = await shop(engine)
      await engine.databases.grant(engine.place(name), user, 'writer')
      await engine.giveMore(user.name, name)
      await engine.databases.revoke(engine.place(name), user)
      await refused(engine.use(user.name, name, 'SELECT id FROM orders'))
      await engine.use(user.name, name, 'CREATE TABLE mine (id int)')
      expect(await engine.databases.find(engine.place(name), user)).toMatchObject({ roles: [] })
    })

    it('go with a database that was dropped', async () => {
      const { user, name } = await shop(engine)
      const other = await shop(engine)
      for (const one of [name, other.name]) await engine.databases.grant(engine.place(one), user, 'writer')
      await engine.dropDatabase(name)
      await engine.databases.revoke(engine.place(name), user)
      expect(await engine.users()).toContain(user.name)
      await engine.dropDatabase(other.name)
      expect(await engine.databases.find(engine.place(other.name), user)).toMatchObject({ isSame: true })
      await engine.databases.revoke(engine.place(other.name), user)
      expect(await engine.users()).not.toContain(user.name)
    })

    it('are listed where they may do something, and once they may do nothing', async () => {
      const [shop1, shop2] = [await shop(engine), await shop(engine)]
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

    it('lose a right to another writer, and get it back', async () => {
      const { user, name } = await shop(engine)
      await engine.databases.grant(engine.place(name), user, 'writer')
      const of = engine.speaks === 'postgres' ? `ON orders FROM ${user.name}` : `ON ${engine.quoted(name)}.* FROM ${user.name}@'%'`
      await engine.administer(name, `REVOKE INSERT ${of}`)
      expect((await engine.databases.find(engine.place(name), user))?.roles).toEqual(['reader'])
      await engine.databases.grant(engine.place(name), user, 'writer')
      await engine.use(user.name, name, 'INSERT INTO orders VALUES (2)')
    })

    it('have a database of any name, and no other one whose name it would match as a pattern', async () => {
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
        { numRuns: engine.runs ?? 6 },
      )
    })

    it('are not made where the database is not there', async () => {
      const { user, name } = fresh()
      await expect(engine.databases.grant(engine.place(name), user, 'writer')).rejects.toMatchObject({
        fields: { code: 'DatabaseMissing' },
      })
      expect(await engine.users()).not.toContain(user.name)
    })
  })
}
