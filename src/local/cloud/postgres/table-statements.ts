// What users do with tables of PostgreSQL, as far as their rights let them, and the tables that owners make.
import { postgresNames } from '../databases/names.ts'
import { tableStatements } from '../databases/tables.ts'
import { changed, type Default, has, type In, isMember, type PostgresDatabase, type Ran, type Relation, type Right } from './model.ts'
import { PostgresRefusal } from './protocol.ts'

const read = tableStatements(postgresNames)

/** By default privileges. */
const inherited = ({ defaults }: PostgresDatabase, owner: string, kind: 'r' | 'S'): readonly Right[] =>
  defaults.filter((one: Default) => one.owner === owner && one.kind === kind).map(({ grantee, privilege }) => ({ grantee, privilege }))

export function onTable(at: In, text: string): Ran | undefined {
  const statement = read(text)
  if (!statement) return undefined
  const { takes, table, schema = 'public', counts, isRead, after } = statement
  const { here, user } = at
  const place = here.schemas[schema]
  if (!place) throw new PostgresRefusal('3F000', `schema "${schema}" does not exist`)
  const named = (name: string): Relation | undefined => here.relations.find((one) => one.schema === schema && one.name === name)
  const found = named(table)
  const denied = (what: string): PostgresRefusal => new PostgresRefusal('42501', `permission denied for ${what}`)
  if (takes === 'make') {
    if (!has(at, user, 'CREATE', place)) throw denied(`schema ${schema}`)
    if (found) throw new PostgresRefusal('42P07', `relation "${table}" already exists`)
    const made = (name: string, kind: 'r' | 'S'): Relation => ({
      schema,
      name,
      kind,
      owner: user,
      rights: inherited(here, user, kind),
      rows: [],
    })
    return changed(at, { relations: [...here.relations, made(table, 'r'), ...(counts ? [made(sequenceOf(table), 'S')] : [])] })
  }
  if (!has(at, user, 'USAGE', place)) throw denied(`schema ${schema}`)
  if (!found) throw new PostgresRefusal('42P01', `relation "${table}" does not exist`)
  if (takes === 'own' && !isMember(at, user, found.owner)) throw new PostgresRefusal('42501', `must be owner of table ${table}`)
  if (takes !== 'own' && !has(at, user, takes, found)) throw denied(`table ${table}`)
  const sequence = counts && named(sequenceOf(table))
  if (counts && !(sequence && has(at, user, 'USAGE', sequence))) throw denied(`sequence ${sequenceOf(table)}`)
  if (isRead) return { answer: { columns: ['id'], rows: found.rows.map((one) => [one]) } }
  const rows = after?.(found.rows)
  if (rows === undefined) return undefined
  if (rows === 'gone') return changed(at, { relations: here.relations.filter((one) => one !== found && one !== named(sequenceOf(table))) })
  return changed(at, { relations: here.relations.map((one) => (one === found ? { ...one, rows } : one)) })
}

const sequenceOf = (table: string): string => `${table}_id_seq`
