// How users of databases are found, made, granted and removed on one kind of server.
import type { DatabaseRole, DatabaseUser, FoundUser } from '../ports/databases.ts'
import type { Open } from './session.ts'

export interface Dialect {
  find(open: Open, database: string, user: DatabaseUser): Promise<FoundUser | undefined>
  grant(open: Open, database: string, user: DatabaseUser, role: DatabaseRole): Promise<void>
  revoke(open: Open, database: string, user: DatabaseUser, keeps: DatabaseRole | undefined): Promise<void>
}
