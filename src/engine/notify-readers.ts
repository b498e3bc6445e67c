// Readers of changed facts are touched and woken. Many of them are spread over time.
import { instanceOf, type Loop } from '../model/loop.ts'
import type { StepRow } from '../model/outcome.ts'
import type { Snapshot } from '../ports/store.ts'
import type { AdvancePorts } from './round.ts'

/** So many readers are told at once, the others by and by: what each of them then writes fits into ARM's budget, ten writes a second. */
const readersAtOnce = 100
const spreadMs = 10_000

/** Touches and wakes the readers of changed facts, and answers whose facts they are. Store before wake: a lost wake is found by the heartbeat. */
export async function notifyReaders(
  snapshot: Snapshot,
  { store, wake, now }: Pick<AdvancePorts, 'store' | 'wake' | 'now'>,
): Promise<readonly StepRow[]> {
  const changed = snapshot.steps.filter((row) => row.wake.length > 0)
  const readers = [...new Map(changed.flatMap((step) => step.wake).map((reader) => [instanceOf(reader), reader])).values()]
  const tell = async (reader: Loop, index: number): Promise<void> => {
    const at = now() + Math.floor(index / readersAtOnce) * spreadMs
    // An identity reads no facts of its targets: that one was made again tells it to look at everything (model/readers.ts).
    const isRobbed = reader.kind === 'identity' && snapshot.row.loop.kind === 'target'
    const touched = await store.touch(reader, isRobbed ? 'event' : 'facts', { at, changedLoop: snapshot.row.loop })
    // A connection hears of several loops at a time, and a target of many clusters; what an identity does now, its connections wait for.
    if (touched === 'wake') await wake(reader, reader.kind === 'identity' ? undefined : { herd: true })
  }
  await Promise.all(readers.map(tell))
  return changed
}
