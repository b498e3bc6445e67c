// Compares what lists say with what they said before, and wakes the loops for which they differ.
import type { InvocationContext } from '@azure/functions'
import { isFetched } from '../../auth/catalogue.ts'
import { linkerId } from '../../model/connection.ts'
import { type Evidence, judge } from '../../model/evidence.ts'
import type { Loop } from '../../model/loop.ts'
import type { LoopRow, Snapshot } from '../../ports/rows.ts'
import { targetOf } from '../../targets/catalogue.ts'
import type { HandlerContext, Hub } from '../http/handler-context.ts'
import { touchAndWake } from '../touch.ts'

/** What lists say about one loop, by the list's name. */
export type Listing = { readonly row: LoopRow; readonly listed: Evidence }

/** Whether any of it is new to the loop, which has then been touched: once, however many lists tell of it. */
export async function weigh(
  { row, listed: all }: Listing,
  { store }: HandlerContext,
  hub: Hub,
  context: InvocationContext,
): Promise<boolean> {
  const judged = Object.entries(all).map(([list, digest]) => ({ list, digest, verdict: judge(row.listed, list, digest) }))
  const said = judged.filter(({ verdict }) => verdict !== undefined)
  if (said.length === 0) return false
  const listed = Object.fromEntries(said.map(({ list, digest }) => [list, digest]))
  if (said.every(({ verdict }) => verdict === 'note')) {
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
