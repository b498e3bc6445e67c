// A server for the driver of Azure SQL, on loopback: the one of the simulated cloud (src/local/cloud/sql) with its TLS and its sign-in by token, without a cloud
// around it. Tests decide what it knows and what it refuses.
import { once } from 'node:events'
import { createServer } from 'node:net'
import { createSecureContext } from 'node:tls'
import { createAuthority, issue } from '../../src/local/cloud/certificates.ts'
import { SqlRefusal } from '../../src/local/cloud/sql/protocol.ts'
import { serveSql } from '../../src/local/cloud/sql/session.ts'
import { emptyDatabase, runOn, type SqlDatabase } from '../../src/local/cloud/sql/statements.ts'
import { trustCa } from '../../src/local/cloud/trust.ts'

export type Peer = {
  readonly port: number
  readonly databases: Map<string, SqlDatabase>
  /** Databases and tokens of sign-ins, as they were written. */
  readonly signIns: { readonly database: string; readonly token: string | undefined }[]
  /** Changes, as they were sent. */
  readonly said: string[]
  /** Numbers of the next refusals of a sign-in. */
  readonly refusals: number[]
  change(database: string, to: Partial<SqlDatabase>): void
  close(): void
}

let made: Promise<{ readonly cert: string; readonly key: string }> | undefined
/** Of an authority that this process trusts from then on. */
async function certificate(): Promise<{ readonly cert: string; readonly key: string }> {
  made ??= createAuthority('Tests of databases').then((authority) => {
    trustCa(authority.pem)
    return issue(authority, ['localhost'])
  })
  return await made
}

/** `isTrusted`: its certificate is of an authority that the process trusts. */
export async function tdsPeer({ encrypts = true, isTrusted = true } = {}): Promise<Peer> {
  const databases = new Map<string, SqlDatabase>()
  const [signIns, said, refusals]: [Peer['signIns'], string[], number[]] = [[], [], []]
  const own = isTrusted ? certificate() : createAuthority('Another').then((other) => issue(other, ['localhost']))
  const secureContext = encrypts ? { secureContext: createSecureContext(await own) } : {}
  const server = createServer((socket) =>
    serveSql<string>(socket, {
      ...secureContext,
      async signIn(login) {
        signIns.push(login)
        const number = refusals.shift() ?? (databases.has(login.database) ? undefined : 4060)
        if (number !== undefined) throw new SqlRefusal(number)
        return login.database
      },
      async run(database, statement) {
        const { answer, after } = runOn(databases.get(database) ?? emptyDatabase, statement)
        if (after) said.push(statement)
        if (after) databases.set(database, after)
        return answer
      },
    }),
  )
  await once(server.listen(0, 'localhost'), 'listening')
  const address = server.address()
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    databases,
    signIns,
    said,
    refusals,
    change: (database, to) => void databases.set(database, { ...(databases.get(database) ?? emptyDatabase), ...to }),
    close: () => void server.close(),
  }
}
