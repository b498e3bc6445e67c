// A peer of the driver of Cassandra, behind TLS: so much of the protocol that it signs in, chooses a keyspace and reads one row. It speaks version 4, as
// Cosmos DB does, and refuses any other (https://learn.microsoft.com/azure/cosmos-db/cassandra/support,
// https://github.com/apache/cassandra/blob/trunk/doc/native_protocol_v4.spec). Behind it is no database.
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { createServer, type TLSSocket } from 'node:tls'

export type CqlPeer = {
  readonly port: number
  /** In the order of arrival: names asked for in TLS, user and password with a colon between them, statements. */
  readonly seen: { readonly names: Set<string>; readonly signIns: Set<string>; readonly statements: string[] }
  close(): void
}

const version = 4
const headerSize = 9
const asks = { startup: 1, options: 5, query: 7, register: 0x0b, authResponse: 0x0f } as const
const answers = { error: 0, ready: 2, authenticate: 3, supported: 6, result: 8, authSuccess: 0x10 } as const

const short = (value: number): Buffer => Buffer.from([value >> 8, value & 255])
const int = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}
const string = (text: string): Buffer => Buffer.concat([short(Buffer.byteLength(text)), Buffer.from(text)])
const bytes = (text: string): Buffer => Buffer.concat([int(Buffer.byteLength(text)), Buffer.from(text)])

/** One row whose columns are all `varchar`. */
function row(cells: Readonly<Record<string, string>>): Buffer {
  const columns = Object.keys(cells).flatMap((name) => [string(name), short(0x0d)])
  const globalTable = Buffer.concat([int(1), int(Object.keys(cells).length), string('system'), string('local')])
  return Buffer.concat([int(2), globalTable, ...columns, int(1), ...Object.values(cells).map(bytes)])
}
const nothing = Buffer.concat([int(2), int(4), int(0), int(0)])

function answerTo(opcode: number, body: Buffer, seen: CqlPeer['seen']): readonly [number, Buffer] {
  switch (opcode) {
    case asks.startup:
      return [answers.authenticate, string('org.apache.cassandra.auth.PasswordAuthenticator')]
    case asks.authResponse: {
      const [, user, password] = body.toString('utf8', 4).split('\0')
      seen.signIns.add(`${user}:${password}`)
      return [answers.authSuccess, int(-1)]
    }
    case asks.options:
      return [answers.supported, short(0)]
    case asks.register:
      return [answers.ready, Buffer.alloc(0)]
    case asks.query: {
      const statement = body.toString('utf8', 4, 4 + body.readInt32BE(0))
      seen.statements.push(statement)
      const [, keyspace] = /^USE "(.*)"$/.exec(statement) ?? []
      if (keyspace !== undefined) return [answers.result, Buffer.concat([int(3), string(keyspace)])]
      if (/ system\.local /.test(statement))
        return [answers.result, row({ data_center: 'West Europe', rack: 'r', release_version: '3.11.0' })]
      return [answers.result, / system/.test(statement) ? nothing : row({ name: 'Ada' })]
    }
    default:
      return [answers.error, Buffer.concat([int(0x0a), string('Unknown request')])]
  }
}

/** `identity`: its certificate. */
export async function cqlPeer(identity: { readonly cert: string; readonly key: string }): Promise<CqlPeer> {
  const seen: CqlPeer['seen'] = { names: new Set(), signIns: new Set(), statements: [] }
  const sockets = new Set<Socket>()
  const server = createServer(identity, (socket: TLSSocket) => {
    sockets.add(socket.on('error', () => undefined))
    seen.names.add(String(socket.servername))
    let unread = Buffer.alloc(0)
    const answer = (stream: number, [opcode, body]: readonly [number, Buffer]): void =>
      void socket.write(Buffer.concat([Buffer.from([0x80 | version, 0]), short(stream), Buffer.from([opcode]), int(body.length), body]))
    socket.on('data', (data: Buffer) => {
      unread = Buffer.concat([unread, data])
      while (unread.length >= headerSize && unread.length >= headerSize + unread.readInt32BE(5)) {
        const [spoken = 0, , , , opcode = 0] = unread
        const end = headerSize + unread.readInt32BE(5)
        const body = unread.subarray(headerSize, end)
        answer(
          unread.readInt16BE(2),
          spoken === version
            ? answerTo(opcode, body, seen)
            : [answers.error, Buffer.concat([int(0x0a), string(`Invalid or unsupported protocol version (${spoken})`)])],
        )
        unread = unread.subarray(end)
      }
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    seen,
    close() {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}
