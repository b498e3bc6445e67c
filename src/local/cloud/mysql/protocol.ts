// The protocol of MySQL as a server speaks it, in bytes: so much that the driver signs in with a token, sends statements, and reads rows and refusals
// (https://dev.mysql.com/doc/dev/mysql-server/latest/PAGE_PROTOCOL.html).
import type { Answer, Cell } from '../databases/answer.ts'

/** https://dev.mysql.com/doc/dev/mysql-server/latest/group__group__cs__capabilities__flags.html */
const capabilities = {
  longPassword: 0x1,
  database: 0x8,
  protocol41: 0x200,
  tls: 0x800,
  transactions: 0x2000,
  secure: 0x8000,
  plugins: 0x80000,
  lengthOfAnswer: 0x200000,
}
const offered = Object.values(capabilities).reduce((all, one) => all | one, 0)
const utf8 = 45
const binary = 63
const autocommit = 2

const zero = (text: string): Buffer => Buffer.from(`${text}\0`)
const numbered = (value: number, size: number): Buffer => {
  const bytes = Buffer.alloc(size)
  bytes.writeUIntLE(value, 0, size)
  return bytes
}
/** Behind its length, which takes three bytes from 251 on. */
function lengthEncoded(text: string): Buffer {
  const bytes = Buffer.from(text)
  const length = bytes.length < 251 ? numbered(bytes.length, 1) : Buffer.concat([Buffer.from([0xfc]), numbered(bytes.length, 2)])
  return Buffer.concat([length, bytes])
}

export const packet = (sequence: number, body: Buffer): Buffer =>
  Buffer.concat([numbered(body.length, 3), Buffer.from([sequence & 255]), body])

/** Reads packets out of bytes as they come. `received` answers whether this was the last one; `rest` is what came behind it. */
export function packets(received: (sequence: number, body: Buffer, rest: Buffer) => boolean): (data: Buffer) => void {
  let unread = Buffer.alloc(0)
  return (data) => {
    unread = Buffer.concat([unread, data])
    while (unread.length >= 4 && unread.length >= 4 + unread.readUIntLE(0, 3)) {
      const [end, sequence = 0] = [4 + unread.readUIntLE(0, 3), unread[3]]
      const body = unread.subarray(4, end)
      unread = unread.subarray(end)
      if (received(sequence, body, unread)) return
    }
  }
}

/** The greeting. What the caller would mix a password with is of no use here: its token goes as it is. */
export const greeting = (offersTls: boolean): Buffer => {
  const flags = offersTls ? offered : offered & ~capabilities.tls
  return Buffer.concat([
    Buffer.from([10]),
    zero('8.0.40-azure'),
    numbered(1, 4),
    zero('12345678'),
    numbered(flags & 0xffff, 2),
    Buffer.from([utf8]),
    numbered(autocommit, 2),
    numbered(flags >>> 16, 2),
    Buffer.from([21]),
    Buffer.alloc(10),
    zero('123456789012'),
    zero('mysql_native_password'),
  ])
}

/** Asked instead of the greeting's answer: the same beginning, and nothing behind it. */
export const wantsTls = (body: Buffer): boolean => body.length === 32 && (body.readUInt32LE(0) & capabilities.tls) !== 0

export type Login = { readonly user: string; readonly database: string }

export function loginIn(body: Buffer): Login {
  const flags = body.readUInt32LE(0)
  const [user, behindUser] = textAt(body, 32)
  const length = body[behindUser] ?? 0
  const [database] = flags & capabilities.database ? textAt(body, behindUser + 1 + length) : ['']
  return { user, database }
}

function textAt(body: Buffer, at: number): readonly [string, number] {
  const found = body.indexOf(0, at)
  const end = found < 0 ? body.length : found
  return [body.toString('utf8', at, end), end + 1]
}

/** Asks for the password as it is, which is the token. */
export const askForToken = Buffer.concat([Buffer.from([0xfe]), zero('mysql_clear_password'), zero('')])
export const tokenIn = (body: Buffer): string => textAt(body, 0)[0]

const ok = Buffer.concat([Buffer.from([0, 0, 0]), numbered(autocommit, 2), numbered(0, 2)])
const end = Buffer.concat([Buffer.from([0xfe]), numbered(0, 2), numbered(autocommit, 2)])
export const done: readonly Buffer[] = [ok]

/** By number, with its SQLSTATE: https://dev.mysql.com/doc/mysql-errors/8.0/en/server-error-reference.html */
export class MysqlRefusal extends Error {
  readonly number: number
  readonly state: string
  constructor(number: number, state: string, text: string) {
    super(text)
    this.number = number
    this.state = state
  }
}

export const refused = ({ number, state, message }: MysqlRefusal): readonly Buffer[] => [
  Buffer.concat([Buffer.from([0xff]), numbered(number, 2), Buffer.from(`#${state}${message}`)]),
]

export const isRefusal = ([first]: readonly Buffer[]): boolean => first?.[0] === 0xff

/** The packets of an answer, in order. */
export function answered(answer: Answer): readonly Buffer[] {
  if (answer === 'done') return done
  const { columns, rows } = answer
  const column = (name: string, index: number): Buffer => {
    const isNumber = typeof rows[0]?.[index] === 'number'
    return Buffer.concat([
      ...['def', '', '', '', name, name].map(lengthEncoded),
      Buffer.from([0x0c]),
      numbered(isNumber ? binary : utf8, 2),
      numbered(1024, 4),
      Buffer.from([isNumber ? 3 : 0xfd]),
      numbered(0, 5),
    ])
  }
  const cell = (value: Cell): Buffer => (value === null ? Buffer.from([0xfb]) : lengthEncoded(String(value)))
  return [numbered(columns.length, 1), ...columns.map(column), end, ...rows.map((row) => Buffer.concat(row.map(cell))), end]
}

export const commands = { quit: 1, query: 3, ping: 14 } as const
