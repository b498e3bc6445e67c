// How users of databases are found, made, granted and removed on one kind of server.
import type { DatabaseRole, DatabaseUser, FoundUser, NamedUser } from '../ports/databases.ts'
import type { Open } from './session.ts'

export interface Dialect {
  find(open: Open, database: string, user: DatabaseUser): Promise<FoundUser | undefined>
  /** Whose names begin with `sc_`. */
  users(open: Open, database: string): Promise<readonly NamedUser[]>
  /** @throws NameTaken */
  grant(open: Open, database: string, user: DatabaseUser, role: DatabaseRole): Promise<void>
  /** @throws OwnsObjects */
  revoke(open: Open, database: string, user: DatabaseUser, keeps: DatabaseRole | undefined): Promise<void>
}

/** Another principal has the name. What that user may do is not the app's to take. */
export class NameTaken extends Error {
  readonly user: string
  constructor(user: string) {
    super(`${user} stands for another principal`)
    this.user = user
  }
}

/** Dropping them would drop data, and another owner is not the app's to choose. */
export class OwnsObjects extends Error {
  readonly user: string
  constructor(user: string) {
    super(`${user} owns objects`)
    this.user = user
  }
}
