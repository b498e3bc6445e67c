// What a server of MySQL knows of users and their rights. Surprising: a right on a database stands under a pattern of names, whether there is such a database
// or not, and stays when the database goes (https://dev.mysql.com/doc/refman/8.0/en/grant.html).
import type { Answer } from '../databases/answer.ts'
import type { Row } from '../databases/tables.ts'

export type MysqlUsers = {
  /** By name; all are of host `%`. `auth`: their `authentication_string`. */
  readonly users: Readonly<Record<string, { readonly auth: string }>>
  readonly grants: readonly MysqlGrant[]
}
/** `on`: the pattern of databases, as the GRANT said it. */
export type MysqlGrant = { readonly user: string; readonly on: string; readonly privilege: string }
/** By name of the table. */
export type MysqlTables = Readonly<Record<string, readonly Row[]>>
export type MysqlServer = MysqlUsers & { readonly databases: Readonly<Record<string, MysqlTables>> }

export type MysqlSession = {
  readonly user: string
  /** Of Entra ID, by the resource of the server: it has all rights that are simulated. */
  readonly isAdministrator: boolean
  /** In use; empty: none. */
  readonly database: string
  /** `aad_auth_validate_oids_in_tenant`, which is on for each new connection. */
  validates: boolean
}
/** `after`: the server that a change leaves. */
export type Ran = { readonly answer: Answer; readonly after?: MysqlServer }

export const noUsers: MysqlUsers = { users: {}, grants: [] }

/** Azure's servers have `lower_case_table_names` at 1, which cannot be changed: names of databases and tables are in lower case, however they are said. */
export const folded = (name: string): string => name.toLowerCase()

/** `\_` and `\%` are these characters; `_` and `%` without it any one and any number of them. */
const matches = (pattern: string, database: string): boolean =>
  new RegExp(
    `^${pattern.replaceAll(
      /\\([_%])|([_%])|[.*+?^${}()|[\]\\/]/g,
      (one, literal?: string, wild?: string) => literal ?? (wild === '%' ? '.*' : wild === '_' ? '.' : `\\${one}`),
    )}$`,
    'su',
  ).test(database)

export const may = ({ grants }: MysqlUsers, user: string, privilege: string, database: string): boolean =>
  grants.some((one) => one.user === user && one.privilege === privilege && matches(one.on, database))

/** Any right opens it. */
export const mayEnter = ({ grants }: MysqlUsers, user: string, database: string): boolean =>
  grants.some((one) => one.user === user && matches(one.on, database))
