// What the app asks a database of PostgreSQL for: the statements that give a role what it lacks, and those that take what it has (src/model/postgres-grants.ts). Such
// a query is of parts, each of which is known by its beginning and by what it looks for; privileges and names are read out of it.
import type { Answer, Cell } from '../databases/answer.ts'
import { has, type In, isMember, type ObjectKind, type Owned, type Relation } from './model.ts'

type Rows = readonly (readonly Cell[])[]
type Part = readonly [pattern: RegExp, rows: (at: In, words: readonly string[]) => Rows]

/** `%I` of `format`. */
const quoted = (name: string): string => (/^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`)
const text = "'((?:[^']|'')*)'"
const anything = '[\\s\\S]*'
const part = (...pieces: readonly string[]): RegExp => new RegExp(`^${pieces.join(anything)}$`)
const listed = (words: string): readonly string[] => [...words.matchAll(/'([^']*)'/g)].map(([, one = '']) => one)
const privilegesIn = (words: string): readonly string[] => words.split(',').map((one) => one.trim())

/** The superuser's are left to it. */
const isOfOthers = ({ server }: In, owner: string): boolean => server.roles[owner]?.isSuperuser !== true
const ownerIn = ({ here }: In, owner: string): string => (owner === 'pg_database_owner' ? here.owner : owner)
const row = (at: In, statement: string, owner: string): readonly Cell[] => [statement, isMember(at, at.user, owner), ownerIn(at, owner)]
const isGiven = ({ rights }: Owned, grantee: string): boolean => rights.some((one) => one.grantee === grantee)
const nameOf = ({ schema, name }: Relation): string => `${quoted(schema)}.${quoted(name)}`
const wordOf = ({ kind }: Relation): string => (kind === 'S' ? 'SEQUENCE' : 'TABLE')

/** A right of `public` does for it. */
function connecting(at: In, user: string): readonly Cell[] {
  const [statement = '', own = false, owner = ''] = row(
    at,
    `GRANT CONNECT ON DATABASE ${quoted(at.database)} TO ${quoted(user)}`,
    at.here.owner,
  )
  return [statement, own, has(at, user, 'CONNECT', at.here) ? null : owner]
}

const missing: readonly Part[] = [
  [
    part(
      `select format\\('GRANT CONNECT ON DATABASE %I TO %I', d\\.datname, ${text}\\) as statement`,
      `where d\\.datname = current_database\\(\\) and not exists \\(`,
      `aclexplode\\(d\\.datacl\\) a where a\\.privilege_type = 'CONNECT'`,
      '',
    ),
    (at, [user = '']) => (at.here.rights.some((one) => one.grantee === user && one.privilege === 'CONNECT') ? [] : [connecting(at, user)]),
  ],
  [
    part(`select format\\('GRANT USAGE ON SCHEMA %I TO %I', n\\.nspname, ${text}\\)`, `not has_schema_privilege\\(`, ''),
    (at, [user = '']) =>
      Object.entries(at.here.schemas)
        .filter(([, one]) => !has(at, user, 'USAGE', one) && (isMember(at, at.user, one.owner) || isOfOthers(at, one.owner)))
        .map(([schema, { owner }]) => row(at, `GRANT USAGE ON SCHEMA ${quoted(schema)} TO ${quoted(user)}`, owner)),
  ],
  [
    part(
      `select format\\('GRANT %s ON %s %I\\.%I TO %I', case when c\\.relkind = 'S' then ${text} else ${text} end,`,
      `n\\.nspname, c\\.relname, ${text}\\)`,
      `not has_sequence_privilege\\(`,
      `not has_table_privilege\\(`,
      '',
    ),
    (at, [onSequences = '', onTables = '', user = '']) =>
      at.here.relations
        .map((one) => ({ one, wanted: one.kind === 'S' ? onSequences : onTables }))
        .filter(({ one, wanted }) => privilegesIn(wanted).some((privilege) => !has(at, user, privilege, one)))
        .filter(({ one }) => isMember(at, at.user, one.owner) || isOfOthers(at, one.owner))
        .map(({ one, wanted }) => row(at, `GRANT ${wanted} ON ${wordOf(one)} ${nameOf(one)} TO ${quoted(user)}`, one.owner)),
  ],
  [
    part(
      `select format\\('ALTER DEFAULT PRIVILEGES FOR ROLE %I GRANT %s ON %s TO %I', o\\.rolname, k\\.privilege, k\\.word, ${text}\\), true, null`,
      `unnest\\(array\\[(.*)\\]::text\\[\\], array\\[(.*)\\]::text\\[\\],\\s*array\\[(.*)\\]::text\\[\\]\\) as k\\(kind, privilege, word\\)`,
      `not exists \\(select from pg_default_acl d`,
      '',
    ),
    (at, [user = '', kinds = '', privileges = '', words = '']) => {
      const wanted = listed(privileges).map((privilege, index) => ({
        kind: listed(kinds)[index],
        privilege,
        word: listed(words)[index] ?? '',
      }))
      return makers(at).flatMap((maker) =>
        wanted
          .filter(
            ({ kind, privilege }) => !at.here.defaults.some((one) => isDefault(one, maker, kind, user) && one.privilege === privilege),
          )
          .map(({ privilege, word }) => [
            `ALTER DEFAULT PRIVILEGES FOR ROLE ${quoted(maker)} GRANT ${privilege} ON ${word} TO ${quoted(user)}`,
            true,
            null,
          ]),
      )
    },
  ],
]

/** Who may make what comes later: the caller, the owner of the database, and who owns something in it, where the caller may speak for them. */
function makers(at: In): readonly string[] {
  const { server, here, user } = at
  const owners = [user, here.owner, ...here.relations.map(({ owner }) => owner)]
  return Object.keys(server.roles).filter((one) => owners.includes(one) && isMember(at, user, one))
}

const isDefault = (
  one: { readonly owner: string; readonly kind: string; readonly grantee: string },
  owner: string,
  kind = '',
  grantee = '',
) => one.owner === owner && one.kind === kind && one.grantee === grantee

const cases = (words: string): Readonly<Record<string, string>> =>
  Object.fromEntries([...words.matchAll(/when '(.)' then '([^']*)'/g)].map(([, kind = '', then = '']) => [kind, then]))

const given: readonly Part[] = [
  [
    part(
      `select distinct format\\('ALTER DEFAULT PRIVILEGES FOR ROLE %I REVOKE %s ON %s FROM %I', r\\.rolname,\\s*case d\\.defaclobjtype::text (.*) end, case d\\.defaclobjtype::text (.*) end, ${text}\\) as statement`,
      `where d\\.defaclnamespace = 0 and`,
      '',
    ),
    (at, [revoked = '', words = '', user = '']) => {
      const theirs = at.here.defaults.filter((one) => one.grantee === user && isMember(at, at.user, one.owner))
      const pairs = new Set(theirs.filter(({ kind }) => kind in cases(revoked)).map(({ owner, kind }) => JSON.stringify([owner, kind])))
      return [...pairs].map((pair) => {
        const [owner, kind] = JSON.parse(pair) as readonly [string, ObjectKind]
        return [
          `ALTER DEFAULT PRIVILEGES FOR ROLE ${quoted(owner)} REVOKE ${cases(revoked)[kind]} ON ${cases(words)[kind]} FROM ${quoted(user)}`,
        ]
      })
    },
  ],
  [
    part(
      `select distinct format\\('REVOKE %s ON %s %I\\.%I FROM %I', case when c\\.relkind = 'S' then ${text} else ${text} end,`,
      `n\\.nspname, c\\.relname, ${text}\\) as statement`,
      `aclexplode\\(c\\.relacl\\) a`,
      '',
    ),
    (at, [onSequences = '', onTables = '', user = '']) =>
      at.here.relations
        .map((one) => ({ one, gone: one.kind === 'S' ? onSequences : onTables }))
        .filter(({ one, gone }) => gone !== '' && isGiven(one, user) && isMember(at, at.user, one.owner))
        .map(({ one, gone }) => [`REVOKE ${gone} ON ${wordOf(one)} ${nameOf(one)} FROM ${quoted(user)}`]),
  ],
  [
    part(`select format\\('REVOKE USAGE ON SCHEMA %I FROM %I', n\\.nspname, ${text}\\) as statement`, `aclexplode\\(n\\.nspacl\\) a`, ''),
    (at, [user = '']) =>
      Object.entries(at.here.schemas)
        .filter(([, one]) => isGiven(one, user) && isMember(at, at.user, one.owner))
        .map(([schema]) => [`REVOKE USAGE ON SCHEMA ${quoted(schema)} FROM ${quoted(user)}`]),
  ],
  [
    part(`select format\\('REVOKE CONNECT ON DATABASE %I FROM %I', current_database\\(\\), ${text}\\) as statement`),
    (at, [user = '']) => [[`REVOKE CONNECT ON DATABASE ${quoted(at.database)} FROM ${quoted(user)}`]],
  ],
]

/** `undefined`: it is no such query, or a part of it is not understood. */
export function grantQuery(at: In, query: string): Answer | undefined {
  const parts = query.split('\nunion all\n')
  for (const [known, columns] of [
    [missing, ['statement', 'own', 'owner']],
    [given, ['statement']],
  ] as const) {
    const rows = parts.map((one) => rowsOf(at, one, known))
    if (rows.every((one) => one !== undefined)) return { columns, rows: rows.flat() }
  }
  return undefined
}

function rowsOf(at: In, query: string, parts: readonly Part[]): Rows | undefined {
  for (const [pattern, rows] of parts) {
    const words = pattern.exec(query)
    if (words)
      return rows(
        at,
        words.slice(1).map((one) => one.replaceAll("''", "'")),
      )
  }
  return undefined
}
