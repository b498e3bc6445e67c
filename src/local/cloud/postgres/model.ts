// What a server of PostgreSQL knows of roles and their rights, as far as the app gives and takes them. A role that takes no sign-in is there for what it
// owns: `azuresu` is the service's superuser, and `azure_pg_admin` has all administrators as its members and owns the databases.
import type { Answer } from '../databases/answer.ts'
import type { Row } from '../databases/tables.ts'

type Role = {
  /** Of the principal of Entra ID that it stands for. */
  readonly objectId?: string
  /** Of Entra ID, by the resource of the server. */
  readonly isAdministrator?: true
  readonly isSuperuser?: true
  readonly memberOf: readonly string[]
}
/** `grantee`: `public` stands for every role. */
export type Right = { readonly grantee: string; readonly privilege: string }
export type Owned = { readonly owner: string; readonly rights: readonly Right[] }
/** As `pg_default_acl` abbreviates them: relations, sequences, schemas. */
export type ObjectKind = 'r' | 'S' | 'n'
export type Relation = Owned & { readonly schema: string; readonly name: string; readonly kind: 'r' | 'S'; readonly rows: readonly Row[] }
/** What a role gets on objects that `owner` makes later. */
export type Default = Right & { readonly owner: string; readonly kind: ObjectKind }
export type PostgresDatabase = Owned & {
  readonly schemas: Readonly<Record<string, Owned>>
  readonly relations: readonly Relation[]
  readonly defaults: readonly Default[]
}
export type Roles = Readonly<Record<string, Role>>
export type PostgresServer = { readonly roles: Roles; readonly databases: Readonly<Record<string, PostgresDatabase>> }

export type PostgresSession = { readonly user: string; readonly database: string }
/** `after`: the server that a change leaves. */
export type Ran = { readonly answer: Answer; readonly after?: PostgresServer }
/** A server and the database that the session is in. */
export type In = PostgresSession & { readonly server: PostgresServer; readonly here: PostgresDatabase }

export const administrators = 'azure_pg_admin'
export const serviceRoles: Roles = { azuresu: { isSuperuser: true, memberOf: [] }, [administrators]: { memberOf: [] } }

/** https://www.postgresql.org/docs/16/ddl-schemas.html#DDL-SCHEMAS-PRIV */
export const emptyDatabase: PostgresDatabase = {
  owner: administrators,
  rights: [{ grantee: 'public', privilege: 'CONNECT' }],
  schemas: { public: { owner: 'pg_database_owner', rights: [{ grantee: 'public', privilege: 'USAGE' }] } },
  relations: [],
  defaults: [],
}

/** Whether `role` has the rights of `of`; the owner of a database is the one member of `pg_database_owner`. */
export function isMember({ server: { roles }, here }: Pick<In, 'server' | 'here'>, role: string, of: string): boolean {
  const wanted = of === 'pg_database_owner' ? here.owner : of
  const reached = new Set([role])
  for (const one of reached) for (const other of roles[one]?.memberOf ?? []) reached.add(other)
  return reached.has(wanted)
}

/** By itself, as a member, as its owner, or by a right of `public`. */
export const has = (at: In, role: string, privilege: string, { owner, rights }: Owned): boolean =>
  isMember(at, role, owner) ||
  rights.some((one) => one.privilege === privilege && (one.grantee === 'public' || isMember(at, role, one.grantee)))

/** What depends on a role; `database` is absent for a right on a database itself, of which `on` is the name. https://www.postgresql.org/docs/16/catalog-pg-shdepend.html */
export type Dependency = { readonly database?: string; readonly on?: string; readonly owns: boolean }

export const dependenciesOf = ({ databases }: PostgresServer, role: string): readonly Dependency[] =>
  Object.entries(databases).flatMap(([database, { owner, rights, schemas, relations, defaults }]) => {
    const inside = [...Object.values(schemas), ...relations]
    const isTo = ({ grantee }: Right): boolean => grantee === role
    const isNamed = (one: Default): boolean => one.owner === role
    return [
      ...(owner === role ? [{ on: database, owns: true }] : []),
      ...(rights.some(isTo) ? [{ on: database, owns: false }] : []),
      ...inside.filter((one) => one.owner === role).map(() => ({ database, owns: true })),
      ...inside.filter((one) => one.rights.some(isTo)).map(() => ({ database, owns: false })),
      ...defaults.filter(isNamed).map(() => ({ database, owns: true })),
      ...defaults.filter(isTo).map(() => ({ database, owns: false })),
    ]
  })

/** With that of the session's database changed. */
export const changed = ({ server, database, here }: In, to: Partial<PostgresDatabase>): Ran => ({
  answer: 'done',
  after: { ...server, databases: { ...server.databases, [database]: { ...here, ...to } } },
})
