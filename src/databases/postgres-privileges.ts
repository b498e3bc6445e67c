// What a role of PostgreSQL may do in one database: what it lacks, and what is taken. Surprising: a grant covers the tables that are there; those that come
// later take default privileges, and these only hold for tables of the roles for which they were set. Only a member of the owner can grant, and a GRANT by
// another is no error: what the app cannot give is told by its owners.
import type { DatabaseRole, DatabaseUser } from '../ports/databases.ts'
import { postgresIdentifier as quoted } from './sdk.ts'
import type { Rows, Session } from './session.ts'

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
/** `pg_database_owner` has one member, and cannot be granted. */
const owner = (oid: string): string =>
  `case pg_get_userbyid(${oid}) when 'pg_database_owner' then (select pg_get_userbyid(datdba) from pg_database where datname = current_database())
     else pg_get_userbyid(${oid})::text end as owner, pg_has_role(${oid}, 'USAGE') as own`
/** Extensions and the superuser of the service keep their own. */
const ofOthers = (oid: string, relation: string): string =>
  `not (select rolsuper from pg_roles where oid = ${oid}) and not exists (select from pg_depend e where e.objid = ${relation} and e.deptype = 'e')`

export type Lacks = {
  /** What gives it. */
  readonly statements: readonly string[]
  /** Who owns what the app cannot give. */
  readonly owners: readonly string[]
}

export async function lacking(session: Session, { name }: DatabaseUser, role: DatabaseRole): Promise<Lacks> {
  const { r: onTables, S: onSequences } = privileges[role]
  const user = quoted(name)
  const databases = await session.query(
    `select d.datname as name, has_database_privilege($1, d.oid, 'CONNECT') as may, ${owner('d.datdba')} from pg_database d
      where d.datname = current_database() and not exists (
        select from aclexplode(d.datacl) a where a.privilege_type = 'CONNECT' and a.grantee = (select oid from pg_roles where rolname = $1))`,
    [name],
  )
  const schemas = await session.query(
    `select n.nspname as schema, ${owner('n.nspowner')} from pg_namespace n
      where ${ownSchemas} and not has_schema_privilege($1, n.oid, 'USAGE') and (pg_has_role(n.nspowner, 'USAGE') or ${ofOthers('n.nspowner', 'n.oid')})`,
    [name],
  )
  const relations = await session.query(
    `select n.nspname as schema, c.relname as name, c.relkind = 'S' as sequence, ${owner('c.relowner')}
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where ${ownSchemas} and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and (pg_has_role(c.relowner, 'USAGE') or ${ofOthers('c.relowner', 'c.oid')})
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
  const closed = [...databases.filter(({ may }) => may !== true), ...schemas, ...relations].filter(({ own }) => own !== true)
  const own = (rows: Rows): Rows => rows.filter((row) => row['own'] === true)
  return {
    statements: [
      ...own(databases).map(({ name: database }) => `GRANT CONNECT ON DATABASE ${quoted(String(database))} TO ${user}`),
      ...own(schemas).map(({ schema }) => `GRANT USAGE ON SCHEMA ${quoted(String(schema))} TO ${user}`),
      ...own(relations).map(
        ({ schema, name: relation, sequence }) =>
          `GRANT ${(sequence === true ? onSequences : onTables).join(', ')} ON ${sequence === true ? 'SEQUENCE' : 'TABLE'} ${quoted(String(schema))}.${quoted(String(relation))} TO ${user}`,
      ),
      ...defaults.map(
        ({ owner: of, kind, privilege }) =>
          `ALTER DEFAULT PRIVILEGES FOR ROLE ${quoted(String(of))} GRANT ${privilege} ON ${words[kind as keyof typeof words]} TO ${user}`,
      ),
    ],
    owners: [...new Set(closed.map((row) => String(row['owner'])))].sort(),
  }
}

/** Everything that the app gives but what `keeps` has. What others gave stays. */
export async function takeAll(session: Session, { name }: DatabaseUser, keeps: DatabaseRole | undefined): Promise<void> {
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
