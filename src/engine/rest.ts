// How a loop comes to rest once nothing is due: it notifies its readers, releases its members, and falls asleep by compare-and-swap, ends, or is
// forgotten.
import type { Next } from '../contract/next.ts'
import { isSame } from '../model/canonical.ts'
import type { StepRow } from '../model/outcome.ts'
import type { AttemptRecord, Rest, Snapshot } from '../ports/rows.ts'
import { leftElsewhere } from './left-elsewhere.ts'
import { notifyNameConflict } from './name-conflict.ts'
import { notifyReaders } from './notify-readers.ts'
import { releaseMembers } from './release-members.ts'
import { type AdvancePorts, type Again, type NextRound, readsOf } from './round.ts'
import { summary } from './summary.ts'

/**
 * The heartbeat restarts a lost loop that polls an operation this long after it was due, so that not every poll has to write the time of the next.
 */
const pollsUnwrittenMs = 240_000

/** Nothing is due. */
export async function rest(
  snapshot: Snapshot,
  unwritten: readonly AttemptRecord[],
  next: Exclude<Next, { do: 'run' }>,
  ports: AdvancePorts,
): Promise<NextRound | Again> {
  const { store, now } = ports
  const { row, steps, members } = snapshot
  const hasNotifications = steps.some(({ wake }) => wake.length > 0) || members.some(({ leavingSince }) => leavingSince !== undefined)
  if (unwritten.length > 0 && (hasNotifications || next.do === 'forget')) {
    // Store before wake: readers that are notified of facts must find them.
    const ledgers = await store.recordAll(row, unwritten)
    if (ledgers === 'read again') return 'overtaken'
    return await rest(await store.onward(snapshot, ledgers, readsOf(row.loop.kind)), [], next, ports)
  }
  const status = summary(snapshot)
  // All results at once: a reader of facts of several steps is woken once for all of them.
  const notified = await notifyReaders(snapshot, ports)
  if (await releaseMembers(snapshot, ports)) return 'read again'
  if (next.do === 'forget') {
    const warning = await leftElsewhere(snapshot, store)
    if ((await store.forget(row, tombstone(snapshot, now(), warning))) === 'changed meanwhile') return 'overtaken'
    await notifyNameConflict(snapshot, ports)
    return { do: 'end', status }
  }
  const isAsleep =
    isAlreadyWritten(snapshot, unwritten, notified, next, now()) || (await fallAsleep(snapshot, unwritten, notified, next, ports))
  if (!isAsleep) return 'overtaken'
  return next.do === 'sleep' ? { do: 'sleep', until: next.until, status } : { do: 'end', status }
}

/** Its polled operation continues, and nothing else needs to be written: when to poll again follows from its age. */
const isStillRunning = ({ before, recorded }: AttemptRecord): boolean =>
  before?.outcome.operation !== undefined &&
  isSame(
    [before.outcome, before.facts, before.resync, before.inputs],
    [recorded.outcome, recorded.facts, recorded.resync, recorded.inputs],
  ) &&
  before.generation === recorded.generation

/** The row already says that the loop sleeps for about this long, and there is nothing else to write. Any writer to the row wakes it. */
function isAlreadyWritten(
  { row }: Snapshot,
  unwritten: readonly AttemptRecord[],
  notified: readonly StepRow[],
  next: Next & Rest,
  now: number,
): boolean {
  if (next.do !== 'sleep' || notified.length > 0 || !unwritten.every(isStillRunning)) return false
  return row.dueAt > now && row.dueAt >= next.until && row.dueAt <= next.until + pollsUnwrittenMs && row.auditAt === next.auditAt
}

async function fallAsleep(
  { row, steps }: Snapshot,
  unwritten: readonly AttemptRecord[],
  notified: readonly StepRow[],
  next: Next & Rest,
  { store }: AdvancePorts,
): Promise<boolean> {
  const isPolling = next.do === 'sleep' && steps.some(({ outcome }) => outcome.operation !== undefined)
  const until = isPolling ? next.until + pollsUnwrittenMs : next.until
  const { auditAt } = next
  if (unwritten.length > 0) return (await store.recordAll(row, unwritten, { until, auditAt })) !== 'read again'
  return (await store.sleep(row, until, auditAt, notified)) === 'asleep'
}

function tombstone({ row }: Snapshot, at: number, warning: string | undefined) {
  return row.self && { generation: row.self.generation, name: row.self.name, at, ...(warning === undefined ? {} : { warning }) }
}
