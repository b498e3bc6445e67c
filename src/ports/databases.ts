// Users of databases: who may read and write the data. Types only: databases/ implements them for each kind of server.

/** What a user may do in one database: read all of it, or read and write it. Never more: no table is made, changed or dropped by it. */
export type DatabaseRole = 'reader' | 'writer'

export type Engine = 'postgres' | 'mysql'

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

/** `isSame`: it stands for this principal; otherwise for another one under the same name. `roles`: those that it has in full. */
export type FoundUser = { readonly isSame: boolean; readonly roles: readonly DatabaseRole[] }

/** All methods throw `Failure`. Each may run twice, even at once. */
export interface Databases {
  /** `undefined`: there is none. */
  find(place: DatabasePlace, user: DatabaseUser): Promise<FoundUser | undefined>
  /** Makes the user if there is none, and gives what is missing of the role. */
  grant(place: DatabasePlace, user: DatabaseUser, role: DatabaseRole): Promise<void>
  /** Takes everything but `keeps`. Without it the user goes, too, once no other database of the server knows it. */
  revoke(place: DatabasePlace, user: DatabaseUser, keeps?: DatabaseRole): Promise<void>
}
