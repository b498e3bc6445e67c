// Rights given and taken, as PostgreSQL does it: by members of the owner. Who is none is refused, unless it has a right itself: then nothing happens, with a warning
// (https://www.postgresql.org/docs/16/sql-grant.html).
import { isDeepStrictEqual } from 'node:util'
import { postgresNames } from '../databases/names.ts'
import { changed, type Default, has, type In, isMember, type ObjectKind, type Owned, type Ran, type Right } from './model.ts'
import { PostgresRefusal } from './protocol.ts'

const { name, unquoted } = postgresNames
const form = (text: string): RegExp => new RegExp(`^${text.replaceAll(' ', '\\s+')}$`, 'i')
const privileges = '([a-z, ]+)'
const privilegesIn = (words: string): readonly string[] => words.split(',').map((one) => one.trim().toUpperCase())

type Words = readonly (string | undefined)[]
export type Statement = readonly [RegExp, (at: In, words: Words) => Ran]

/** All that there are of a kind. */
const known: Readonly<Record<string, readonly string[]>> = {
  DATABASE: ['CONNECT', 'CREATE', 'TEMPORARY'],
  SCHEMA: ['USAGE', 'CREATE'],
  TABLE: ['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER'],
  SEQUENCE: ['USAGE', 'SELECT', 'UPDATE'],
}
const kinds: Readonly<Record<string, { readonly kind: ObjectKind; readonly of: string }>> = {
  TABLES: { kind: 'r', of: 'TABLE' },
  SEQUENCES: { kind: 'S', of: 'SEQUENCE' },
  SCHEMAS: { kind: 'n', of: 'SCHEMA' },
}

function need(at: In, role: string, of: string, wanted: readonly string[]): void {
  if (!Object.hasOwn(at.server.roles, role)) throw new PostgresRefusal('42704', `role "${role}" does not exist`)
  const odd = wanted.find((one) => !known[of]?.includes(one))
  if (odd !== undefined) throw new PostgresRefusal('0LP01', `invalid privilege type ${odd} for ${of.toLowerCase()}`)
}

const isGrant = (verb: string): boolean => verb.toUpperCase() === 'GRANT'

function withRights<T extends Right>(before: readonly T[], gives: boolean, asked: readonly T[]): readonly T[] {
  const others = before.filter((one) => !asked.some((other) => isDeepStrictEqual(one, other)))
  return gives ? [...others, ...asked] : others
}

function changeRights(at: In, [verb = '', wanted = '', of = 'TABLE', inSchema, object = '', role = '']: Words): Ran {
  const [kind, named, grantee] = [of.trim().toUpperCase(), unquoted(object), unquoted(role)]
  need(at, grantee, kind, privilegesIn(wanted))
  const asked = privilegesIn(wanted).map((privilege) => ({ grantee, privilege }))
  const { here } = at
  const rightsOf = (one: Owned): Owned['rights'] => {
    if (isMember(at, at.user, one.owner)) return withRights(one.rights, isGrant(verb), asked)
    if (known[kind]?.some((privilege) => has(at, at.user, privilege, one))) return one.rights
    throw new PostgresRefusal('42501', `permission denied for ${kind.toLowerCase()} ${named}`)
  }
  if (kind === 'DATABASE') {
    if (named !== at.database) throw new PostgresRefusal('0A000', 'the simulated server gives rights on the database in use only')
    return changed(at, { rights: rightsOf(here) })
  }
  if (kind === 'SCHEMA') {
    const schema = here.schemas[named]
    if (!schema) throw new PostgresRefusal('3F000', `schema "${named}" does not exist`)
    return changed(at, { schemas: { ...here.schemas, [named]: { ...schema, rights: rightsOf(schema) } } })
  }
  const schema = unquoted(inSchema ?? 'public')
  const relation = here.relations.find((one) => one.schema === schema && one.name === named)
  if (!relation) throw new PostgresRefusal('42P01', `relation "${named}" does not exist`)
  const rights = rightsOf(relation)
  return changed(at, { relations: here.relations.map((one) => (one === relation ? { ...one, rights } : one)) })
}

function changeDefaults(at: In, [owner = '', verb = '', wanted = '', word = '', role = '']: Words): Ran {
  const { kind, of } = kinds[word.toUpperCase()] ?? { kind: 'r', of: 'TABLE' }
  const [maker, grantee] = [unquoted(owner), unquoted(role)]
  need(at, grantee, of, privilegesIn(wanted))
  if (!Object.hasOwn(at.server.roles, maker)) throw new PostgresRefusal('42704', `role "${maker}" does not exist`)
  if (!isMember(at, at.user, maker)) throw new PostgresRefusal('42501', 'permission denied to change default privileges')
  const defaults = privilegesIn(wanted).map((privilege): Default => ({ owner: maker, kind, grantee, privilege }))
  return changed(at, { defaults: withRights(at.here.defaults, isGrant(verb), defaults) })
}

export const rightsStatements: readonly Statement[] = [
  [form(`(grant|revoke) ${privileges} on (database |schema |table |sequence )?(?:${name}\\.)?${name} (?:to|from) ${name}`), changeRights],
  [
    form(`alter default privileges for role ${name} (grant|revoke) ${privileges} on (tables|sequences|schemas) (?:to|from) ${name}`),
    changeDefaults,
  ],
]
