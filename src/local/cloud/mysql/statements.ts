// The statements of the app on a server of Azure Database for MySQL, those of the pods on its tables, and no others: there is no engine.
import { column } from '../databases/answer.ts'
import { mysqlNames } from '../databases/names.ts'
import { folded, type MysqlGrant, type MysqlServer, type MysqlSession, type Ran } from './model.ts'
import { MysqlRefusal } from './protocol.ts'
import { onTable } from './table-statements.ts'

type Run = (server: MysqlServer, words: readonly string[], session: MysqlSession) => Ran

const text = "('(?:[^'\\\\]|\\\\.|'')*')"
/** What a text of SQL says; a name stays as it is. */
const said = (word: string): string =>
  word.startsWith("'") ? word.slice(1, -1).replaceAll(/\\(.)|''/gs, (_all, one?: string) => one ?? "'") : word
/** Who is granted something, as the tables of the server write it. */
const granteeOf = (grantee = ''): string => /^'(.*)'@'%'$/s.exec(grantee)?.[1] ?? ''
const account = `('(?:[^'\\\\]|\\\\.|'')*'|\\w+)@'%'`
const listed = (words: string): readonly string[] => words.split(',').map((one) => one.trim().toUpperCase())
const exactly = (pattern: string): RegExp => new RegExp(`^${pattern.replaceAll(' ', '\\s+')}$`)

const denied = ({ user }: MysqlSession, what: string): MysqlRefusal =>
  new MysqlRefusal(1227, '42000', `Access denied; you need (at least one of) the ${what} privilege(s) for this operation: ${user}`)
const administered =
  (what: string, run: Run): Run =>
  (server, words, session) => {
    if (!session.isAdministrator) throw denied(session, what)
    return run(server, words, session)
  }

const noSuchUser = (what: string, user: string): MysqlRefusal =>
  new MysqlRefusal(1396, 'HY000', `Operation ${what} failed for '${user}'@'%'`)

const isGrant = (one: MysqlGrant, user: string, on: string, privileges: readonly string[]): boolean =>
  one.user === user && one.on === on && privileges.includes(one.privilege)

const statements: readonly (readonly [RegExp, Run])[] = [
  [
    exactly('SET aad_auth_validate_oids_in_tenant = OFF'),
    (_server, _words, session) => {
      session.validates = false
      return { answer: 'done' }
    },
  ],
  [
    exactly(`CREATE AADUSER ${text} IDENTIFIED BY ${text}`),
    administered('CREATE USER', (server, [name = '', clientId = ''], { validates }) => {
      // The identity of a server seldom may read the directory; here none may.
      if (validates) throw new MysqlRefusal(1105, 'HY000', `Principal '${clientId}' could not be found in the directory.`)
      if (server.users[name]) throw noSuchUser('CREATE USER', name)
      return { answer: 'done', after: { ...server, users: { ...server.users, [name]: { auth: `AADApp:${clientId}` } } } }
    }),
  ],
  [exactly('SELECT @@lower_case_table_names AS folded'), () => ({ answer: column('folded', [1]) })],
  [
    exactly(`SHOW VARIABLES LIKE 'partial\\\\_revokes'`),
    () => ({ answer: { columns: ['Variable_name', 'Value'], rows: [['partial_revokes', 'OFF']] } }),
  ],
  [
    exactly(
      `SELECT PRIVILEGE_TYPE AS privilege FROM information_schema\\.SCHEMA_PRIVILEGES WHERE GRANTEE = ${text} AND BINARY TABLE_SCHEMA = ${text}`,
    ),
    ({ grants }, [grantee, on]) => ({
      answer: column(
        'privilege',
        grants.filter((one) => one.user === granteeOf(grantee) && one.on === on).map(({ privilege }) => privilege),
      ),
    }),
  ],
  [
    exactly(
      ['SCHEMA', 'TABLE', 'COLUMN', 'USER']
        .map((what) => `SELECT 1 AS one FROM information_schema\\.${what}_PRIVILEGES WHERE GRANTEE = ${text} AND PRIVILEGE_TYPE <> 'USAGE'`)
        .join(' UNION ALL '),
    ),
    ({ grants }, [grantee]) => ({
      answer: column(
        'one',
        grants.filter((one) => one.user === granteeOf(grantee)).map(() => 1),
      ),
    }),
  ],
  [
    exactly(`SELECT authentication_string AS auth FROM mysql\\.user WHERE User = ${text} AND Host = '%'`),
    administered('SELECT', ({ users }, [name = '']) => ({ answer: column('auth', users[name] ? [users[name].auth] : []) })),
  ],
  [
    exactly(`SELECT User AS name FROM mysql\\.user WHERE Host = '%' AND LEFT\\(User, 3\\) = 'sc_'`),
    administered('SELECT', ({ users }) => ({
      answer: column(
        'name',
        Object.keys(users).filter((one) => one.startsWith('sc_')),
      ),
    })),
  ],
  [
    exactly(
      `SELECT 1 AS one FROM information_schema\\.SCHEMATA WHERE IF\\(@@lower_case_table_names = 0, BINARY SCHEMA_NAME = ${text}, LOWER\\(SCHEMA_NAME\\) = LOWER\\(${text}\\)\\)`,
    ),
    ({ databases }, [name = '']) => ({ answer: column('one', Object.hasOwn(databases, folded(name)) ? [1] : []) }),
  ],
  [
    exactly(`GRANT ([A-Z ,]+) ON ${mysqlNames.name}\\.\\* TO ${account}`),
    administered('GRANT', (server, [privileges = '', on = '', user = '']) => {
      if (!server.users[user]) throw new MysqlRefusal(1410, '42000', 'You are not allowed to create a user with GRANT')
      const pattern = folded(mysqlNames.unquoted(on))
      const others = server.grants.filter((one) => !isGrant(one, user, pattern, listed(privileges)))
      const given = listed(privileges).map((privilege) => ({ user, on: pattern, privilege }))
      return { answer: 'done', after: { ...server, grants: [...others, ...given] } }
    }),
  ],
  [
    exactly(`REVOKE ([A-Z ,]+) ON ${mysqlNames.name}\\.\\* FROM ${account}`),
    administered('GRANT', (server, [privileges = '', on = '', user = '']) => {
      const pattern = folded(mysqlNames.unquoted(on))
      if (!server.grants.some((one) => one.user === user && one.on === pattern))
        throw new MysqlRefusal(1141, '42000', `There is no such grant defined for user '${user}' on host '%'`)
      const grants = server.grants.filter((one) => !isGrant(one, user, pattern, listed(privileges)))
      return { answer: 'done', after: { ...server, grants } }
    }),
  ],
  [
    exactly(`DROP USER IF EXISTS ${account}`),
    administered('CREATE USER', (server, [name = '']) => {
      const { [name]: _gone, ...users } = server.users
      return { answer: 'done', after: { ...server, users, grants: server.grants.filter(({ user }) => user !== name) } }
    }),
  ],
]

/** @throws MysqlRefusal */
export function runOn(server: MysqlServer, statement: string, session: MysqlSession): Ran {
  for (const [pattern, run] of statements) {
    const words = pattern.exec(statement)
    if (words) return run(server, words.slice(1).map(said), session)
  }
  const ran = onTable(server, statement, session)
  if (ran) return ran
  throw new MysqlRefusal(
    1064,
    '42000',
    'You have an error in your SQL syntax: the simulated server understands the statements of the app only',
  )
}
