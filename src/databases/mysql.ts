// Users of Azure Database for MySQL, which belong to the whole server (https://learn.microsoft.com/azure/mysql/flexible-server/how-to-azure-ad). Surprising: in a
// GRANT the name of a database is a pattern, in which `_` and `%` stand for others, but not where `partial_revokes` is on; and a server may fold names.
import { mysqlPrivileges } from '../model/database-user.ts'
import type { DatabaseRole, DatabaseUser, NamedUser } from '../ports/databases.ts'
import { type Dialect, NameTaken } from './dialect.ts'
import { mysqlIdentifier as quoted, mysqlText as text } from './sdk.ts'
import { type Session, within } from './session.ts'

/** How the server makes a user for a principal of Entra ID, and tells whom one stands for. `auth`: its `authentication_string`. */
export type EntraUsers = {
  create(session: Session, user: DatabaseUser): Promise<void>
  standsFor(user: DatabaseUser, auth: string): boolean
}

/** The server need not look the principal up in the directory, for which it would need a right of its own. */
const azure: EntraUsers = {
  async create(session, { name, clientId }) {
    await session.query('SET aad_auth_validate_oids_in_tenant = OFF')
    await session.query(`CREATE AADUSER ${text(name)} IDENTIFIED BY ${text(clientId)}`)
  },
  standsFor: ({ clientId }, auth) => clientId !== '' && auth.toLowerCase().includes(clientId.toLowerCase()),
}

/** The server's own database of users; every account may use it. */
const home = 'mysql'
const at = (name: string): string => `${text(name)}@'%'`
const grantee = (name: string): string => `'${name}'@'%'`

/**
 * As it stands in grants. https://dev.mysql.com/doc/refman/8.0/en/identifier-case-sensitivity.html, and for patterns
 * https://dev.mysql.com/doc/refman/8.0/en/grant.html and https://dev.mysql.com/doc/refman/8.0/en/partial-revokes.html
 */
async function inGrants(session: Session, database: string): Promise<string> {
  const [{ folded } = {}] = await session.query('SELECT @@lower_case_table_names AS folded')
  const [revokes] = await session.query(`SHOW VARIABLES LIKE 'partial\\_revokes'`)
  const name = Number(folded) === 0 ? database : database.toLowerCase()
  return revokes?.['Value'] === 'ON' ? name : name.replaceAll(/[_%]/g, (one) => `\\${one}`)
}

async function privilegesOn(session: Session, inGrant: string, name: string): Promise<ReadonlySet<string>> {
  const rows = await session.query(
    'SELECT PRIVILEGE_TYPE AS privilege FROM information_schema.SCHEMA_PRIVILEGES WHERE GRANTEE = ? AND BINARY TABLE_SCHEMA = ?',
    [grantee(name), inGrant],
  )
  return new Set(rows.map(({ privilege }) => String(privilege).toUpperCase()))
}

/** What it was given by anyone, on anything. */
const anything = (['SCHEMA', 'TABLE', 'COLUMN', 'USER'] as const)
  .map((what) => `SELECT 1 AS one FROM information_schema.${what}_PRIVILEGES WHERE GRANTEE = ? AND PRIVILEGE_TYPE <> 'USAGE'`)
  .join(' UNION ALL ')
const isUnused = async (session: Session, name: string): Promise<boolean> =>
  (await session.query(anything, Array<string>(4).fill(grantee(name)))).length === 0

async function principal(session: Session, user: DatabaseUser, { standsFor }: EntraUsers): Promise<'absent' | 'same' | 'other'> {
  const [row] = await session.query("SELECT authentication_string AS auth FROM mysql.user WHERE User = ? AND Host = '%'", [user.name])
  if (!row) return 'absent'
  return standsFor(user, String(row['auth'])) ? 'same' : 'other'
}

/** A GRANT on a database that is not there succeeds, and would hold for one that is made later. */
async function needDatabase(session: Session, database: string): Promise<void> {
  const [there] = await session.query(
    'SELECT 1 AS one FROM information_schema.SCHEMATA WHERE IF(@@lower_case_table_names = 0, BINARY SCHEMA_NAME = ?, LOWER(SCHEMA_NAME) = LOWER(?))',
    [database, database],
  )
  if (!there) throw Object.assign(new Error(`Unknown database '${database}'`), { code: 'ER_BAD_DB_ERROR' })
}

const has = (there: ReadonlySet<string>, role: DatabaseRole): boolean => mysqlPrivileges[role].every((one) => there.has(one))

export const mysqlWith = (users: EntraUsers): Dialect => ({
  find: (open, database, user) =>
    within(open, home, async (session) => {
      const found = await principal(session, user, users)
      if (found === 'absent') return undefined
      const there = await privilegesOn(session, await inGrants(session, database), user.name)
      const roles = (['reader', 'writer'] as const).filter((role) => has(there, role))
      return { isSame: found === 'same', roles, isUnused: await isUnused(session, user.name) }
    }),

  users: (open, database) =>
    within(open, home, async (session) => {
      const rows = await session.query("SELECT User AS name FROM mysql.user WHERE Host = '%' AND LEFT(User, 3) = 'sc_'")
      const inGrant = await inGrants(session, database)
      const found: NamedUser[] = []
      for (const name of rows.map((row) => String(row['name']))) {
        const isUsed = (await privilegesOn(session, inGrant, name)).size > 0
        if (isUsed) found.push({ name, isUnused: false })
        else if (await isUnused(session, name)) found.push({ name, isUnused: true })
      }
      return found
    }),

  grant: (open, database, user, role) =>
    within(open, home, async (session) => {
      await needDatabase(session, database)
      const found = await principal(session, user, users)
      if (found === 'other') throw new NameTaken(user.name)
      if (found === 'absent') await users.create(session, user)
      const on = quoted(await inGrants(session, database))
      await session.query(`GRANT ${mysqlPrivileges[role].join(', ')} ON ${on}.* TO ${at(user.name)}`)
    }),

  revoke: (open, database, user, keeps) =>
    within(open, home, async (session) => {
      if ((await principal(session, user, users)) !== 'same') return
      const inGrant = await inGrants(session, database)
      const there = await privilegesOn(session, inGrant, user.name)
      const gone = mysqlPrivileges.writer.filter((one) => there.has(one) && !(keeps && mysqlPrivileges[keeps].includes(one)))
      if (gone.length > 0) await session.query(`REVOKE ${gone.join(', ')} ON ${quoted(inGrant)}.* FROM ${at(user.name)}`)
      if (!keeps && (await isUnused(session, user.name))) await session.query(`DROP USER IF EXISTS ${at(user.name)}`)
    }),
})

export const mysql = mysqlWith(azure)
