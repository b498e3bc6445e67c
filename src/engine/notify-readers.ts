// Touches and wakes the readers of changed facts. Many of them are spread over time.
import { instanceOf, type Loop } from '../model/loop.ts'
import type { StepRow } from '../model/outcome.ts'
import type { Snapshot } from '../ports/store.ts'
import type { AdvancePorts } from './round.ts'

/** This many readers are notified at once, the others later: what each of them then writes fits into ARM's budget of ten writes a second. */
const readersAtOnce = 100
const spreadMs = 10_000

/** Touches and wakes the readers of changed facts, and returns the steps whose facts they are. Store before wake: the heartbeat finds a lost wake. */
export async function notifyReaders(
  snapshot: Snapshot,
  { store, wake, now }: Pick<AdvancePorts, 'store' | 'wake' | 'now'>,
): Promise<readonly StepRow[]> {
  const changed = snapshot.steps.filter((row) => row.wake.length > 0)
  const readers = [...new Map(changed.flatMap((step) => step.wake).map((reader) => [instanceOf(reader), reader])).values()]
  const notify = async (reader: Loop, index: number): Promise<void> => {
    const at = now() + Math.floor(index / readersAtOnce) * spreadMs
    // An identity reads no facts of its targets: a recreated target is a reason to read everything (model/readers.ts).
    const hasLostRoles = reader.kind === 'identity' && snapshot.row.loop.kind === 'target'
    const touched = await store.touch(reader, hasLostRoles ? 'event' : 'facts', { at, changedLoop: snapshot.row.loop })
    // A connection is notified by several loops at a time, and a target by many clusters; connections, however, wait for what an identity does now.
    if (touched === 'wake') await wake(reader, reader.kind === 'identity' ? undefined : { herd: true })
  }
  await Promise.all(readers.map(notify))
  return changed
}
