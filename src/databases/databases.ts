// The users of databases, for the steps: signs in, and says refusals in the words of the catalogue.
import type { TokenCredential } from '@azure/core-auth'
import { Failure } from '../errors/failure.ts'
import { redact } from '../errors/redact.ts'
import { isDatabaseUserName } from '../model/database-user.ts'
import type { DatabasePlace, Databases, Engine } from '../ports/databases.ts'
import { type Dialect, NameTaken, OwnsObjects } from './dialect.ts'
import { mysql } from './mysql.ts'
import { postgres } from './postgres.ts'
import type { ProxySettings } from './proxy.ts'
import type { Open } from './session.ts'
import { dialThrough, openerFor, tokenFor } from './sessions.ts'
import { sqlServer } from './sqlserver.ts'

const dialects: Readonly<Record<Engine, Dialect>> = { postgres, mysql, sqlserver: sqlServer }

export function createDatabases(credential: TokenCredential, proxy: ProxySettings): Databases {
  const dial = dialThrough(proxy)
  return databasesBy(dialects, async (place) => openerFor(place, await tokenFor(place, credential), dial))
}

export function databasesBy(by: Readonly<Partial<Record<Engine, Dialect>>>, openerOf: (place: DatabasePlace) => Promise<Open>): Databases {
  async function on<T>(place: DatabasePlace, work: (dialect: Dialect, open: Open) => Promise<T>): Promise<T> {
    const dialect = by[place.engine]
    if (!dialect) throw new TypeError(`There is no dialect for ${place.engine}`)
    try {
      return await work(dialect, await openerOf(place))
    } catch (error) {
      throw refused(error, place)
    }
  }
  return {
    find: (place, user) => on(place, (dialect, open) => dialect.find(open, place.database, user)),
    users: async (place) =>
      (await on(place, (dialect, open) => dialect.users(open, place.database))).filter(({ name }) => isDatabaseUserName(name)),
    grant: (place, user, role) => on(place, (dialect, open) => dialect.grant(open, place.database, user, role)),
    revoke: (place, user, keeps) => on(place, (dialect, open) => dialect.revoke(open, place.database, user, keeps)),
  }
}

/**
 * SQLSTATE (https://www.postgresql.org/docs/current/errcodes-appendix.html), names of MySQL (https://dev.mysql.com/doc/mysql-errors/8.0/en/server-error-reference.html),
 * and numbers of Azure SQL (https://learn.microsoft.com/azure/azure-sql/database/troubleshoot-common-errors-issues).
 */
const signInRefused = /^(28P01|28000|ER_ACCESS_DENIED_ERROR|SQL18456)$/
const rightMissing =
  /^(42501|ER_SPECIFIC_ACCESS_DENIED_ERROR|ER_DBACCESS_DENIED_ERROR|ER_TABLEACCESS_DENIED_ERROR|SQL(229|262|297|300|916|15151|15247))$/
const databaseMissing = /^(3D000|ER_BAD_DB_ERROR|SQL4060)$/
const network = /^(E(?!R_)[A-Z_]+|ABORT_ERR|PROTOCOL_CONNECTION_LOST|SQL(40615|40914|47072|47073))$/

function refused(error: unknown, { host, database }: DatabasePlace): unknown {
  if (error instanceof Failure) return error
  const server = host.split('.')[0] ?? host
  if (error instanceof OwnsObjects)
    return new Failure({ class: 'manual', code: 'DatabaseUserOwns', about: { user: error.user, database, server } })
  if (error instanceof NameTaken) return new Failure({ class: 'manual', code: 'DatabaseUserTaken', about: { user: error.user, server } })
  if (!(error instanceof Error) || (error instanceof TypeError && !('code' in error))) return error
  const codes = codesOf(error)
  const message = redact(error.message.replaceAll(/\s+/g, ' ')).slice(0, 300)
  const about = { server, database, message }
  const is = (pattern: RegExp): boolean => codes.some((code) => pattern.test(code))
  if (is(databaseMissing)) return new Failure({ class: 'manual', code: 'DatabaseMissing', about })
  if (is(rightMissing)) return new Failure({ class: 'permission', code: 'NotDatabaseAdministrator', about })
  // PostgreSQL tells a closed firewall as a refused sign-in.
  if (/no pg_hba\.conf entry/i.test(message)) return new Failure({ class: 'manual', code: 'DatabaseUnreachable', about })
  if (is(signInRefused)) return new Failure({ class: 'permission', code: 'NotDatabaseAdministrator', about })
  if (
    is(network) ||
    /\btimeout\b|terminated|connection.* closed/i.test(message) ||
    error.name === 'AbortError' ||
    error.name === 'TimeoutError'
  )
    return new Failure({ class: 'manual', code: 'DatabaseUnreachable', about })
  return new Failure({ class: 'transient', code: 'DatabaseRefused', about: { ...about, answer: codes[0] ?? 'no code' } })
}

function codesOf(error: Error): readonly string[] {
  const { code, cause } = error as { readonly code?: unknown; readonly cause?: unknown }
  const own = typeof code === 'string' ? [code] : []
  return cause instanceof Error ? [...own, ...codesOf(cause)] : own
}
