// What a role of PostgreSQL may do in one database: what it lacks, and what is taken. The statements are answers of the server (model/postgres-grants.ts).
import { givenGrants, missingGrants } from '../model/postgres-grants.ts'
import type { DatabaseRole, DatabaseUser } from '../ports/databases.ts'
import type { Session } from './session.ts'

export type Lacks = {
  /** What gives it. */
  readonly statements: readonly string[]
  /** Who owns what the app cannot give. */
  readonly owners: readonly string[]
}

export async function lacking(session: Session, { name }: DatabaseUser, role: DatabaseRole): Promise<Lacks> {
  const rows = await session.query(missingGrants(name, role))
  return {
    statements: rows.flatMap(({ statement, own }) => (own === true ? [String(statement)] : [])),
    owners: [...new Set(rows.flatMap(({ own, owner }) => (own === true || owner === null ? [] : [String(owner)])))].sort(),
  }
}

/** Everything that the app gives but what `keeps` has. What others gave stays. */
export async function takeAll(session: Session, { name }: DatabaseUser, keeps: DatabaseRole | undefined): Promise<void> {
  const query = givenGrants(name, keeps)
  if (query === '') return
  for (const { statement } of await session.query(query)) await session.query(String(statement))
}
