// Users of databases: who may read and write the data. Types only: databases/ implements them for each kind of server.

import type { DatabaseRole } from '../model/database-user.ts'

export type { DatabaseRole }

export type Engine = 'postgres' | 'mysql' | 'sqlserver'

/** `administrator`: the name by which the app signs in there, where its token alone does not tell. */
export type DatabasePlace = {
  readonly engine: Engine
  readonly host: string
  readonly port: number
  readonly database: string
  readonly administrator?: string
}

/** A principal of Entra ID under the name that it has in the database. */
export type DatabaseUser = { readonly name: string; readonly objectId: string; readonly clientId: string }

export type FoundUser = {
  /** It stands for this principal; otherwise for another one under the same name. */
  readonly isSame: boolean
  /** Those that it has in full, as far as the app can give them. None where the database is not there. */
  readonly roles: readonly DatabaseRole[]
  /** It may do nothing on the whole server. */
  readonly isUnused?: boolean
  /** Owners of what the app cannot give, as it is not a member of them. */
  readonly notGranted?: readonly string[]
}

/** `isUnused`: it may do nothing on the whole server. */
export type NamedUser = { readonly name: string; readonly isUnused: boolean }

/** All methods throw `Failure`. Each may run twice, even at once. */
export interface Databases {
  /** `undefined`: there is none. */
  find(place: DatabasePlace, user: DatabaseUser): Promise<FoundUser | undefined>
  /** Users with names as the app gives them (model/database-user.ts), of any principal, that may do something in this database, or nothing at all. */
  users(place: DatabasePlace): Promise<readonly NamedUser[]>
  /** Makes the user if there is none, and gives what is missing of the role. Never to a user of another principal. */
  grant(place: DatabasePlace, user: DatabaseUser, role: DatabaseRole): Promise<void>
  /**
   * Takes from this principal what the app gives, but for `keeps`. Without that the user goes, too, once it may do nothing on the server; also where the
   * database is not there any more.
   */
  revoke(place: DatabasePlace, user: DatabaseUser, keeps?: DatabaseRole): Promise<void>
}
