// What the app asks of roles in the catalogs of PostgreSQL.
import { type Answer, column } from '../databases/answer.ts'
import { type Dependency, dependenciesOf, type In } from './model.ts'

type Query = readonly [text: string, answer: (at: In, values: readonly string[]) => Answer]

const isOf =
  (name: string) =>
  ({ database, on }: Dependency): boolean =>
    database === name || on === name

export const catalogQueries: readonly Query[] = [
  [
    'select 1 as there from pg_roles where rolname = $1',
    ({ server }, [name = '']) => column('there', Object.hasOwn(server.roles, name) ? [1] : []),
  ],
  [
    `select not exists (select from pg_shdepend s
       where s.refclassid = 'pg_authid'::regclass and s.refobjid = (select oid from pg_roles where rolname = $1)
         and not (s.deptype = 'o' and s.dbid is not distinct from (select oid from pg_database where datname = $2))) as unused`,
    ({ server }, [name = '', database]) =>
      column('unused', [dependenciesOf(server, name).every((one) => one.owns && one.database === database)]),
  ],
  [
    `with d as (select oid from pg_database where datname = $1),
       s as (select * from pg_shdepend where refclassid = 'pg_authid'::regclass)
     select r.rolname as name, not exists (select from s where s.refobjid = r.oid) as unused from pg_roles r
     where left(r.rolname, 3) = 'sc_' and (not exists (select from s where s.refobjid = r.oid) or exists (select from s, d
       where s.refobjid = r.oid and (s.dbid = d.oid or (s.dbid = 0 and s.classid = 'pg_database'::regclass and s.objid = d.oid))))`,
    ({ server }, [database = '']) => ({
      columns: ['name', 'unused'],
      rows: Object.keys(server.roles)
        .filter((name) => name.startsWith('sc_'))
        .map((name) => ({ name, all: dependenciesOf(server, name) }))
        .filter(({ all }) => all.length === 0 || all.some(isOf(database)))
        .map(({ name, all }) => [name, all.length === 0]),
    }),
  ],
  [
    `select exists (select from pg_shdepend s where s.deptype = 'o' and s.refobjid = (select oid from pg_roles where rolname = $1)
       and s.dbid = (select oid from pg_database where datname = $2)) as owns`,
    ({ server }, [name = '', database]) =>
      column('owns', [dependenciesOf(server, name).some((one) => one.owns && one.database === database)]),
  ],
]
