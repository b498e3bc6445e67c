// Tables, as far as they show what a user may do: their one column holds numbers. What people and pods say of them, read into what it takes and what it does.
import type { Quoting } from './names.ts'

export type Row = number

/** `takes`: the privilege on the table, on its schema (`make`), or only its owner's (`own`). */
export type TableStatement = {
  readonly takes: 'SELECT' | 'INSERT' | 'UPDATE' | 'DELETE' | 'TRUNCATE' | 'make' | 'own'
  readonly table: string
  readonly schema?: string
  /** What the rows become; absent: they stay. `gone`: the table goes. */
  readonly after?: (rows: readonly Row[]) => readonly Row[] | 'gone'
  /** The rows are the answer. */
  readonly isRead?: true
  /** A column that counts by itself needs a sequence. */
  readonly counts?: true
}

type Read = (words: readonly string[]) => Pick<TableStatement, 'takes' | 'after' | 'isRead' | 'counts'>

const forms = (name: string): readonly (readonly [RegExp, Read])[] => {
  const table = `(?:${name}\\.)?${name}`
  const form = (text: string): RegExp => new RegExp(`^${text.replaceAll('TABLE_NAME', table).replaceAll(' ', '\\s+')}$`, 'i')
  const number = '(-?\\d+)'
  return [
    [
      form(`CREATE TABLE TABLE_NAME \\(id (int|serial)\\)`),
      ([kind]) => ({ takes: 'make', ...(kind === 'serial' ? { counts: true } : {}) }),
    ],
    [form(`DROP TABLE TABLE_NAME`), () => ({ takes: 'own', after: () => 'gone' })],
    // Only to be refused: no table has another column.
    [form(`ALTER TABLE TABLE_NAME ADD note int`), () => ({ takes: 'own' })],
    [form(`TRUNCATE TABLE TABLE_NAME`), () => ({ takes: 'TRUNCATE', after: () => [] })],
    [form(`SELECT (?:id|\\*) FROM TABLE_NAME`), () => ({ takes: 'SELECT', isRead: true })],
    [form(`INSERT INTO TABLE_NAME VALUES \\(${number}\\)`), ([value]) => ({ takes: 'INSERT', after: (rows) => [...rows, Number(value)] })],
    [
      form(`INSERT INTO TABLE_NAME DEFAULT VALUES`),
      () => ({ takes: 'INSERT', counts: true, after: (rows) => [...rows, Math.max(0, ...rows) + 1] }),
    ],
    [
      form(`UPDATE TABLE_NAME SET id = ${number} WHERE id = ${number}`),
      ([to, from]) => ({ takes: 'UPDATE', after: (rows) => rows.map((one) => (one === Number(from) ? Number(to) : one)) }),
    ],
    [
      form(`DELETE FROM TABLE_NAME(?: WHERE id = ${number})?`),
      ([value]) => ({ takes: 'DELETE', after: (rows) => rows.filter((one) => value !== undefined && one !== Number(value)) }),
    ],
  ]
}

/** `undefined`: it says nothing of a table that is understood. */
export function tableStatements({ name, unquoted }: Quoting): (text: string) => TableStatement | undefined {
  const all = forms(name)
  return (text) => {
    for (const [pattern, read] of all) {
      const [, schema, table = '', ...words] = pattern.exec(text.trim()) ?? []
      if (table === '') continue
      return {
        table: unquoted(table),
        ...(schema === undefined ? {} : { schema: unquoted(schema) }),
        ...read(words.map((one) => one?.toLowerCase())),
      }
    }
    return undefined
  }
}
