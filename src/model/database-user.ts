// The user that an identity is in databases, and what it may do there. It is one for all of its connections, named after its loop, so that the name is known before the identity is made and fits
// every server (MySQL takes 32 characters).
import type { Loop } from './loop.ts'

/**
 * What a user may do in one database: read all of it, or read and write it. Never more: the app gives no right to make, change or drop a table. (Up to
 * PostgreSQL 14 every role may make tables in the schema `public`: https://www.postgresql.org/docs/14/ddl-schemas.html#DDL-SCHEMAS-PATTERNS.)
 */
export type DatabaseRole = 'reader' | 'writer'

/** https://dev.mysql.com/doc/refman/8.0/en/privileges-provided.html */
export const mysqlPrivileges: Readonly<Record<DatabaseRole, readonly string[]>> = {
  reader: ['SELECT', 'SHOW VIEW'],
  writer: ['SELECT', 'SHOW VIEW', 'INSERT', 'UPDATE', 'DELETE'],
}

/** https://learn.microsoft.com/sql/relational-databases/security/authentication-access/database-level-roles#fixed-database-roles */
export const sqlServerRoles: Readonly<Record<DatabaseRole, readonly string[]>> = {
  reader: ['db_datareader'],
  writer: ['db_datareader', 'db_datawriter'],
}

export const databaseUserOf = ({ key }: Pick<Loop<'identity'>, 'key'>): string => `sc_${key}`

/** Whether it is the name for the loop of some identity. */
export const isDatabaseUserName = (name: string): boolean => /^sc_[a-z2-7]{26}$/.test(name)

/** How Azure SQL knows an application: its client id as SQL Server writes a `uniqueidentifier`, the first three parts of which are turned around. */
export function sqlServerSid(clientId: string): string {
  const [a = '', b = '', c = '', ...rest] = clientId.split('-')
  const turned = (hex: string): string => (hex.match(/../g) ?? []).reverse().join('')
  return `0x${[a, b, c].map(turned).join('')}${rest.join('')}`.replace(/[a-f]/g, (digit) => digit.toUpperCase())
}
