// One connection to a server of PostgreSQL: encrypted, signed in, then statement after statement, with values apart from the text or without any.
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { SecureContext } from 'node:tls'
import type { Answer } from '../databases/answer.ts'
import { encrypted, endTogether } from '../databases/connection.ts'
import {
  answered,
  askForTls,
  askForToken,
  type Login,
  loginIn,
  messages,
  PostgresRefusal,
  parsedAndBound,
  ready,
  refused,
  signedIn,
  statementIn,
  textIn,
  valuesIn,
} from './protocol.ts'

export type PostgresServing<Session> = {
  /** Absent: it offers no encryption. */
  readonly secureContext?: SecureContext
  /** Before the password is asked for. @throws PostgresRefusal */
  admit(login: Login, isEncrypted: boolean): void
  /** @throws PostgresRefusal */
  signIn(login: Login & { readonly token: string }): Promise<Session>
  /** @throws PostgresRefusal */
  run(session: Session, statement: string, values: readonly string[]): Promise<Answer>
}

export function servePostgres<Session>(socket: Socket, { secureContext, admit, signIn, run }: PostgresServing<Session>): void {
  let login: Login | undefined
  let session: Session | undefined
  /** With values: said in parts, and answered when the caller waits. */
  let [statement, values]: [string, readonly string[]] = ['', []]

  async function answerTo(type: string, body: Buffer, isEncrypted: boolean): Promise<Buffer> {
    if (session !== undefined) {
      if (type === 'Q') return Buffer.concat([answered(await run(session, textIn(body), []), false), ready])
      if (type === 'P') statement = statementIn(body)
      else if (type === 'B') values = valuesIn(body)
      else if (type === 'S') return Buffer.concat([parsedAndBound, answered(await run(session, statement, values), true), ready])
      else if (type !== 'D' && type !== 'E') throw new PostgresRefusal('08P01', `invalid frontend message type ${type.charCodeAt(0)}`)
      return Buffer.alloc(0)
    }
    if (login) {
      session = await signIn({ ...login, token: textIn(body) })
      return Buffer.concat([signedIn, ready])
    }
    const asked = loginIn(body)
    admit(asked, isEncrypted)
    login = asked
    return askForToken
  }

  const refusalOf = (error: unknown): Buffer => {
    if (!(error instanceof PostgresRefusal)) throw error
    const ends = session === undefined
    return ends ? refused(error, ends) : Buffer.concat([refused(error, ends), ready])
  }

  const talk = (to: Duplex, isEncrypted: boolean): void => {
    const read = messages(
      () => login === undefined,
      (type, body, rest) => {
        const code = type === '' && body.length === 4 ? body.readInt32BE(0) : undefined
        if (code === askForTls && secureContext && !isEncrypted) {
          socket.write('S')
          talk(encrypted(socket, secureContext, rest), true)
          return true
        }
        if (code !== undefined) to.write('N')
        else if (type === 'X') to.end()
        else
          answerTo(type, body, isEncrypted)
            .catch(refusalOf)
            .then(
              (answer) => {
                to.write(answer)
                if (login === undefined || (session === undefined && type !== '')) to.end()
              },
              (error: Error) => to.destroy(error),
            )
        return false
      },
    )
    endTogether(to, socket)
    to.on('data', read)
  }

  talk(socket, false)
}
