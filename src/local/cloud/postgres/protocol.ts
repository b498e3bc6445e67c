// The protocol of PostgreSQL as a server speaks it, in bytes: so much that the driver signs in with a token, sends statements, and reads rows and refusals
// (https://www.postgresql.org/docs/current/protocol-message-formats.html).
import type { Answer, Cell } from '../databases/answer.ts'

const long = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}
const short = (value: number): Buffer => {
  const bytes = Buffer.alloc(2)
  bytes.writeInt16BE(value)
  return bytes
}
const zero = (text: string): Buffer => Buffer.from(`${text}\0`)

function message(type: string, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts)
  return Buffer.concat([Buffer.from(type), long(body.length + 4), body])
}

/** What stands in the first message in place of a version: it asks for encryption. The other kind of it is not offered. */
export const askForTls = 80_877_103

/** A message before the sign-in has no type: `''`. */
type Received = (type: string, body: Buffer, rest: Buffer) => boolean

/** Reads messages out of bytes as they come. `received` answers whether this was the last one; `rest` is what came behind it. `isFirst`: those without a type. */
export function messages(isFirst: () => boolean, received: Received): (data: Buffer) => void {
  let unread = Buffer.alloc(0)
  return (data) => {
    unread = Buffer.concat([unread, data])
    for (;;) {
      const head = isFirst() ? 0 : 1
      if (unread.length < head + 4) return
      const end = head + Math.max(4, unread.readInt32BE(head))
      if (unread.length < end) return
      const [type, body] = [unread.toString('latin1', 0, head), unread.subarray(head + 4, end)]
      unread = unread.subarray(end)
      if (received(type, body, unread)) return
    }
  }
}

export type Login = { readonly user: string; readonly database: string }

/** Names and values in turn, behind the version; without a database it is that of the user's name. */
export function loginIn(body: Buffer): Login {
  const words = body.toString('utf8', 4).split('\0')
  const wordOf = (name: string): string | undefined => words.find((_, index) => index % 2 === 1 && words[index - 1] === name)
  const user = wordOf('user') ?? ''
  return { user, database: wordOf('database') ?? user }
}

export const textIn = (body: Buffer): string => body.toString('utf8', 0, Math.max(0, body.indexOf(0)))

/** Of a statement with values: behind its own name, of which the driver gives none. */
export const statementIn = (body: Buffer): string => textIn(body.subarray(body.indexOf(0) + 1))

/** As text; behind two names and the formats of the values. */
export function valuesIn(body: Buffer): readonly string[] {
  let at = body.indexOf(0, body.indexOf(0) + 1) + 1
  at += 2 + 2 * body.readInt16BE(at)
  const count = body.readInt16BE(at)
  at += 2
  return Array.from({ length: count }, () => {
    const [from, length] = [at + 4, Math.max(0, body.readInt32BE(at))]
    at = from + length
    return body.toString('utf8', from, at)
  })
}

/** Asks for the password as it is, which is the token. */
export const askForToken = message('R', long(3))
export const signedIn = Buffer.concat([message('R', long(0)), message('S', zero('server_version'), zero('16.4'))])
export const ready = message('Z', Buffer.from('I'))
export const parsedAndBound = Buffer.concat([message('1'), message('2')])

/** By SQLSTATE: https://www.postgresql.org/docs/current/errcodes-appendix.html */
export class PostgresRefusal extends Error {
  readonly state: string
  constructor(state: string, text: string) {
    super(text)
    this.state = state
  }
}

/** `ends`: it ends the connection. */
export function refused({ state, message: text }: PostgresRefusal, ends: boolean): Buffer {
  const severity = ends ? 'FATAL' : 'ERROR'
  const fields = [`S${severity}`, `V${severity}`, `C${state}`, `M${text}`].map(zero)
  return message('E', ...fields, Buffer.from([0]))
}

/** Ids of types: https://github.com/postgres/postgres/blob/master/src/include/catalog/pg_type.dat */
const types: Readonly<Record<string, number>> = { boolean: 16, number: 23, string: 25 }
const written = (cell: Cell): string => (typeof cell === 'boolean' ? (cell ? 't' : 'f') : String(cell))

/** `isDescribed`: the caller asked what the columns are, and wants to be told that there are none. */
export function answered(answer: Answer, isDescribed: boolean): Buffer {
  if (answer === 'done') return Buffer.concat([...(isDescribed ? [message('n')] : []), message('C', zero('DO'))])
  const { columns, rows } = answer
  const described = columns.map((name, index) => {
    const type = types[typeof rows[0]?.[index]] ?? 25
    return Buffer.concat([zero(name), long(0), short(0), long(type), short(-1), long(-1), short(0)])
  })
  const cellsOf = (row: readonly Cell[]): readonly Buffer[] =>
    row.flatMap((cell) => (cell === null ? [long(-1)] : [long(Buffer.byteLength(written(cell))), Buffer.from(written(cell))]))
  return Buffer.concat([
    message('T', short(columns.length), ...described),
    ...rows.map((row) => message('D', short(row.length), ...cellsOf(row))),
    message('C', zero(`SELECT ${rows.length}`)),
  ])
}
