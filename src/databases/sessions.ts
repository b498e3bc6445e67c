// Opens sessions as the administrator that the app is: over TLS that is verified, with a token of Entra ID in place of a password. Behind a proxy the
// connection goes through a tunnel of it, as all that the app sends.
import { once } from 'node:events'
import { request } from 'node:http'
import { connect, type Socket } from 'node:net'
import type { TokenCredential } from '@azure/core-auth'
import type { DatabasePlace, Engine } from '../ports/databases.ts'
import { createMysqlConnection, PostgresClient } from './sdk.ts'
import type { Open, Rows, Session } from './session.ts'

export type Dial = (host: string, port: number) => Promise<Socket>
/** What stands for a password, and whether the connection is encrypted. Only tests on a server of their own sign in otherwise. */
export type SignIn = { readonly user: string; readonly password: string; readonly isToken: boolean }

const patienceMs = 20_000

/** https://learn.microsoft.com/azure/postgresql/security/security-entra-configure */
const scopes: Readonly<Record<Engine, string>> = {
  postgres: 'https://ossrdbms-aad.database.windows.net/.default',
  mysql: 'https://ossrdbms-aad.database.windows.net/.default',
}

export async function tokenFor({ engine, administrator = '' }: DatabasePlace, credential: TokenCredential): Promise<SignIn> {
  const token = await credential.getToken(scopes[engine])
  return { user: administrator, password: token?.token ?? '', isToken: true }
}

/** `proxy`: its URL, if there is one. */
export const dialThrough =
  (proxy: string | undefined): Dial =>
  async (host, port) => {
    if (proxy === undefined) {
      const socket = connect({ host, port })
      await once(socket, 'connect', { signal: AbortSignal.timeout(patienceMs) })
      return socket
    }
    const { hostname, port: proxyPort, username, password } = new URL(proxy)
    const credentials =
      username === ''
        ? {}
        : {
            'proxy-authorization': `Basic ${Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64')}`,
          }
    const asked = request({
      host: hostname,
      port: proxyPort,
      method: 'CONNECT',
      path: `${host}:${port}`,
      headers: credentials,
      timeout: patienceMs,
    })
    asked.end()
    const [{ statusCode }, socket] = (await once(asked, 'connect', { signal: AbortSignal.timeout(patienceMs) })) as [
      { statusCode: number },
      Socket,
    ]
    if (statusCode === 200) return socket
    socket.destroy()
    throw Object.assign(new Error(`The proxy answered ${statusCode}`), { code: 'ECONNREFUSED' })
  }

type Opener = (place: DatabasePlace, database: string, signIn: SignIn, dial: Dial) => Promise<Session>

const openPostgres: Opener = async ({ host, port }, database, { user, password, isToken }, dial) => {
  const socket = await dial(host, port)
  // The driver connects the stream that it is given; this one is connected.
  const stream = Object.assign(socket, { connect: () => process.nextTick(() => socket.emit('connect')) })
  const client = new PostgresClient({
    stream: () => stream,
    user,
    password,
    database,
    host,
    ...(isToken ? { ssl: { servername: host } } : {}),
    connectionTimeoutMillis: patienceMs,
    query_timeout: patienceMs,
  })
  // An error between two statements has no other listener, and would end the process.
  client.on('error', () => undefined)
  await client.connect()
  return {
    query: async (text, values = []) => (await client.query(text, [...values])).rows as Rows,
    end: () => client.end(),
  }
}

const openMysql: Opener = async ({ host, port }, database, { user, password, isToken }, dial) => {
  const stream = await dial(host, port)
  const connection = await createMysqlConnection({
    stream,
    host,
    user,
    password,
    database,
    connectTimeout: patienceMs,
    ...(isToken ? { ssl: { verifyIdentity: true }, authPlugins: { mysql_clear_password: () => () => Buffer.from(`${password}\0`) } } : {}),
  })
  connection.on('error', () => undefined)
  return {
    async query(sql, values = []) {
      const [rows] = await connection.query({ sql, timeout: patienceMs }, [...values])
      return (Array.isArray(rows) ? rows : []) as unknown as Rows
    },
    end: () => connection.end(),
  }
}

const openers: Readonly<Record<Engine, Opener>> = { postgres: openPostgres, mysql: openMysql }

export const openerFor =
  (place: DatabasePlace, signIn: SignIn, dial: Dial): Open =>
  (database) =>
    openers[place.engine](place, database, signIn, dial)
