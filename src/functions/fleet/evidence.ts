// Compares what lists say with what they said before, and wakes the loops for which they differ.
import type { InvocationContext } from '@azure/functions'
import { isFetched } from '../../auth/catalogue.ts'
import { linkerId } from '../../model/connection.ts'
import { judge } from '../../model/evidence.ts'
import type { Loop } from '../../model/loop.ts'
import type { LoopRow, Snapshot } from '../../ports/rows.ts'
import { targetOf } from '../../targets/catalogue.ts'
import type { HandlerContext, Hub } from '../http/handler-context.ts'
import { touchAndWake } from '../touch.ts'

/** What one list says about one loop. */
export type Listing = { readonly row: LoopRow; readonly list: string; readonly digest: string }

/** Whether it is new to the loop, which has then been touched. */
export async function weigh(
  { row, list, digest }: Listing,
  { store }: HandlerContext,
  hub: Hub,
  context: InvocationContext,
): Promise<boolean> {
  const verdict = judge(row.listed, list, digest)
  if (verdict === undefined) return false
  const listed = { [list]: digest }
  if (verdict === 'note') {
    await store.touch(row.loop, 'wake', { listed, at: row.dueAt })
    return false
  }
  return (await touchAndWake(row.loop, 'event', { store, hub, context }, { listed })) !== 'absent'
}

/** The connections that use a key of the target: a new key concerns them, too. */
export const keyUsers = (members: Snapshot['members']): readonly Loop[] =>
  members
    .filter(
      ({ leavingSince, connection }) => leavingSince === undefined && isFetched({ auth: connection.auth, type: targetOf(connection.type) }),
    )
    .map(({ connection: { key, cluster, name } }) => ({ kind: 'connection', key, id: linkerId(cluster.id, name) }))
