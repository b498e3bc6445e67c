// Users of Azure SQL Database, which belong to one database each. Surprising: made from the id of its application instead of its name, a user needs no look-up in
// the directory, for which the server would need the role Directory Readers; that id is the client id, and not the object id
// (https://blog.marcelmichau.dev/azure-sql-create-sql-user-from-managed-identity).
import { sqlServerRoles, sqlServerSid } from '../model/database-user.ts'
import type { DatabaseUser } from '../ports/databases.ts'
import { type Dialect, NameTaken, OwnsObjects } from './dialect.ts'
import { type Session, within } from './session.ts'

/** https://learn.microsoft.com/sql/relational-databases/errors-events/database-engine-events-and-errors-15000-to-15999 */
const nameExists = 'SQL15023'
const ownsSomething = /^SQL(15138|15136|15421)$/

/** Quoted as QUOTENAME does. https://learn.microsoft.com/sql/t-sql/functions/quotename-transact-sql */
export const inBrackets = (name: string): string => `[${name.replaceAll(']', ']]')}]`
export const inUnicode = (text: string): string => `N'${text.replaceAll("'", "''")}'`

async function principal(session: Session, { name, clientId }: DatabaseUser): Promise<'absent' | 'same' | 'other'> {
  const [row] = await session.query(
    `SELECT type AS type, CONVERT(varchar(170), sid, 1) AS sid FROM sys.database_principals WHERE name = ${inUnicode(name)}`,
  )
  if (!row) return 'absent'
  // `E`: of Entra ID, and no group.
  return row['type'] === 'E' && clientId !== '' && String(row['sid']).toUpperCase() === sqlServerSid(clientId).toUpperCase()
    ? 'same'
    : 'other'
}

async function rolesOf(session: Session, { name }: DatabaseUser): Promise<readonly string[]> {
  const rows = await session.query(
    `SELECT r.name AS role FROM sys.database_role_members m JOIN sys.database_principals r ON r.principal_id = m.role_principal_id
      WHERE m.member_principal_id = DATABASE_PRINCIPAL_ID(${inUnicode(name)})`,
  )
  return rows.map(({ role }) => String(role))
}

/** Every user may connect. */
async function isUnused(session: Session, user: DatabaseUser): Promise<boolean> {
  const rights = await session.query(
    `SELECT permission_name AS permission FROM sys.database_permissions
      WHERE grantee_principal_id = DATABASE_PRINCIPAL_ID(${inUnicode(user.name)}) AND permission_name <> 'CONNECT'`,
  )
  return rights.length === 0 && (await rolesOf(session, user)).length === 0
}

const codeOf = (error: unknown): string => String((error as { readonly code?: unknown }).code)

export const sqlServer: Dialect = {
  find: (open, database, user) =>
    within(open, database, async (session) => {
      const found = await principal(session, user)
      if (found === 'absent') return undefined
      const there = await rolesOf(session, user)
      const roles = (['reader', 'writer'] as const).filter((role) => sqlServerRoles[role].every((one) => there.includes(one)))
      return { isSame: found === 'same', roles, isUnused: await isUnused(session, user) }
    }),

  // They belong to the database, and are all there is of them.
  users: (open, database) =>
    within(open, database, async (session) => {
      const rows = await session.query(`SELECT name AS name FROM sys.database_principals WHERE type = 'E' AND LEFT(name, 3) = N'sc_'`)
      return rows.map(({ name }) => ({ name: String(name), isUnused: false }))
    }),

  grant: (open, database, user, role) =>
    within(open, database, async (session) => {
      const name = inBrackets(user.name)
      if ((await principal(session, user)) === 'absent')
        await session.query(`CREATE USER ${name} WITH SID = ${sqlServerSid(user.clientId)}, TYPE = E`).catch((error: unknown) => {
          if (codeOf(error) !== nameExists) throw error
        })
      // Another writer may have been faster, for another principal.
      if ((await principal(session, user)) === 'other') throw new NameTaken(user.name)
      const there = await rolesOf(session, user)
      for (const one of sqlServerRoles[role])
        if (!there.includes(one)) await session.query(`ALTER ROLE ${inBrackets(one)} ADD MEMBER ${name}`)
    }),

  revoke: (open, database, user, keeps) =>
    within(open, database, async (session) => {
      if ((await principal(session, user)) !== 'same') return
      const there = await rolesOf(session, user)
      const gone = sqlServerRoles.writer.filter((one) => there.includes(one) && !(keeps && sqlServerRoles[keeps].includes(one)))
      for (const one of gone) await session.query(`ALTER ROLE ${inBrackets(one)} DROP MEMBER ${inBrackets(user.name)}`)
      if (keeps || !(await isUnused(session, user))) return
      await session.query(`DROP USER IF EXISTS ${inBrackets(user.name)}`).catch((error: unknown) => {
        throw ownsSomething.test(codeOf(error)) ? new OwnsObjects(user.name) : error
      })
    }),
}
