// Holds what lists show against what they showed before, and wakes the loops of which they show something else.
import type { InvocationContext } from '@azure/functions'
import { linkerId } from '../model/connection.ts'
import { judge } from '../model/evidence.ts'
import type { Loop } from '../model/loop.ts'
import type { LoopRow, Snapshot } from '../ports/store.ts'
import { notWoken } from '../telemetry/log.ts'
import type { HandlerContext, Hub } from './handler-context.ts'

/** What one list shows of one loop. */
export type Shown = { readonly row: LoopRow; readonly list: string; readonly digest: string }

/** Whether the loop was woken. */
export async function weigh(
  { row, list, digest }: Shown,
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
  if (!(await store.touch(row.loop, 'event', { listed }))) return false
  await hub.wake(row.loop).catch((error: unknown) => notWoken(context, row.loop, error))
  return true
}

/** The connections that use a key of the target: its new key is news for them, too. */
export const keyUsers = (members: Snapshot['members']): readonly Loop[] =>
  members
    .filter(({ leavingSince, connection }) => leavingSince === undefined && connection.auth === 'secret')
    .map(({ connection: { key, cluster, name } }) => ({ kind: 'connection', key, id: linkerId(cluster.id, name) }))
