// Releases leaving members once nothing is pending for them any more.
import { linkerId } from '../model/connection.ts'
import { hour, type StepRow } from '../model/outcome.ts'
import type { Snapshot } from '../ports/rows.ts'
import type { AdvancePorts } from './round.ts'

/** Releases leaving members once every step has run since, without pending deletes that can be reached. */
export async function releaseMembers(
  snapshot: Snapshot,
  { store, wake, now }: Pick<AdvancePorts, 'store' | 'wake' | 'now'>,
): Promise<boolean> {
  const leaving = snapshot.members.filter((member) => member.leavingSince !== undefined)
  // An operation can last for a day; a leaving member does not wait for it.
  const isAtWork = ({ outcome: { pendingDeletes, operation } }: StepRow): boolean =>
    pendingDeletes.length > 0 || (operation !== undefined && now() - operation.startedAt < hour)
  if (leaving.length === 0 || snapshot.steps.some(isAtWork)) return false
  for (const member of leaving) {
    await store.removeMember(snapshot.row.loop, member)
    await wake({ kind: 'connection', key: member.connection.key, id: linkerId(member.connection.cluster.id, member.connection.name) })
  }
  return true
}
