// A peer of the driver of Azure SQL: so much of the protocol that it signs in, sends batches and reads rows and refusals, in the clear
// (https://learn.microsoft.com/openspecs/windows_protocols/ms-tds). Behind it is no engine: it understands the statements of the app, and keeps users and
// members of roles in a table. What the rights of a role are in SQL Server it does not show.
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'

export type SqlDatabase = {
  /** By name: SID and type. */
  readonly users: Map<string, { readonly sid: string; readonly type: string }>
  /** Role and member, with a blank between them. */
  readonly members: Set<string>
  /** Names of users with rights that another gave, and of those that own a schema. */
  readonly granted: Set<string>
  readonly owners: Set<string>
}

export type Peer = {
  readonly port: number
  readonly databases: Map<string, SqlDatabase>
  /** Databases that were asked for at sign-in, as they were written. */
  readonly signIns: string[]
  /** Changes, as they were sent. */
  readonly said: string[]
  /** Numbers of the next refusals of a sign-in. */
  readonly refusals: number[]
  close(): void
}

export const emptyDatabase = (): SqlDatabase => ({ users: new Map(), members: new Set(), granted: new Set(), owners: new Set() })

const packetTypes = { batch: 1, answer: 4, login: 16, prelogin: 18 } as const
const ucs2 = (text: string): Buffer => Buffer.from(text, 'utf16le')
const short = (value: number): Buffer => Buffer.from([value & 255, value >> 8])
const long = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}
const named = (name: string): Buffer => Buffer.concat([Buffer.from([name.length]), ucs2(name)])
const token = (kind: number, body: Buffer): Buffer => Buffer.concat([Buffer.from([kind]), short(body.length), body])

const done = Buffer.concat([Buffer.from([0xfd]), Buffer.alloc(12)])
const failed = Buffer.concat([Buffer.from([0xfd]), short(2), Buffer.alloc(10)])
/** Version 12 of the engine, without encryption. */
const prelogin = Buffer.from([0, 0, 11, 0, 6, 1, 0, 17, 0, 1, 0xff, 12, 0, 0, 0, 0, 0, 2])
const signedIn = Buffer.concat([
  token(0xad, Buffer.concat([Buffer.from([1, 0x74, 0, 0, 4]), named('peer'), Buffer.from([12, 0, 0, 0])])),
  done,
])

class Refused extends Error {
  readonly number: number
  constructor(number: number) {
    super(`Refused with ${number}`)
    this.number = number
  }
}
const errorToken = (number: number): Buffer => {
  const text = `Refused with ${number}`
  return token(0xaa, Buffer.concat([long(number), Buffer.from([1, 16]), short(text.length), ucs2(text), named('peer'), named(''), long(1)]))
}

/** All columns are `nvarchar`. */
function table(columns: readonly string[], rows: readonly (readonly string[])[]): Buffer {
  const column = (name: string): Buffer =>
    Buffer.concat([long(0), short(1), Buffer.from([0xe7]), short(8000), Buffer.alloc(5), named(name)])
  const cell = (value: string): Buffer => Buffer.concat([short(value.length * 2), ucs2(value)])
  const row = (cells: readonly string[]): Buffer => Buffer.concat([Buffer.from([0xd1]), ...cells.map(cell)])
  return Buffer.concat([Buffer.from([0x81]), short(columns.length), ...columns.map(column), ...rows.map(row), done])
}

type Statement = readonly [RegExp, (database: SqlDatabase, words: readonly string[]) => Buffer]
const text = "N'([^']*)'"
const name = String.raw`\[([^\]]*)\]`

const reads: readonly Statement[] = [
  [/^set /i, () => done],
  [
    new RegExp(`^SELECT type AS type, CONVERT\\(varchar\\(170\\), sid, 1\\) AS sid FROM sys.database_principals WHERE name = ${text}$`),
    ({ users }, [user = '']) => {
      const found = users.get(user)
      return table(['type', 'sid'], found ? [[found.type, found.sid]] : [])
    },
  ],
  [
    new RegExp(
      `^SELECT r.name AS role FROM sys.database_role_members[\\s\\S]*WHERE m.member_principal_id = DATABASE_PRINCIPAL_ID\\(${text}\\)$`,
    ),
    ({ members }, [user = '']) => {
      const all = [...members].map((one) => one.split(' '))
      return table(
        ['role'],
        all.filter(([, member]) => member === user).map(([role = '']) => [role]),
      )
    },
  ],
  [
    new RegExp(
      `^SELECT permission_name AS permission FROM sys.database_permissions[\\s\\S]*DATABASE_PRINCIPAL_ID\\(${text}\\) AND permission_name <> 'CONNECT'$`,
    ),
    ({ granted }, [user = '']) => table(['permission'], granted.has(user) ? [['EXECUTE']] : []),
  ],
]

const changes: readonly Statement[] = [
  [
    new RegExp(`^CREATE USER ${name} WITH SID = (0x[0-9A-F]{32}), TYPE = E$`),
    ({ users }, [user = '', sid = '']) => {
      if (users.has(user)) throw new Refused(15023)
      if ([...users.values()].some((other) => other.sid === sid)) throw new Refused(15063)
      users.set(user, { sid, type: 'E' })
      return done
    },
  ],
  [
    new RegExp(`^ALTER ROLE ${name} (ADD|DROP) MEMBER ${name}$`),
    ({ users, members }, [role = '', what, user = '']) => {
      if (!users.has(user)) throw new Refused(15151)
      if (what === 'ADD') members.add(`${role} ${user}`)
      else members.delete(`${role} ${user}`)
      return done
    },
  ],
  [
    new RegExp(`^DROP USER IF EXISTS ${name}$`),
    ({ users, members, owners }, [user = '']) => {
      if (owners.has(user)) throw new Refused(15138)
      users.delete(user)
      for (const one of members) if (one.endsWith(` ${user}`)) members.delete(one)
      return done
    },
  ],
]

export async function tdsPeer(): Promise<Peer> {
  const peer = {
    databases: new Map<string, SqlDatabase>(),
    signIns: [] as string[],
    said: [] as string[],
    refusals: [] as number[],
  }

  function signIn(login: Buffer): readonly [SqlDatabase | undefined, Buffer] {
    const [at, length] = [login.readUInt16LE(68), login.readUInt16LE(70)]
    const database = login.toString('utf16le', at, at + length * 2)
    peer.signIns.push(database)
    const found = peer.databases.get(database)
    const number = peer.refusals.shift() ?? (found ? undefined : 4060)
    // A sign-in that is refused says so at last, whatever the reason.
    return number === undefined ? [found, signedIn] : [undefined, Buffer.concat([errorToken(number), errorToken(18456), failed])]
  }

  function run(database: SqlDatabase | undefined, message: Buffer): Buffer {
    const statement = message.toString('utf16le', message.readUInt32LE(0))
    try {
      for (const [pattern, answer] of [...reads, ...changes]) {
        const words = pattern.exec(statement)
        if (!words || !database) continue
        if (changes.some(([other]) => other === pattern)) peer.said.push(statement)
        return answer(database, words.slice(1))
      }
      throw new Refused(102)
    } catch (error) {
      if (error instanceof Refused) return Buffer.concat([errorToken(error.number), failed])
      throw error
    }
  }

  function serve(socket: Socket): void {
    let [unread, message] = [Buffer.alloc(0), Buffer.alloc(0)]
    let database: SqlDatabase | undefined
    const answer = (body: Buffer): void => {
      const header = Buffer.from([packetTypes.answer, 1, 0, 0, 0, 0, 1, 0])
      header.writeUInt16BE(body.length + 8, 2)
      socket.write(Buffer.concat([header, body]))
    }
    const received = (type: number, body: Buffer): void => {
      if (type === packetTypes.prelogin) answer(prelogin)
      else if (type === packetTypes.batch) answer(run(database, body))
      else if (type === packetTypes.login) {
        const [found, said] = signIn(body)
        database = found
        answer(said)
      }
    }
    socket
      .on('error', () => undefined)
      .on('data', (data: Buffer) => {
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
      })
  }

  const server = createServer(serve)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  return { ...peer, port: typeof address === 'object' && address ? address.port : 0, close: () => void server.close() }
}

/** Of the packet that begins here; more than there can be while its header is not there. */
const sizeOf = (bytes: Buffer): number => (bytes.length < 8 ? Number.POSITIVE_INFINITY : bytes.readUInt16BE(2))
