// What the dialects share: a session on one database, and how one is opened. Only `open` knows how the app signs in.
import type { Socket } from 'node:net'

/** Rows as objects; names of columns as the statement has them. */
export type Rows = readonly Readonly<Record<string, unknown>>[]

export interface Session {
  /** `values`: in the driver's own placeholders; never part of the text. */
  query(text: string, values?: readonly unknown[]): Promise<Rows>
  end(): Promise<void>
}

export type Dial = (host: string, port: number) => Promise<Socket>
/** What stands for a password, and whether the connection is encrypted. Only tests on a server of their own sign in otherwise. */
export type SignIn = { readonly user: string; readonly password: string; readonly isToken: boolean }

/** Of a database on the place's server. @throws whatever the driver throws. */
export type Open = (database: string) => Promise<Session>

export async function within<T>(open: Open, database: string, work: (session: Session) => Promise<T>): Promise<T> {
  const session = await open(database)
  try {
    return await work(session)
  } finally {
    // A session that is broken cannot be closed either.
    await session.end().catch(() => undefined)
  }
}
