// An identity that was made while names were shorter keeps its name, and all connections of its place share it.
import { type Desired, placeOf, withIdentityOf } from '../domain/connection.ts'
import { instanceOf, loop } from '../domain/loop.ts'
import { shortIdentityId } from '../domain/names.ts'
import type { Rules } from '../domain/view.ts'
import { readMember } from './rows.ts'
import { filter, type Table } from './table.ts'

/** `before`: the same connection as it is. Two workloads can have the same short name, so who is there has to be of the same place. */
export async function withKnownIdentity(desired: Desired, before: Desired | undefined, table: Table, rules: Rules): Promise<Desired> {
  const kept = withIdentityOf(before, desired)
  if (kept !== desired || !desired.identity || desired.given) return kept
  const short = loop('identity', shortIdentityId(desired, rules))
  const members = filter`PartitionKey eq ${instanceOf(short)} and RowKey ge ${'member:'} and RowKey lt ${'member;'}`
  for await (const entity of table.query(members)) {
    const { connection, leavingSince } = readMember(entity)
    if (leavingSince === undefined && !connection.given && placeOf(connection) === placeOf(desired)) return { ...desired, identity: short }
  }
  return desired
}
