// An identity that was created while names were shorter keeps its name, and all connections of its place share it.
import { type ConnectionSpec, placeOf, withIdentityOf } from '../model/connection.ts'
import { instanceOf, loop } from '../model/loop.ts'
import { shortIdentityId } from '../model/names.ts'
import type { Installation } from '../model/view.ts'
import { readMember } from './rows.ts'
import { filter, type Table } from './table.ts'

/** `before`: the same connection as stored. Two workloads can have the same short name, so the existing member must be of the same place. */
export async function withKnownIdentity(
  spec: ConnectionSpec,
  before: ConnectionSpec | undefined,
  table: Table,
  installation: Installation,
): Promise<ConnectionSpec> {
  const known = withIdentityOf(before, spec)
  if (known !== spec || !spec.identity || spec.provided) return known
  const short = loop('identity', shortIdentityId(spec, installation))
  const members = filter`PartitionKey eq ${instanceOf(short)} and RowKey ge ${'member:'} and RowKey lt ${'member;'}`
  for await (const entity of table.query(members)) {
    const { connection, leavingSince } = readMember(entity)
    if (leavingSince === undefined && !connection.provided && placeOf(connection) === placeOf(spec)) return { ...spec, identity: short }
  }
  return spec
}
