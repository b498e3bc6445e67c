// The statements of the app on a server of Azure Database for PostgreSQL, those of the pods on its tables, and no others: there is no engine. What Azure adds for
// principals of Entra ID is there in the database `postgres` only (https://learn.microsoft.com/azure/postgresql/security/security-manage-entra-users).

import type { Answer } from '../databases/answer.ts'
import { postgresNames } from '../databases/names.ts'
import { tenant } from '../entra/directory.ts'
import { catalogQueries } from './catalog-queries.ts'
import { grantQuery } from './grant-queries.ts'
import {
  administrators,
  dependenciesOf,
  emptyDatabase,
  type In,
  isMember,
  type PostgresServer,
  type PostgresSession,
  type Ran,
} from './model.ts'
import { PostgresRefusal } from './protocol.ts'
import { rightsStatements } from './rights.ts'
import { onTable } from './table-statements.ts'

/** The database in which roles are administered. */
const home = 'postgres'

/** The functions of Azure. */
function atHome(at: In, name: string): void {
  if (at.database !== home) throw new PostgresRefusal('42883', `function ${name} does not exist`)
  if (at.server.roles[at.user]?.isAdministrator !== true) throw new PostgresRefusal('42501', `permission denied for function ${name}`)
}

function listPrincipals(at: In, name = ''): Answer {
  atHome(at, 'pgaadauth_list_principals(boolean)')
  const { objectId, isAdministrator = false } = at.server.roles[name] ?? {}
  return {
    columns: ['rolname', 'principaltype', 'objectid', 'tenantid', 'ismfa', 'isadmin'],
    rows: objectId === undefined ? [] : [[name, 'service', objectId, tenant, 0, isAdministrator ? 1 : 0]],
  }
}

function createPrincipal(at: In, name = '', objectId = ''): Ran {
  atHome(at, 'pgaadauth_create_principal_with_oid(unknown, unknown, unknown, boolean, boolean)')
  const { server } = at
  if (Object.hasOwn(server.roles, name)) throw new PostgresRefusal('42710', `role "${name}" already exists`)
  return {
    answer: { columns: ['pgaadauth_create_principal_with_oid'], rows: [[`Created role for ${name}`]] },
    after: { ...server, roles: { ...server.roles, [name]: { objectId, memberOf: [] } } },
  }
}

/** https://www.postgresql.org/docs/16/sql-droprole.html */
function dropRole({ server, user, here }: In, name: string): Ran {
  const { [name]: role, ...roles } = server.roles
  if (!role) return { answer: 'done' }
  if (!isMember({ server, here }, user, administrators)) throw new PostgresRefusal('42501', 'permission denied to drop role')
  if (dependenciesOf(server, name).length > 0)
    throw new PostgresRefusal('2BP01', `role "${name}" cannot be dropped because some objects depend on it`)
  return { answer: 'done', after: { ...server, roles } }
}

const dropping = new RegExp(`^DROP ROLE IF EXISTS ${postgresNames.name}$`, 'i')

/** @throws PostgresRefusal */
export function runOn(server: PostgresServer, statement: string, values: readonly string[], session: PostgresSession): Ran {
  const at: In = { ...session, server, here: server.databases[session.database] ?? emptyDatabase }
  const text = statement.trim()
  if (text === 'select * from pgaadauth_list_principals(false) where rolname = $1') return { answer: listPrincipals(at, values[0]) }
  if (text === `select * from pgaadauth_create_principal_with_oid($1, $2, 'service', false, false)`)
    return createPrincipal(at, values[0], values[1])
  const query = catalogQueries.find(([known]) => isSame(known, text))
  if (query) return { answer: query[1](at, values) }
  const granted = grantQuery(at, text)
  if (granted) return { answer: granted }
  const [, dropped] = dropping.exec(text) ?? []
  if (dropped !== undefined) return dropRole(at, postgresNames.unquoted(dropped))
  for (const [pattern, run] of rightsStatements) {
    const words = pattern.exec(text)
    if (words) return run(at, words.slice(1))
  }
  const ran = onTable(at, text)
  if (ran) return ran
  throw new PostgresRefusal('0A000', 'the simulated server understands the statements of the app only')
}

/** But for spaces. */
const isSame = (a: string, b: string): boolean => a.replaceAll(/\s+/g, ' ') === b.replaceAll(/\s+/g, ' ')
