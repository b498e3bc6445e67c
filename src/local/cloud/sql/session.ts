// One connection to a server of Azure SQL: agreed on encryption, signed in, then batch after batch.
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { SecureContext } from 'node:tls'
import { encrypted } from './encryption.ts'
import { type Login, loginIn, messages, packet, packetTypes, prelogin, refused, SqlRefusal, signedIn, statementIn } from './protocol.ts'

export type SqlServer<Database> = {
  /** Absent: it offers no encryption. */
  readonly secureContext?: SecureContext
  /** @throws SqlRefusal */
  signIn(login: Login): Promise<Database>
  /** @throws SqlRefusal */
  run(database: Database, statement: string): Promise<Buffer>
}

/** A sign-in that is refused says so at last, whatever the reason. */
const loginFailed = new SqlRefusal(18456, 'Login failed.')

export function serveSql<Database>(socket: Socket, { secureContext, signIn, run }: SqlServer<Database>): void {
  let database: Database | undefined

  async function answerTo(type: number, body: Buffer): Promise<Buffer> {
    try {
      if (type === packetTypes.login) {
        database = await signIn(loginIn(body))
        return signedIn
      }
      if (type !== packetTypes.batch || database === undefined)
        throw new SqlRefusal(17836, 'Length specified in network packet is invalid.')
      return await run(database, statementIn(body))
    } catch (error) {
      if (!(error instanceof SqlRefusal)) throw error
      return refused(type === packetTypes.login && error.number !== loginFailed.number ? [error, loginFailed] : [error])
    }
  }

  const talk = (to: Duplex): void => {
    const read = messages((type, body) => {
      answerTo(type, body).then(
        (answer) => to.write(packet(packetTypes.answer, answer)),
        (error: Error) => to.destroy(error),
      )
    })
    to.on('error', () => to.destroy()).on('data', read)
  }

  const agree = messages(() => {
    socket.removeAllListeners('data')
    socket.write(packet(packetTypes.answer, prelogin(secureContext !== undefined)))
    talk(secureContext ? encrypted(socket, secureContext) : socket)
  })
  // The proxy's sockets stay half open where their callers have gone.
  const gone = (): void => void socket.destroy()
  socket.on('error', gone).on('end', gone).on('data', agree)
}
