// The statements that make or remove the user of a connection, for the clients that administrators have: psql and mysql. They end with what the app
// would have made. The text is for a shell, and names of databases are the author's: each is quoted for SQL, and the whole stands in a here-document.
import { shellText } from '../../../model/as-code.ts'
import type { GrantObject } from '../../../model/managed-objects.ts'
import { resourceId } from '../../../model/resource-id.ts'
import type { DatabaseRole, DatabaseUser } from '../../../ports/databases.ts'

export const inDoubleQuotes = (name: string): string => `"${name.replaceAll('"', '""')}"`
export const inBackticks = (name: string): string => `\`${name.replaceAll('`', '``')}\``

const heredoc = (command: string, statements: readonly string[]): string =>
  `${command} <<'SQL'\n${statements.map((one) => `${one};`).join('\n')}\nSQL`

type Write = (server: string, database: string, user: DatabaseUser, role: DatabaseRole) => string

const tables = { reader: 'SELECT', writer: 'SELECT, INSERT, UPDATE, DELETE' } as const
const sequences = { reader: 'SELECT', writer: 'USAGE, SELECT' } as const
const psql = (server: string, database: string): string =>
  `psql ${shellText(`host=${server}.postgres.database.azure.com dbname='${database.replaceAll(/['\\]/g, (one) => `\\${one}`)}' sslmode=require`)} --username "$ADMINISTRATOR"`

const makeInPostgres: Write = (server, database, { name, objectId }, role) => {
  const user = inDoubleQuotes(name)
  return [
    heredoc(psql(server, 'postgres'), [
      `SELECT * FROM pgaadauth_create_principal_with_oid('${name}', '${objectId}', 'service', false, false)`,
    ]),
    heredoc(psql(server, database), [
      `GRANT CONNECT ON DATABASE ${inDoubleQuotes(database)} TO ${user}`,
      `GRANT USAGE ON SCHEMA public TO ${user}`,
      `GRANT ${tables[role]} ON ALL TABLES IN SCHEMA public TO ${user}`,
      `GRANT ${sequences[role]} ON ALL SEQUENCES IN SCHEMA public TO ${user}`,
      `ALTER DEFAULT PRIVILEGES GRANT ${tables[role]} ON TABLES TO ${user}`,
      `ALTER DEFAULT PRIVILEGES GRANT ${sequences[role]} ON SEQUENCES TO ${user}`,
      `ALTER DEFAULT PRIVILEGES GRANT USAGE ON SCHEMAS TO ${user}`,
    ]),
  ].join('\n')
}
const removeInPostgres: Write = (server, database, { name }) => {
  const user = inDoubleQuotes(name)
  const gone = [
    `ALTER DEFAULT PRIVILEGES REVOKE ALL ON TABLES FROM ${user}`,
    `ALTER DEFAULT PRIVILEGES REVOKE ALL ON SEQUENCES FROM ${user}`,
    `ALTER DEFAULT PRIVILEGES REVOKE ALL ON SCHEMAS FROM ${user}`,
    `REVOKE ALL ON ALL TABLES IN SCHEMA public FROM ${user}`,
    `REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM ${user}`,
    `REVOKE ALL ON SCHEMA public FROM ${user}`,
    `REVOKE ALL ON DATABASE ${inDoubleQuotes(database)} FROM ${user}`,
  ]
  return [heredoc(psql(server, database), gone), heredoc(psql(server, 'postgres'), [`DROP ROLE IF EXISTS ${user}`])].join('\n')
}

const mysql = (server: string): string =>
  `mysql --host ${server}.mysql.database.azure.com --ssl-mode REQUIRED --enable-cleartext-plugin --user "$ADMINISTRATOR" --password`
const pattern = (database: string): string => inBackticks(database.replaceAll(/[_%]/g, (one) => `\\${one}`))
const makeInMysql: Write = (server, database, { name, clientId }, role) =>
  heredoc(mysql(server), [
    'SET aad_auth_validate_oids_in_tenant = OFF',
    `CREATE AADUSER '${name}' IDENTIFIED BY '${clientId}'`,
    `GRANT SELECT, SHOW VIEW${role === 'writer' ? ', INSERT, UPDATE, DELETE' : ''} ON ${pattern(database)}.* TO '${name}'@'%'`,
  ])
const removeInMysql: Write = (server, database, { name }) =>
  heredoc(mysql(server), [`REVOKE ALL PRIVILEGES ON ${pattern(database)}.* FROM '${name}'@'%'`, `DROP USER IF EXISTS '${name}'@'%'`])

const writers: Readonly<Record<string, { readonly make: Write; readonly remove: Write }>> = {
  'microsoft.dbforpostgresql/flexibleservers': { make: makeInPostgres, remove: removeInPostgres },
  'microsoft.dbformysql/flexibleservers': { make: makeInMysql, remove: removeInMysql },
}

/** Empty where no statement would do. `$ADMINISTRATOR`: the name of an administrator, in the shell of the person that is one. */
export function statementsFor({ scope, owner }: GrantObject, user: DatabaseUser, role: DatabaseRole, what: 'make' | 'remove'): string {
  if (owner === undefined) return ''
  const { type, name } = resourceId(owner)
  const database = resourceId(scope).names[1] ?? ''
  // A line of its own would end the here-document.
  if (/[\r\n]/.test(database) || !/^[a-z0-9-]+$/i.test(name)) return ''
  return writers[type]?.[what](name, database, user, role) ?? ''
}
