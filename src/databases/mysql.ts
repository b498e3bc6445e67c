// Users of Azure Database for MySQL, which belong to the whole server (https://learn.microsoft.com/azure/mysql/flexible-server/how-to-azure-ad). Surprising: in a
// GRANT the name of a database is a pattern, in which `_` and `%` stand for others: they are escaped, or a grant on `a_b` would cover `axb`.
import type { DatabaseRole, DatabaseUser } from '../ports/databases.ts'
import type { Dialect } from './dialect.ts'
import { mysqlIdentifier as quoted, mysqlText as text } from './sdk.ts'
import { type Session, within } from './session.ts'

const privileges: Readonly<Record<DatabaseRole, readonly string[]>> = {
  reader: ['SELECT', 'SHOW VIEW'],
  writer: ['SELECT', 'SHOW VIEW', 'INSERT', 'UPDATE', 'DELETE'],
}

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
  standsFor: ({ clientId }, auth) => auth.toLowerCase().includes(clientId.toLowerCase()),
}

/** The server's own database of users; every account may use it. */
const home = 'mysql'
const patternOf = (database: string): string => database.replaceAll(/[_%]/g, (one) => `\\${one}`)
const at = (name: string): string => `${text(name)}@'%'`
const grantee = (name: string): string => `'${name}'@'%'`

async function privilegesOn(session: Session, database: string, name: string): Promise<ReadonlySet<string>> {
  const rows = await session.query(
    'SELECT PRIVILEGE_TYPE AS privilege FROM information_schema.SCHEMA_PRIVILEGES WHERE GRANTEE = ? AND BINARY TABLE_SCHEMA IN (?, ?)',
    [grantee(name), database, patternOf(database)],
  )
  return new Set(rows.map(({ privilege }) => String(privilege).toUpperCase()))
}

async function principal(session: Session, user: DatabaseUser, { standsFor }: EntraUsers): Promise<'absent' | 'same' | 'other'> {
  const [row] = await session.query("SELECT authentication_string AS auth FROM mysql.user WHERE User = ? AND Host = '%'", [user.name])
  if (!row) return 'absent'
  return standsFor(user, String(row['auth'])) ? 'same' : 'other'
}

const has = (there: ReadonlySet<string>, role: DatabaseRole): boolean => privileges[role].every((one) => there.has(one))

export const mysqlWith = (users: EntraUsers): Dialect => ({
  find: (open, database, user) =>
    within(open, home, async (session) => {
      const found = await principal(session, user, users)
      if (found === 'absent') return undefined
      const there = await privilegesOn(session, database, user.name)
      return { isSame: found === 'same', roles: (['reader', 'writer'] as const).filter((role) => has(there, role)) }
    }),

  grant: (open, database, user, role) =>
    within(open, home, async (session) => {
      const found = await principal(session, user, users)
      if (found === 'other') await session.query(`DROP USER ${at(user.name)}`)
      if (found !== 'same') await users.create(session, user)
      await session.query(`GRANT ${privileges[role].join(', ')} ON ${quoted(patternOf(database))}.* TO ${at(user.name)}`)
    }),

  revoke: (open, database, user, keeps) =>
    within(open, home, async (session) => {
      if ((await principal(session, user, users)) === 'absent') return
      const there = await privilegesOn(session, database, user.name)
      const gone = [...there].filter((one) => !(keeps && privileges[keeps].includes(one)))
      if (gone.length > 0) await session.query(`REVOKE ${gone.join(', ')} ON ${quoted(patternOf(database))}.* FROM ${at(user.name)}`)
      if (keeps) return
      const left = await session.query(
        `SELECT 1 FROM information_schema.SCHEMA_PRIVILEGES WHERE GRANTEE = ? UNION ALL SELECT 1 FROM information_schema.TABLE_PRIVILEGES WHERE GRANTEE = ?
          UNION ALL SELECT 1 FROM information_schema.USER_PRIVILEGES WHERE GRANTEE = ? AND PRIVILEGE_TYPE <> 'USAGE'`,
        [grantee(user.name), grantee(user.name), grantee(user.name)],
      )
      if (left.length === 0) await session.query(`DROP USER IF EXISTS ${at(user.name)}`)
    }),
})

export const mysql = mysqlWith(azure)
