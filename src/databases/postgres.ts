// Users of Azure Database for PostgreSQL. The functions that make and list principals of Entra ID exist in the database `postgres` only, and roles belong to
// the whole server; what a role may do belongs to each database (https://learn.microsoft.com/azure/postgresql/security/security-manage-entra-users).
// Surprising: a grant covers the tables that are there; those that come later take default privileges, and these only hold for tables of the roles for which they
// were set. What the app cannot grant, because it is not a member of the owner, is left out.
import type { DatabaseRole, DatabaseUser } from '../ports/databases.ts'
import type { Dialect } from './dialect.ts'
import { postgresIdentifier as quoted } from './sdk.ts'
import { type Open, type Session, within } from './session.ts'

const home = 'postgres'

/** By kind of object, as `pg_default_acl` abbreviates them. */
const privileges: Readonly<
  Record<DatabaseRole, { readonly r: readonly string[]; readonly S: readonly string[]; readonly n: readonly string[] }>
> = {
  reader: { r: ['SELECT'], S: ['SELECT'], n: ['USAGE'] },
  writer: { r: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'], S: ['USAGE', 'SELECT'], n: ['USAGE'] },
}
const words = { r: 'TABLES', S: 'SEQUENCES', n: 'SCHEMAS' } as const
const kinds = ['r', 'S', 'n'] as const

const ownSchemas = `n.nspname !~ '^pg_' and n.nspname <> 'information_schema'`

/** What the role lacks in this database, as statements. */
async function missing(session: Session, { name }: DatabaseUser, role: DatabaseRole): Promise<readonly string[]> {
  const { r: onTables, S: onSequences } = privileges[role]
  const user = quoted(name)
  const [connect] = await session.query(
    `select current_database() as database, exists (
       select from pg_database d, aclexplode(d.datacl) a where d.datname = current_database() and a.privilege_type = 'CONNECT'
         and a.grantee = (select oid from pg_roles where rolname = $1)) as there`,
    [name],
  )
  const schemas = await session.query(
    `select n.nspname as schema from pg_namespace n
      where ${ownSchemas} and not has_schema_privilege($1, n.oid, 'USAGE') and pg_has_role(n.nspowner, 'USAGE')`,
    [name],
  )
  const relations = await session.query(
    `select n.nspname as schema, c.relname as name, c.relkind = 'S' as sequence from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where ${ownSchemas} and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and pg_has_role(c.relowner, 'USAGE')
        and case when c.relkind = 'S'
          then exists (select from unnest($3::text[]) p where not has_sequence_privilege($1, c.oid, p))
          else exists (select from unnest($2::text[]) p where not has_table_privilege($1, c.oid, p)) end`,
    [name, onTables, onSequences],
  )
  const defaults = await session.query(
    `with owners as (
       select r.oid, r.rolname from pg_roles r where pg_has_role(r.oid, 'USAGE') and r.rolname !~ '^pg_' and (
         r.rolname = current_user
         or r.oid = (select datdba from pg_database where datname = current_database())
         or exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace where ${ownSchemas} and c.relowner = r.oid)))
     select o.rolname as owner, k.kind, k.privilege from owners o, unnest($2::text[], $3::text[]) as k(kind, privilege)
      where not exists (select from pg_default_acl d, aclexplode(d.defaclacl) a
        where d.defaclrole = o.oid and d.defaclnamespace = 0 and d.defaclobjtype::text = k.kind and a.privilege_type = k.privilege
          and a.grantee = (select oid from pg_roles where rolname = $1))`,
    [name, kinds.flatMap((kind) => privileges[role][kind].map(() => kind)), kinds.flatMap((kind) => privileges[role][kind])],
  )
  return [
    ...(connect?.['there'] === true ? [] : [`GRANT CONNECT ON DATABASE ${quoted(String(connect?.['database']))} TO ${user}`]),
    ...schemas.map(({ schema }) => `GRANT USAGE ON SCHEMA ${quoted(String(schema))} TO ${user}`),
    ...relations.map(
      ({ schema, name: relation, sequence }) =>
        `GRANT ${(sequence === true ? onSequences : onTables).join(', ')} ON ${sequence === true ? 'SEQUENCE' : 'TABLE'} ${quoted(String(schema))}.${quoted(String(relation))} TO ${user}`,
    ),
    ...defaults.map(
      ({ owner, kind, privilege }) =>
        `ALTER DEFAULT PRIVILEGES FOR ROLE ${quoted(String(owner))} GRANT ${privilege} ON ${words[kind as keyof typeof words]} TO ${user}`,
    ),
  ]
}

/** Whether the role is there, and stands for this principal. */
async function principal(open: Open, { name, objectId }: DatabaseUser): Promise<'absent' | 'same' | 'other'> {
  return await within(open, home, async (session) => {
    const [role] = await session.query('select 1 as there from pg_roles where rolname = $1', [name])
    if (!role) return 'absent'
    const [found] = await session.query('select * from pgaadauth_list_principals(false) where rolname = $1', [name])
    const id = found && Object.entries(found).find(([column]) => column.toLowerCase() === 'objectid')?.[1]
    return String(id).toLowerCase() === objectId.toLowerCase() ? 'same' : 'other'
  })
}

async function takeAll(session: Session, { name }: DatabaseUser, keeps: DatabaseRole | undefined): Promise<void> {
  const user = quoted(name)
  const revoked = (kind: 'r' | 'S' | 'n'): string => {
    const kept = keeps ? privileges[keeps][kind] : []
    return privileges.writer[kind].filter((one) => !kept.includes(one)).join(', ')
  }
  const schemas = await session.query(
    `select n.nspname as schema from pg_namespace n, aclexplode(n.nspacl) a
      where ${ownSchemas} and pg_has_role(n.nspowner, 'USAGE') and a.grantee = (select oid from pg_roles where rolname = $1)`,
    [name],
  )
  const relations = await session.query(
    `select distinct n.nspname as schema, c.relname as name, c.relkind = 'S' as sequence
       from pg_class c join pg_namespace n on n.oid = c.relnamespace, aclexplode(c.relacl) a
      where ${ownSchemas} and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and pg_has_role(c.relowner, 'USAGE')
        and a.grantee = (select oid from pg_roles where rolname = $1)`,
    [name],
  )
  const defaults = await session.query(
    `select distinct r.rolname as owner, d.defaclobjtype::text as kind from pg_default_acl d join pg_roles r on r.oid = d.defaclrole, aclexplode(d.defaclacl) a
      where d.defaclnamespace = 0 and pg_has_role(r.oid, 'USAGE') and a.grantee = (select oid from pg_roles where rolname = $1)`,
    [name],
  )
  for (const { owner, kind } of defaults) {
    const one = kinds.find((other) => other === kind)
    if (one && revoked(one) !== '')
      await session.query(`ALTER DEFAULT PRIVILEGES FOR ROLE ${quoted(String(owner))} REVOKE ${revoked(one)} ON ${words[one]} FROM ${user}`)
  }
  for (const { schema, name: relation, sequence } of relations) {
    const [kind, word] = sequence === true ? (['S', 'SEQUENCE'] as const) : (['r', 'TABLE'] as const)
    if (revoked(kind) !== '')
      await session.query(`REVOKE ${revoked(kind)} ON ${word} ${quoted(String(schema))}.${quoted(String(relation))} FROM ${user}`)
  }
  if (keeps) return
  for (const { schema } of schemas) await session.query(`REVOKE USAGE ON SCHEMA ${quoted(String(schema))} FROM ${user}`)
  const [{ database } = {}] = await session.query('select current_database() as database')
  await session.query(`REVOKE CONNECT ON DATABASE ${quoted(String(database))} FROM ${user}`)
}

/** Other objects depend on it: what it may do in another database, or what it owns. */
const dependent = '2BP01'
/** Another writer has just made it. */
const duplicate = '42710'
const unless =
  (code: string) =>
  (error: unknown): void => {
    if ((error as { readonly code?: unknown }).code !== code) throw error
  }

export const postgres: Dialect = {
  async find(open, database, user) {
    const found = await principal(open, user)
    if (found === 'absent') return undefined
    const roles = await within(open, database, async (session) => {
      const lacks = await Promise.all(
        (['reader', 'writer'] as const).map(async (role) => [role, await missing(session, user, role)] as const),
      )
      return lacks.flatMap(([role, statements]) => (statements.length === 0 ? [role] : []))
    })
    return { isSame: found === 'same', roles }
  },

  async grant(open, database, user, role) {
    const before = await principal(open, user)
    if (before === 'other') await postgres.revoke(open, database, user, undefined)
    if (before !== 'same')
      await within(open, home, async (session) => {
        await session.query(`select * from pgaadauth_create_principal_with_oid($1, $2, 'service', false, false)`, [
          user.name,
          user.objectId,
        ])
      }).catch(unless(duplicate))
    await within(open, database, async (session) => {
      for (const statement of await missing(session, user, role)) await session.query(statement)
    })
  },

  async revoke(open, database, user, keeps) {
    if ((await principal(open, user)) === 'absent') return
    await within(open, database, async (session) => await takeAll(session, user, keeps))
    if (keeps) return
    const owns = await within(open, database, async (session) => {
      const [row] = await session.query(
        `select exists (select from pg_shdepend s where s.deptype = 'o' and s.refobjid = (select oid from pg_roles where rolname = $1)
           and s.dbid = (select oid from pg_database where datname = current_database())) as owns`,
        [user.name],
      )
      return row?.['owns'] === true
    })
    if (owns) throw new OwnsObjects(user.name, database)
    await within(open, home, async (session) => {
      await session.query(`DROP ROLE IF EXISTS ${quoted(user.name)}`)
    }).catch(unless(dependent))
  },
}

/** Dropping them would drop data, and another owner is not the app's to choose. */
export class OwnsObjects extends Error {
  readonly user: string
  readonly database: string
  constructor(user: string, database: string) {
    super(`${user} owns objects in ${database}`)
    this.user = user
    this.database = database
  }
}
