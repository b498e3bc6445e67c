// One connection to a server of MySQL: greeted, encrypted, signed in, then statement after statement.
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { SecureContext } from 'node:tls'
import type { Answer } from '../databases/answer.ts'
import { encrypted, endTogether } from '../databases/connection.ts'
import {
  answered,
  askForToken,
  commands,
  done,
  greeting,
  isRefusal,
  type Login,
  loginIn,
  MysqlRefusal,
  packet,
  packets,
  refused,
  tokenIn,
  wantsTls,
} from './protocol.ts'

export type MysqlServing<Session> = {
  /** Absent: it offers no encryption. */
  readonly secureContext?: SecureContext
  /** @throws MysqlRefusal */
  signIn(login: Login & { readonly token: string }): Promise<Session>
  /** @throws MysqlRefusal */
  run(session: Session, statement: string): Promise<Answer>
}

const insecure = new MysqlRefusal(3159, 'HY000', 'Connections using insecure transport are prohibited while --require_secure_transport=ON.')

export function serveMysql<Session>(socket: Socket, { secureContext, signIn, run }: MysqlServing<Session>): void {
  let login: Login | undefined
  let session: Session | undefined

  async function answerTo(body: Buffer): Promise<readonly Buffer[]> {
    if (session !== undefined) {
      if (body[0] === commands.ping) return done
      if (body[0] === commands.query) return answered(await run(session, body.toString('utf8', 1)))
      throw new MysqlRefusal(1047, '08S01', 'Unknown command')
    }
    if (login) {
      session = await signIn({ ...login, token: tokenIn(body) })
      return done
    }
    login = loginIn(body)
    return [askForToken]
  }

  /** What an answer consists of; a refusal is one. */
  const partsOf = (body: Buffer, isSecure: boolean): Promise<readonly Buffer[]> =>
    (isSecure ? answerTo(body) : Promise.reject(insecure)).catch((error: unknown) => {
      if (error instanceof MysqlRefusal) return refused(error)
      throw error
    })

  /** `isSecure`: what is said is encrypted. */
  const talk = (to: Duplex, isSecure: boolean): void => {
    const read = packets((sequence, body, rest) => {
      if (!isSecure && secureContext && wantsTls(body)) {
        talk(encrypted(socket, secureContext, rest), true)
        return true
      }
      if (session !== undefined && body[0] === commands.quit) to.end()
      else
        partsOf(body, isSecure).then(
          (parts) => {
            to.write(Buffer.concat(parts.map((part, index) => packet(sequence + 1 + index, part))))
            // Who is not let in has nothing more to say.
            if (session === undefined && isRefusal(parts)) to.end()
          },
          (error: Error) => to.destroy(error),
        )
      return false
    })
    endTogether(to, socket)
    to.on('data', read)
  }

  talk(socket, false)
  socket.write(packet(0, greeting(secureContext !== undefined)))
}
