// Touches and wakes the readers of changed facts. Many of them are spread over time.
import { instanceOf, type Loop } from '../model/loop.ts'
import type { StepRow } from '../model/outcome.ts'
import type { Snapshot } from '../ports/rows.ts'
import type { AdvancePorts } from './round.ts'

type Notifying = Pick<AdvancePorts, 'store' | 'wake' | 'now'>

/** This many readers are notified at once, the others later: what each of them then writes fits into ARM's budget of ten writes a second. */
const readersAtOnce = 100
const spreadMs = 10_000

/** Touches and wakes loops that use facts of a loop. Store before wake: the heartbeat finds a lost wake. */
export async function notify(readers: readonly Loop[], of: Loop, { store, wake, now }: Notifying): Promise<void> {
  await Promise.all(
    readers.map(async (reader, index) => {
      const at = now() + Math.floor(index / readersAtOnce) * spreadMs
      // An identity reads no facts of its targets: a recreated target is a reason to read everything (model/readers.ts).
      const hasLostRoles = reader.kind === 'identity' && of.kind === 'target'
      const touched = await store.touch(reader, hasLostRoles ? 'event' : 'facts', { at, changedLoop: of })
      // A connection is notified by several loops at a time, and a target by many clusters; connections, however, wait for what an identity does now.
      if (touched === 'wake') await wake(reader, reader.kind === 'identity' ? undefined : { herd: true })
    }),
  )
}

/** Notifies the readers of changed facts, and returns the steps whose facts they are. */
export async function notifyReaders(snapshot: Snapshot, ports: Notifying): Promise<readonly StepRow[]> {
  const changed = snapshot.steps.filter((row) => row.wake.length > 0)
  const readers = [...new Map(changed.flatMap((step) => step.wake).map((reader) => [instanceOf(reader), reader])).values()]
  await notify(readers, snapshot.row.loop, ports)
  return changed
}
