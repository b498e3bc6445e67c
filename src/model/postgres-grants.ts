// What a role of PostgreSQL lacks in one database, and what it was given there: as queries that answer the statements which give or take it. The app runs these one
// after the other, and people have psql run them (`\gexec`), so that both do the same.
//
// Surprising: a grant covers the tables that are there; those that come later take default privileges, and these only hold for tables of the roles for which they
// were set. Only a member of the owner can grant, and a GRANT by another is no error: what cannot be given is answered with its owner.
import type { DatabaseRole } from './database-user.ts'

/** By kind of object, as `pg_default_acl` abbreviates them: relations, sequences, schemas. */
const privileges: Readonly<
  Record<DatabaseRole, { readonly r: readonly string[]; readonly S: readonly string[]; readonly n: readonly string[] }>
> = {
  reader: { r: ['SELECT'], S: ['SELECT'], n: ['USAGE'] },
  writer: { r: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'], S: ['USAGE', 'SELECT'], n: ['USAGE'] },
}
const words = { r: 'TABLES', S: 'SEQUENCES', n: 'SCHEMAS' } as const
const kinds = ['r', 'S', 'n'] as const

const text = (value: string): string => `'${value.replaceAll("'", "''")}'`
const texts = (values: readonly string[]): string => `array[${values.map(text).join(', ')}]::text[]`

const ownSchemas = `n.nspname !~ '^pg_' and n.nspname <> 'information_schema'`
const anyRelation = `c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')`
const isSequence = `c.relkind = 'S'`
const member = (oid: string): string => `pg_has_role(${oid}, 'USAGE')`
/** `pg_database_owner` has one member, and cannot be granted. */
const owner = (oid: string): string =>
  `case pg_get_userbyid(${oid}) when 'pg_database_owner' then (select pg_get_userbyid(datdba)::text from pg_database where datname = current_database())
     else pg_get_userbyid(${oid})::text end`
/** Extensions and the superuser of the service keep their own. */
const ofOthers = (oid: string, relation: string): string =>
  `not (select rolsuper from pg_roles where oid = ${oid}) and not exists (select from pg_depend e where e.objid = ${relation} and e.deptype = 'e')`
const oidOf = (user: string): string => `(select oid from pg_roles where rolname = ${user})`

/**
 * Columns `statement`, `own` (whether who asks may give it) and `owner` (who may).
 * The role has to be there.
 */
export function missingGrants(name: string, role: DatabaseRole): string {
  const user = text(name)
  const { r: onTables, S: onSequences } = privileges[role]
  const byDefault = kinds.flatMap((kind) => privileges[role][kind].map((privilege) => [kind, privilege] as const))
  return [
    `select format('GRANT CONNECT ON DATABASE %I TO %I', d.datname, ${user}) as statement,
       ${member('d.datdba')} as own, case when not has_database_privilege(${user}, d.oid, 'CONNECT') then ${owner('d.datdba')} end as owner
       from pg_database d
      where d.datname = current_database() and not exists (
        select from aclexplode(d.datacl) a where a.privilege_type = 'CONNECT' and a.grantee = ${oidOf(user)})`,
    `select format('GRANT USAGE ON SCHEMA %I TO %I', n.nspname, ${user}), ${member('n.nspowner')}, ${owner('n.nspowner')} from pg_namespace n
      where ${ownSchemas} and not has_schema_privilege(${user}, n.oid, 'USAGE') and (${member('n.nspowner')} or ${ofOthers('n.nspowner', 'n.oid')})`,
    `select format('GRANT %s ON %s %I.%I TO %I', case when ${isSequence} then ${text(onSequences.join(', '))} else ${text(onTables.join(', '))} end,
         case when ${isSequence} then 'SEQUENCE' else 'TABLE' end, n.nspname, c.relname, ${user}), ${member('c.relowner')}, ${owner('c.relowner')}
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where ${ownSchemas} and ${anyRelation} and (${member('c.relowner')} or ${ofOthers('c.relowner', 'c.oid')})
        and case when ${isSequence}
          then exists (select from unnest(${texts(onSequences)}) p where not has_sequence_privilege(${user}, c.oid, p))
          else exists (select from unnest(${texts(onTables)}) p where not has_table_privilege(${user}, c.oid, p)) end`,
    `select format('ALTER DEFAULT PRIVILEGES FOR ROLE %I GRANT %s ON %s TO %I', o.rolname, k.privilege, k.word, ${user}), true, null
       from pg_roles o, unnest(${texts(byDefault.map(([kind]) => kind))}, ${texts(byDefault.map(([, privilege]) => privilege))},
         ${texts(byDefault.map(([kind]) => words[kind]))}) as k(kind, privilege, word)
      where ${member('o.oid')} and o.rolname !~ '^pg_' and (o.rolname = current_user
          or o.oid = (select datdba from pg_database where datname = current_database())
          or exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace where ${ownSchemas} and c.relowner = o.oid))
        and not exists (select from pg_default_acl d, aclexplode(d.defaclacl) a
          where d.defaclrole = o.oid and d.defaclnamespace = 0 and d.defaclobjtype::text = k.kind and a.privilege_type = k.privilege
            and a.grantee = ${oidOf(user)})`,
  ].join('\nunion all\n')
}

/** Column `statement`: takes everything that the app gives but what `keeps` has. What others gave stays. Empty: there is nothing to take. */
export function givenGrants(name: string, keeps: DatabaseRole | undefined): string {
  const user = text(name)
  const revoked = (kind: (typeof kinds)[number]): string =>
    privileges.writer[kind].filter((one) => !(keeps && privileges[keeps][kind].includes(one))).join(', ')
  const isTo = `a.grantee = ${oidOf(user)}`
  const gone = kinds.filter((kind) => revoked(kind) !== '')
  const chosen = (kind: string, of: (one: (typeof kinds)[number]) => string): string =>
    `case ${kind} ${gone.map((one) => `when ${text(one)} then ${text(of(one))}`).join(' ')} end`
  const relations = gone.flatMap((kind) => (kind === 'r' ? [`not ${isSequence}`] : kind === 'S' ? [isSequence] : []))
  return [
    ...(gone.length > 0
      ? [
          `select distinct format('ALTER DEFAULT PRIVILEGES FOR ROLE %I REVOKE %s ON %s FROM %I', r.rolname,
         ${chosen('d.defaclobjtype::text', revoked)}, ${chosen('d.defaclobjtype::text', (kind) => words[kind])}, ${user}) as statement
       from pg_default_acl d join pg_roles r on r.oid = d.defaclrole, aclexplode(d.defaclacl) a
      where d.defaclnamespace = 0 and ${member('r.oid')} and d.defaclobjtype::text = any (${texts(gone)}) and ${isTo}`,
        ]
      : []),
    ...(relations.length > 0
      ? [
          `select distinct format('REVOKE %s ON %s %I.%I FROM %I', case when ${isSequence} then ${text(revoked('S'))} else ${text(revoked('r'))} end,
         case when ${isSequence} then 'SEQUENCE' else 'TABLE' end, n.nspname, c.relname, ${user}) as statement
       from pg_class c join pg_namespace n on n.oid = c.relnamespace, aclexplode(c.relacl) a
      where ${ownSchemas} and ${anyRelation} and (${relations.join(' or ')}) and ${member('c.relowner')} and ${isTo}`,
        ]
      : []),
    ...(keeps
      ? []
      : [
          `select format('REVOKE USAGE ON SCHEMA %I FROM %I', n.nspname, ${user}) as statement from pg_namespace n, aclexplode(n.nspacl) a
      where ${ownSchemas} and ${member('n.nspowner')} and ${isTo}`,
          `select format('REVOKE CONNECT ON DATABASE %I FROM %I', current_database(), ${user}) as statement`,
        ]),
  ].join('\nunion all\n')
}
