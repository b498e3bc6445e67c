// Opens sessions as the administrator that the app is: over TLS that is verified, with a token of Entra ID in place of a password. Behind a proxy the
// connection goes through a tunnel of it, as all that the app sends (proxy.ts).
import { once } from 'node:events'
import { type ClientRequest, type IncomingMessage, request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import type { TokenCredential } from '@azure/core-auth'
import type { DatabasePlace, Engine } from '../ports/databases.ts'
import { type ProxySettings, proxyFor } from './proxy.ts'
import { createMysqlConnection, PostgresClient } from './sdk.ts'
import type { Dial, Open, Rows, Session, SignIn } from './session.ts'
import { openSqlServer } from './sqlserver-session.ts'

const patienceMs = 20_000
const goodbyeMs = 500

/** https://learn.microsoft.com/azure/postgresql/security/security-entra-configure, https://learn.microsoft.com/azure/azure-sql/database/authentication-aad-overview */
const scopes: Readonly<Record<Engine, string>> = {
  postgres: 'https://ossrdbms-aad.database.windows.net/.default',
  mysql: 'https://ossrdbms-aad.database.windows.net/.default',
  sqlserver: 'https://database.windows.net/.default',
}

export async function tokenFor({ engine, administrator = '' }: DatabasePlace, credential: TokenCredential): Promise<SignIn> {
  const token = await credential.getToken(scopes[engine])
  return { user: administrator, password: token?.token ?? '', isToken: true }
}

/** Waits until it is connected. A wait that ends takes its listener away, and what fails after that would end the process. */
export async function connected<T extends readonly unknown[]>(to: Socket | ClientRequest, patience: number): Promise<T> {
  try {
    return (await once(to, 'connect', { signal: AbortSignal.timeout(patience) })) as unknown as T
  } catch (error) {
    to.on('error', () => undefined).destroy()
    throw error
  }
}

/** `patience`: how long a connection, and that to the proxy, may take. */
export const dialThrough =
  (proxy: ProxySettings, patience = patienceMs): Dial =>
  async (host, port) => {
    const through = proxyFor(host, port, proxy)
    if (through) return await tunnelled(through, host, port, patience)
    const socket = connect({ host, port })
    await connected(socket, patience)
    return socket
  }

async function tunnelled({ hostname, port: proxyPort, username, password }: URL, host: string, port: number, patience: number) {
  const text = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  const headers = username === '' ? {} : { 'proxy-authorization': `Basic ${Buffer.from(text).toString('base64')}` }
  const asked = request({ host: hostname, port: proxyPort, method: 'CONNECT', path: `${host}:${port}`, headers, timeout: patience })
  asked.end()
  const [{ statusCode }, socket, head] = await connected<[IncomingMessage, Socket, Buffer]>(asked, patience)
  if (statusCode === 200) {
    // A server of MySQL speaks first, and its greeting may come with the proxy's answer.
    if (head.length > 0) socket.unshift(head)
    return socket
  }
  socket.destroy()
  throw Object.assign(new Error(`The proxy answered ${statusCode}`), { code: 'ECONNREFUSED' })
}

const cut =
  (socket: Socket) =>
  (error: unknown): never => {
    socket.destroy()
    throw error
  }

/** A connection whose server does not answer the goodbye either is cut. */
async function closed(goodbye: Promise<unknown>, socket: Socket): Promise<void> {
  try {
    await Promise.race([goodbye, setTimeout(goodbyeMs, undefined, { ref: false })])
  } finally {
    socket.destroy()
  }
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
  await client.connect().catch(cut(socket))
  return {
    query: async (text, values = []) => (await client.query(text, [...values])).rows as Rows,
    end: () => closed(client.end(), socket),
  }
}

const openMysql: Opener = async ({ host, port }, database, { user, password, isToken }, dial) => {
  const socket = await dial(host, port)
  const connection = await createMysqlConnection({
    stream: socket,
    host,
    user,
    password,
    database,
    connectTimeout: patienceMs,
    ...(isToken ? { ssl: { verifyIdentity: true }, authPlugins: { mysql_clear_password: () => () => Buffer.from(`${password}\0`) } } : {}),
  }).catch(cut(socket))
  connection.on('error', () => undefined)
  return {
    async query(sql, values = []) {
      const [rows] = await connection.query({ sql, timeout: patienceMs }, [...values])
      return (Array.isArray(rows) ? rows : []) as unknown as Rows
    },
    end: () => closed(connection.end(), socket),
  }
}

const openers: Readonly<Record<Engine, Opener>> = {
  postgres: openPostgres,
  mysql: openMysql,
  sqlserver: ({ host, port }, database, signIn, dial) => openSqlServer({ host, port, database }, signIn, dial, patienceMs),
}

export const openerFor =
  (place: DatabasePlace, signIn: SignIn, dial: Dial): Open =>
  (database) =>
    openers[place.engine](place, database, signIn, dial)
