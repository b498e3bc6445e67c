// A session of Azure SQL. The gateway in front of its servers may name another address, to which the driver then goes: each connection is dialled with the
// address that the driver has (https://learn.microsoft.com/azure/azure-sql/database/connectivity-architecture#connection-policy).
import { SqlServerConnection, SqlServerRequest } from './sdk.ts'
import type { Dial, Rows, Session, SignIn } from './session.ts'

type Place = { readonly host: string; readonly port: number; readonly database: string }
type Said = Error & { readonly number?: number }

/** The driver keeps the number of a refusal for statements only; of a refused sign-in the first message of the server has it. */
const numbered = (error: Error, number: number | undefined): Error =>
  number === undefined ? error : Object.assign(new Error(error.message, { cause: error.cause }), { code: `SQL${number}` })

export function openSqlServer({ host, port, database }: Place, signIn: SignIn, dial: Dial, patience: number): Promise<Session> {
  const { user, password, isToken } = signIn
  const connection = new SqlServerConnection({
    server: host,
    authentication: isToken
      ? { type: 'azure-active-directory-access-token', options: { token: password } }
      : { type: 'default', options: { userName: user, password } },
    options: {
      port,
      database,
      encrypt: isToken,
      trustServerCertificate: false,
      connectTimeout: patience,
      requestTimeout: patience,
      connector: (at?: { readonly host: string; readonly port: number }) => dial(at?.host ?? host, at?.port ?? port),
      rowCollectionOnRequestCompletion: true,
      useColumnNames: true,
      // The app tries again by itself.
      maxRetriesOnTransientErrors: 0,
    },
  })
  // An error between two statements has no other listener, and would end the process.
  connection.on('error', () => undefined)
  let first: number | undefined
  connection.on('errorMessage', ({ number }: Said) => {
    first ??= number
  })
  const session: Session = {
    query: (text, values = []) =>
      new Promise((done, failed) => {
        if (values.length > 0) throw new TypeError('Statements of Azure SQL are sent whole')
        const request = new SqlServerRequest(text, (error, _count, rows) => {
          if (error) failed(numbered(error, (error as Said).number))
          else done(rowsIn(rows))
        })
        connection.execSqlBatch(request)
      }),
    end: async () => connection.close(),
  }
  return new Promise((opened, failed) => {
    connection.connect((error) => {
      if (!error) return opened(session)
      connection.close()
      failed(numbered(error, first))
    })
  })
}

type Cell = { readonly value: unknown }
const rowsIn = (rows: unknown): Rows =>
  (Array.isArray(rows) ? rows : []).map((row: Readonly<Record<string, Cell>>) =>
    Object.fromEntries(Object.entries(row).map(([name, { value }]) => [name, value])),
  )
