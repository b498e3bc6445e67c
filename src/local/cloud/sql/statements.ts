// The statements of the app on a database of Azure SQL, and no others: there is no engine. Users and members of roles stand in a table; what the rights of a
// role are in SQL Server this does not show.
import { done, SqlRefusal, table } from './protocol.ts'

export type SqlDatabase = {
  /** By name: SID and type. */
  readonly users: Readonly<Record<string, { readonly sid: string; readonly type: string }>>
  readonly members: readonly { readonly role: string; readonly user: string }[]
  /** Names of users with rights that another gave, and of those that own a schema. */
  readonly granted: readonly string[]
  readonly owners: readonly string[]
}

export const emptyDatabase: SqlDatabase = { users: {}, members: [], granted: [], owners: [] }

type Answer = { readonly answer: Buffer; readonly after?: SqlDatabase }
type Statement = readonly [RegExp, (database: SqlDatabase, words: readonly string[]) => Answer]
const text = "N'([^']*)'"
const name = String.raw`\[([^\]]*)\]`

const statements: readonly Statement[] = [
  [/^set /i, () => ({ answer: done })],
  [
    /^SELECT name AS name FROM sys.database_principals WHERE type = 'E' AND LEFT\(name, 3\) = N'sc_'$/,
    ({ users }) => {
      const named = Object.entries(users).filter(([one, { type }]) => type === 'E' && one.startsWith('sc_'))
      return {
        answer: table(
          ['name'],
          named.map(([one]) => [one]),
        ),
      }
    },
  ],
  [
    new RegExp(`^SELECT type AS type, CONVERT\\(varchar\\(170\\), sid, 1\\) AS sid FROM sys.database_principals WHERE name = ${text}$`),
    ({ users }, [user = '']) => {
      const found = users[user]
      return { answer: table(['type', 'sid'], found ? [[found.type, found.sid]] : []) }
    },
  ],
  [
    new RegExp(
      `^SELECT r.name AS role FROM sys.database_role_members[\\s\\S]*WHERE m.member_principal_id = DATABASE_PRINCIPAL_ID\\(${text}\\)$`,
    ),
    ({ members }, [user = '']) => ({
      answer: table(
        ['role'],
        members.filter((one) => one.user === user).map(({ role }) => [role]),
      ),
    }),
  ],
  [
    new RegExp(
      `^SELECT permission_name AS permission FROM sys.database_permissions[\\s\\S]*DATABASE_PRINCIPAL_ID\\(${text}\\) AND permission_name <> 'CONNECT'$`,
    ),
    ({ granted }, [user = '']) => ({ answer: table(['permission'], granted.includes(user) ? [['EXECUTE']] : []) }),
  ],
  [
    new RegExp(`^CREATE USER ${name} WITH SID = (0x[0-9A-F]{32}), TYPE = E$`),
    (database, [user = '', sid = '']) => {
      const { users } = database
      if (users[user]) throw new SqlRefusal(15023)
      if (Object.values(users).some((other) => other.sid === sid)) throw new SqlRefusal(15063)
      return { answer: done, after: { ...database, users: { ...users, [user]: { sid, type: 'E' } } } }
    },
  ],
  [
    new RegExp(`^ALTER ROLE ${name} (ADD|DROP) MEMBER ${name}$`),
    (database, [role = '', what, user = '']) => {
      if (!database.users[user]) throw new SqlRefusal(15151)
      const others = database.members.filter((one) => one.role !== role || one.user !== user)
      return { answer: done, after: { ...database, members: what === 'ADD' ? [...others, { role, user }] : others } }
    },
  ],
  [
    new RegExp(`^DROP USER IF EXISTS ${name}$`),
    (database, [user = '']) => {
      if (database.owners.includes(user)) throw new SqlRefusal(15138)
      const { [user]: _gone, ...users } = database.users
      return { answer: done, after: { ...database, users, members: database.members.filter((one) => one.user !== user) } }
    },
  ],
]

/** `after`: the database that a change leaves. @throws SqlRefusal */
export function runOn(database: SqlDatabase, statement: string): Answer {
  for (const [pattern, run] of statements) {
    const words = pattern.exec(statement)
    if (words) return run(database, words.slice(1))
  }
  throw new SqlRefusal(102, `Incorrect syntax: the simulated Azure SQL understands the statements of the app only.`)
}
