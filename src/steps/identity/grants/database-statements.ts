// The statements that make or remove the user of a connection, for the clients that administrators have: psql, mysql and sqlcmd. They end with what the app
// would have made. The text is for a shell, and names of databases are the author's: each is quoted for SQL, and the whole stands in a here-document.
import { shellText } from '../../../model/as-code.ts'
import { type DatabaseRole, mysqlPrivileges, sqlServerRoles, sqlServerSid } from '../../../model/database-user.ts'
import type { GrantObject } from '../../../model/managed-objects.ts'
import { givenGrants, missingGrants } from '../../../model/postgres-grants.ts'
import { resourceId } from '../../../model/resource-id.ts'
import type { DatabaseUser } from '../../../ports/databases.ts'

export const inDoubleQuotes = (name: string): string => `"${name.replaceAll('"', '""')}"`
export const inBackticks = (name: string): string => `\`${name.replaceAll('`', '``')}\``

const heredoc = (command: string, statements: readonly string[]): string =>
  `${command} <<'SQL'\n${statements.map((one) => `${one};`).join('\n')}\nSQL`

/** Its client sends what it has read at `GO`. */
const batch = (command: string, statements: readonly string[]): string =>
  `${command} <<'SQL'\n${statements.map((one) => `${one};\nGO`).join('\n')}\nSQL`

type Place = { readonly server: string; readonly database: string; readonly user: DatabaseUser }
type Make = (place: Place, role: DatabaseRole) => string
/** Takes exactly what the app would take. */
type Remove = (place: Place, keeps: DatabaseRole | undefined) => string

const taken = (of: Readonly<Record<DatabaseRole, readonly string[]>>, keeps: DatabaseRole | undefined): readonly string[] =>
  of.writer.filter((one) => !(keeps && of[keeps].includes(one)))

const psql = (server: string, database: string): string =>
  `psql ${shellText(`host=${server}.postgres.database.azure.com dbname='${database.replaceAll(/['\\]/g, (one) => `\\${one}`)}' sslmode=require`)} --username "$ADMINISTRATOR"`

/** psql runs what the query answers: https://www.postgresql.org/docs/current/app-psql.html#APP-PSQL-META-COMMAND-GEXEC */
const answersOf = (command: string, query: string): string =>
  `${command} <<'SQL'\n-- answers statements, and psql runs these\n${query}\n\\gexec\nSQL`

const makeInPostgres: Make = ({ server, database, user: { name, objectId } }, role) =>
  [
    heredoc(psql(server, 'postgres'), [
      `SELECT * FROM pgaadauth_create_principal_with_oid('${name}', '${objectId}', 'service', false, false)`,
    ]),
    answersOf(psql(server, database), `select statement from (\n${missingGrants(name, role)}\n) missing where own`),
  ].join('\n')
const removeInPostgres: Remove = ({ server, database, user: { name } }, keeps) => {
  const query = givenGrants(name, keeps)
  if (query === '') return ''
  // Refused while another database knows it.
  const dropped = keeps ? [] : [heredoc(psql(server, 'postgres'), [`DROP ROLE IF EXISTS ${inDoubleQuotes(name)}`])]
  return [answersOf(psql(server, database), query), ...dropped].join('\n')
}

const mysql = (server: string): string =>
  `mysql --host ${server}.mysql.database.azure.com --ssl-mode REQUIRED --enable-cleartext-plugin --user "$ADMINISTRATOR" --password`
/** Of a server where `partial_revokes` is off, as it is by default. */
const pattern = (database: string): string => inBackticks(database.replaceAll(/[_%]/g, (one) => `\\${one}`))
const makeInMysql: Make = ({ server, database, user: { name, clientId } }, role) =>
  // The user may be there already, for another database: `--force` goes on, as psql does.
  heredoc(`${mysql(server)} --force`, [
    'SET aad_auth_validate_oids_in_tenant = OFF',
    `CREATE AADUSER '${name}' IDENTIFIED BY '${clientId}'`,
    `GRANT ${mysqlPrivileges[role].join(', ')} ON ${pattern(database)}.* TO '${name}'@'%'`,
  ])
const removeInMysql: Remove = ({ server, database, user: { name } }, keeps) => {
  const gone = taken(mysqlPrivileges, keeps)
  if (gone.length === 0) return ''
  const used = ['SCHEMA', 'TABLE', 'COLUMN', 'USER'].map(
    (what) => `SELECT 1 FROM information_schema.${what}_PRIVILEGES WHERE GRANTEE = '''${name}''@''%''' AND PRIVILEGE_TYPE <> 'USAGE'`,
  )
  const dropped = [
    `SET @used = EXISTS (${used.join(' UNION ALL ')})`,
    `SET @dropping = IF(@used, 'DO 0', 'DROP USER IF EXISTS ''${name}''@''%''')`,
    'PREPARE dropping FROM @dropping',
    'EXECUTE dropping',
  ]
  return heredoc(mysql(server), [`REVOKE ${gone.join(', ')} ON ${pattern(database)}.* FROM '${name}'@'%'`, ...(keeps ? [] : dropped)])
}

const sqlcmd = (server: string, database: string): string => `sqlcmd -S ${server}.database.windows.net -d ${shellText(database)} -G -b`
const makeInSql: Make = ({ server, database, user: { name, clientId } }, role) =>
  batch(sqlcmd(server, database), [
    `IF DATABASE_PRINCIPAL_ID(N'${name}') IS NULL CREATE USER [${name}] WITH SID = ${sqlServerSid(clientId)}, TYPE = E`,
    ...sqlServerRoles[role].map((one) => `ALTER ROLE ${one} ADD MEMBER [${name}]`),
  ])
const removeInSql: Remove = ({ server, database, user: { name } }, keeps) => {
  const gone = taken(sqlServerRoles, keeps)
  const id = `DATABASE_PRINCIPAL_ID(N'${name}')`
  const others = [
    `NOT EXISTS (SELECT 1 FROM sys.database_role_members WHERE member_principal_id = ${id})`,
    `NOT EXISTS (SELECT 1 FROM sys.database_permissions WHERE grantee_principal_id = ${id} AND permission_name <> 'CONNECT')`,
  ]
  if (gone.length === 0) return ''
  return batch(sqlcmd(server, database), [
    ...gone.map((one) => `ALTER ROLE ${one} DROP MEMBER [${name}]`),
    ...(keeps ? [] : [`IF ${others.join(' AND ')} DROP USER IF EXISTS [${name}]`]),
  ])
}

const writers: Readonly<Record<string, { readonly make: Make; readonly remove: Remove }>> = {
  'microsoft.dbforpostgresql/flexibleservers': { make: makeInPostgres, remove: removeInPostgres },
  'microsoft.dbformysql/flexibleservers': { make: makeInMysql, remove: removeInMysql },
  'microsoft.sql/servers': { make: makeInSql, remove: removeInSql },
}

/** Empty where no statement would do. `$ADMINISTRATOR`: the name of an administrator, in the shell of the person that is one. */
export const statementsFor = (object: GrantObject, user: DatabaseUser, role: DatabaseRole): string =>
  written(object, user, (type, place) => writers[type]?.make(place, role))
export const removalOf = (object: GrantObject, user: DatabaseUser, keeps: DatabaseRole | undefined): string =>
  written(object, user, (type, place) => writers[type]?.remove(place, keeps))

function written({ scope, owner }: GrantObject, user: DatabaseUser, write: (type: string, place: Place) => string | undefined): string {
  if (owner === undefined) return ''
  const { type, name: server } = resourceId(owner)
  const database = resourceId(scope).names[1] ?? ''
  // A line of its own would end the here-document.
  if (/[\r\n]/.test(database) || !/^[a-z0-9-]+$/i.test(server)) return ''
  return write(type, { server, database, user }) ?? ''
}
