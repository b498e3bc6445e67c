// The protocol of Azure SQL as a server speaks it, in bytes: so much that the driver signs in with a token, sends batches, and reads rows and refusals
// (https://learn.microsoft.com/openspecs/windows_protocols/ms-tds).

export const packetTypes = { batch: 1, answer: 4, login: 16, prelogin: 18 } as const

const ucs2 = (text: string): Buffer => Buffer.from(text, 'utf16le')
const short = (value: number): Buffer => Buffer.from([value & 255, value >> 8])
const long = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}
const named = (name: string): Buffer => Buffer.concat([Buffer.from([name.length]), ucs2(name)])
const token = (kind: number, body: Buffer): Buffer => Buffer.concat([Buffer.from([kind]), short(body.length), body])

/** One message in one packet. */
export function packet(type: number, body: Buffer): Buffer {
  const header = Buffer.from([type, 1, 0, 0, 0, 0, 1, 0])
  header.writeUInt16BE(body.length + 8, 2)
  return Buffer.concat([header, body])
}

/** Reads messages out of bytes as they come. Each part of a message is a packet; the last one says so. */
export function messages(received: (type: number, body: Buffer) => void): (data: Buffer) => void {
  let [unread, message] = [Buffer.alloc(0), Buffer.alloc(0)]
  return (data) => {
    unread = Buffer.concat([unread, data])
    for (let size = sizeOf(unread); size <= unread.length; size = sizeOf(unread)) {
      const [type = 0, status = 0] = unread
      message = Buffer.concat([message, unread.subarray(8, size)])
      unread = unread.subarray(size)
      if (status & 1) {
        const whole = message
        message = Buffer.alloc(0)
        received(type, whole)
      }
    }
  }
}

/** Of the packet that begins here; more than there can be while its header is not there, and at least that header. */
const sizeOf = (bytes: Buffer): number => (bytes.length < 8 ? Number.POSITIVE_INFINITY : Math.max(8, bytes.readUInt16BE(2)))

/** Version 12 of the engine; `encrypts`: on, and not supported, as a server of another kind would say. Options: version, encryption. */
export const prelogin = (encrypts: boolean): Buffer =>
  Buffer.from([0, 0, 11, 0, 6, 1, 0, 17, 0, 1, 0xff, 12, 0, 0, 0, 0, 0, encrypts ? 1 : 2])

export const done = Buffer.concat([Buffer.from([0xfd]), Buffer.alloc(12)])
const failed = Buffer.concat([Buffer.from([0xfd]), short(2), Buffer.alloc(10)])

/** With the acknowledgement that the token was taken. */
export const signedIn = Buffer.concat([
  token(0xad, Buffer.concat([Buffer.from([1, 0x74, 0, 0, 4]), named('Microsoft SQL Server'), Buffer.from([12, 0, 0, 0])])),
  Buffer.from([0xae, 2, 0, 0, 0, 0, 0xff]),
  done,
])

/** By number: https://learn.microsoft.com/sql/relational-databases/errors-events/database-engine-events-and-errors */
export class SqlRefusal extends Error {
  readonly number: number
  constructor(number: number, text = `Refused with ${number}`) {
    super(text)
    this.number = number
  }
}

const errorToken = ({ number, message }: SqlRefusal): Buffer =>
  token(
    0xaa,
    Buffer.concat([long(number), Buffer.from([1, 16]), short(message.length), ucs2(message), named('server'), named(''), long(1)]),
  )

export const refused = (refusals: readonly SqlRefusal[]): Buffer => Buffer.concat([...refusals.map(errorToken), failed])

/** All columns are `nvarchar`. */
export function table(columns: readonly string[], rows: readonly (readonly string[])[]): Buffer {
  const column = (name: string): Buffer =>
    Buffer.concat([long(0), short(1), Buffer.from([0xe7]), short(8000), Buffer.alloc(5), named(name)])
  const cell = (value: string): Buffer => Buffer.concat([short(value.length * 2), ucs2(value)])
  const row = (cells: readonly string[]): Buffer => Buffer.concat([Buffer.from([0xd1]), ...cells.map(cell)])
  return Buffer.concat([Buffer.from([0x81]), short(columns.length), ...columns.map(column), ...rows.map(row), done])
}

export type Login = { readonly database: string; readonly token: string | undefined }

/** LOGIN7: places of its texts stand at the beginning, and its extensions end with 255. */
export function loginIn(message: Buffer): Login {
  const [at, length] = [message.readUInt16LE(68), message.readUInt16LE(70)]
  return { database: message.toString('utf16le', at, at + length * 2), token: tokenIn(message) }
}

const federated = 2
function tokenIn(message: Buffer): string | undefined {
  for (let at = message.readUInt32LE(message.readUInt16LE(56)); at < message.length && message[at] !== 0xff; ) {
    const [id, length] = [message[at], message.readUInt32LE(at + 1)]
    // One byte says who got the token, four how long it is.
    if (id === federated) return message.toString('utf16le', at + 10, at + 10 + message.readUInt32LE(at + 6))
    at += 5 + length
  }
  return undefined
}

/** A batch stands behind headers, whose length it begins with. */
export const statementIn = (message: Buffer): string => message.toString('utf16le', message.readUInt32LE(0))
