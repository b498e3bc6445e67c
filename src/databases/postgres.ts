// Users of Azure Database for PostgreSQL. The functions that make and list principals of Entra ID exist in the database `postgres` only, and roles belong to
// the whole server; what a role may do belongs to each database (https://learn.microsoft.com/azure/postgresql/security/security-manage-entra-users).
import type { DatabaseUser } from '../ports/databases.ts'
import { type Dialect, NameTaken, OwnsObjects } from './dialect.ts'
import { lacking, takeAll } from './postgres-privileges.ts'
import { postgresIdentifier as quoted } from './sdk.ts'
import { type Session, within } from './session.ts'

const home = 'postgres'

/** Other objects depend on it: what it may do in another database, or what it owns. */
const dependent = '2BP01'
/** Another writer has just made it. */
const duplicate = '42710'
const databaseMissing = '3D000'
const unless =
  (code: string) =>
  (error: unknown): undefined => {
    if ((error as { readonly code?: unknown }).code !== code) throw error
  }

/** Whether the role is there, and stands for this principal. */
async function principal(session: Session, { name, objectId }: DatabaseUser): Promise<'absent' | 'same' | 'other'> {
  const [role] = await session.query('select 1 as there from pg_roles where rolname = $1', [name])
  if (!role) return 'absent'
  const [found] = await session.query('select * from pgaadauth_list_principals(false) where rolname = $1', [name])
  const id = found && Object.entries(found).find(([column]) => column.toLowerCase() === 'objectid')?.[1]
  return String(id).toLowerCase() === objectId.toLowerCase() ? 'same' : 'other'
}

async function ensureRole(session: Session, user: DatabaseUser): Promise<void> {
  if ((await principal(session, user)) === 'absent')
    await session
      .query(`select * from pgaadauth_create_principal_with_oid($1, $2, 'service', false, false)`, [user.name, user.objectId])
      .catch(unless(duplicate))
  // Another writer may have been faster, for another principal.
  if ((await principal(session, user)) === 'other') throw new NameTaken(user.name)
}

/** What it was given by anyone in any database, and what it owns in others. */
async function isUnused(session: Session, database: string, { name }: DatabaseUser): Promise<boolean> {
  const [row] = await session.query(
    `select not exists (select from pg_shdepend s
       where s.refclassid = 'pg_authid'::regclass and s.refobjid = (select oid from pg_roles where rolname = $1)
         and not (s.deptype = 'o' and s.dbid is not distinct from (select oid from pg_database where datname = $2))) as unused`,
    [name, database],
  )
  return row?.['unused'] === true
}

export const postgres: Dialect = {
  async find(open, database, user) {
    const known = await within(open, home, async (session) => {
      const found = await principal(session, user)
      return found === 'absent' ? undefined : { isSame: found === 'same', isUnused: await isUnused(session, database, user) }
    })
    if (!known) return undefined
    const may = await within(open, database, async (session) => {
      const reader = await lacking(session, user, 'reader')
      const writer = await lacking(session, user, 'writer')
      const roles = (['reader', 'writer'] as const).filter((role) => (role === 'reader' ? reader : writer).statements.length === 0)
      return { roles, notGranted: writer.owners }
    }).catch(unless(databaseMissing))
    return { ...known, ...(may ?? { roles: [] }) }
  },

  users: (open, database) =>
    within(open, home, async (session) => {
      const rows = await session.query(
        `with d as (select oid from pg_database where datname = $1),
           s as (select * from pg_shdepend where refclassid = 'pg_authid'::regclass)
         select r.rolname as name, not exists (select from s where s.refobjid = r.oid) as unused from pg_roles r
         where left(r.rolname, 3) = 'sc_' and (not exists (select from s where s.refobjid = r.oid) or exists (select from s, d
           where s.refobjid = r.oid and (s.dbid = d.oid or (s.dbid = 0 and s.classid = 'pg_database'::regclass and s.objid = d.oid))))`,
        [database],
      )
      return rows.map(({ name, unused }) => ({ name: String(name), isUnused: unused === true }))
    }),

  grant: (open, database, user, role) =>
    // Opened first: a database that is not there leaves no user behind.
    within(open, database, async (session) => {
      await within(open, home, (atHome) => ensureRole(atHome, user))
      for (const statement of (await lacking(session, user, role)).statements) await session.query(statement)
    }),

  async revoke(open, database, user, keeps) {
    if ((await within(open, home, (session) => principal(session, user))) !== 'same') return
    await within(open, database, (session) => takeAll(session, user, keeps)).catch(unless(databaseMissing))
    if (keeps) return
    await within(open, home, async (session) => {
      const [row] = await session.query(
        `select exists (select from pg_shdepend s where s.deptype = 'o' and s.refobjid = (select oid from pg_roles where rolname = $1)
           and s.dbid = (select oid from pg_database where datname = $2)) as owns`,
        [user.name, database],
      )
      if (row?.['owns'] === true) throw new OwnsObjects(user.name)
      await session.query(`DROP ROLE IF EXISTS ${quoted(user.name)}`)
    }).catch(unless(dependent))
  },
}
