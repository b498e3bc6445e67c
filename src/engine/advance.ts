// The activity `advance`: carries a loop on until nothing is due. It reads the loop once, attempts what is due, goes on with what came of it, tells the
// readers of changed facts, lets go of members that owe nothing more, and falls asleep by compare-and-swap: where somebody wrote meanwhile, it reads
// again. contract/next.ts holds the rules; docs/adr/0025-one-activity-a-wake.md says why it is one activity.

import type { AnyStep, Modes } from '../contract/digest.ts'
import { type LoopState, type Next, nextOf } from '../contract/next.ts'
import { contention } from '../errors/contention.ts'
import { linkerId } from '../model/connection.ts'
import { instanceOf, type Loop, type LoopKind } from '../model/loop.ts'
import { hour, isGood, type StepRow } from '../model/outcome.ts'
import { advisorySteps } from '../model/progress.ts'
import type { AttemptRecord, Ledger, Rest, Snapshot, Store, Wake } from '../ports/store.ts'
import { enabledStepsOf, stepNamed, stepsOf } from '../steps/program.ts'
import { inputsOf } from './inputs.ts'
import { notifyNameConflict } from './name-conflict.ts'
import { orphanedElsewhere } from './orphaned-elsewhere.ts'
import { summary } from './summary.ts'

/** What the orchestrator is told. `status` is the instance's custom status: short, no secret. */
export type NextRound = (
  | { readonly do: 'sleep'; readonly until: number }
  | { readonly do: 'end' }
  /** There is more to do, in another activity. */
  | { readonly do: 'go on' }
) & {
  readonly status?: object
}

export type AdvancePorts = {
  readonly store: Store
  readonly attempt: (step: AnyStep, snapshot: Snapshot) => Promise<AttemptRecord | 'stale'>
  readonly wake: Wake
  readonly modes: Modes
  readonly auditEveryMs: number
  readonly now: () => number
}

/** An activity begins no round after so long, or after so many: its limit is ten minutes (host.json), and a round can take some. */
const longest = 60_000
const mostRounds = 30
/** What was read is read again after this, for policies and wishes change meanwhile. */
const freshMs = 5_000
/** So many readers are told at once, the others by and by: what each of them then writes fits into ARM's budget, ten writes a second. */
const readersAtOnce = 100
const spreadMs = 10_000
/** The heartbeat starts a loop that asks for an operation and was lost this long after it was due, so that not every poll has to write down the next. */
const pollsUnwrittenMs = 240_000

/** `overtaken`: somebody wrote meanwhile. */
type Again = 'read again' | 'overtaken'

export async function advance(loop: Loop, ports: AdvancePorts): Promise<NextRound> {
  const { store, now } = ports
  const limit = limitFrom(now)
  const overtaken = contention(`decide what the ${loop.kind} loop does next`)
  while (!limit.isReached()) {
    const snapshot = await store.read(loop, readsOf(loop.kind))
    if (!snapshot) return { do: 'end' }
    if (await goWithCluster(snapshot, ports)) continue
    const next = await carryOn(snapshot, ports, limit)
    if (next === 'overtaken') await overtaken()
    else if (next !== 'read again') return next
  }
  return { do: 'go on' }
}

const readsOf = (kind: LoopKind): readonly LoopKind[] => [...new Set(stepsOf(kind).flatMap((step) => step.reads))]

type Limit = { isReached(): boolean }

function limitFrom(now: () => number): Limit {
  const until = now() + longest
  let rounds = 0
  return { isReached: () => ++rounds > mostRounds || now() >= until }
}

/**
 * Round after round on what was read, until nothing is due. What was only looked at is recorded with what comes after it, what was changed at the end
 * of its round.
 */
async function carryOn(first: Snapshot, ports: AdvancePorts, limit: Limit): Promise<NextRound | Again> {
  const { store, now } = ports
  const reads = readsOf(first.row.loop.kind)
  const readAt = now()
  let snapshot = first
  let unwritten: readonly AttemptRecord[] = []
  for (;;) {
    const next = nextOf(stateOf(snapshot, ports))
    if (next.do !== 'run') return await rest(snapshot, unwritten, next, ports)
    const isStale = unwritten.length > 0 && (limit.isReached() || now() - readAt > freshMs)
    if (isStale || unwritten.some(hasToBeWritten)) {
      const ledgers = await store.recordAll(snapshot.row, unwritten)
      if (ledgers === 'read again') return 'overtaken'
      if (isStale) return 'read again'
      snapshot = await store.onward(snapshot, ledgers, reads)
      unwritten = []
    }
    const results = await attemptAll(next.steps, snapshot, unwritten, ports)
    if (!results) return 'overtaken'
    unwritten = results
    snapshot = await store.onward(snapshot, results.map(ledgerOf), reads)
  }
}

/** Those that were not written yet, and these; `undefined`: one of them was overtaken, the others are recorded. */
async function attemptAll(
  steps: readonly string[],
  snapshot: Snapshot,
  unwritten: readonly AttemptRecord[],
  { attempt, store }: AdvancePorts,
): Promise<readonly AttemptRecord[] | undefined> {
  // All of them end before anything is thrown: nobody would know any more what the others do.
  const settled = await Promise.allSettled(steps.map((name) => attempt(stepNamed(name), snapshot)))
  const done = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  const results = done.filter((one) => one !== 'stale')
  const all = [...unwritten.filter(({ ledger }) => !steps.includes(ledger.step)), ...results]
  const failed = settled.find((one) => one.status === 'rejected')
  if (!failed && results.length === steps.length) return all
  if (all.length > 0) await store.recordAll(snapshot.row, all)
  if (failed) throw failed.reason
  return undefined
}

/** What was changed, and what the ledger remembers, outlives a crash. */
const hasToBeWritten = ({ hasIntended, recorded, ledger }: AttemptRecord): boolean =>
  hasIntended || !isSame(recorded.tracked, ledger.tracked)

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

const ledgerOf = ({ ledger: { step, row }, recorded: { tracked, ...recorded } }: AttemptRecord): Ledger => ({
  step,
  row: { step, ...recorded, etag: row?.etag ?? '' },
  tracked,
})

function stateOf(snapshot: Snapshot, { modes, auditEveryMs, now }: AdvancePorts): LoopState {
  const { row, view } = snapshot
  const program = enabledStepsOf(row.loop.kind, view.installation)
  const steps = snapshot.steps.filter(({ step }) => stepNamed(step).enabled?.(view.installation) ?? true)
  return {
    resync: row.resync,
    generation: row.self?.generation ?? 0,
    auditAt: row.auditAt,
    empty: isEmpty(snapshot),
    steps,
    program: program.map((step) => ({
      name: step.name,
      after: step.after,
      reading: step.apply === undefined,
      last: advisorySteps.has(step.name),
      digest: inputsOf(step, view, modes),
    })),
    auditEvery: auditEveryMs * (0.9 + 0.2 * fraction(row.loop)),
    now: now(),
  }
}

/** Nothing is due. */
async function rest(
  snapshot: Snapshot,
  unwritten: readonly AttemptRecord[],
  next: Exclude<Next, { do: 'run' }>,
  ports: AdvancePorts,
): Promise<NextRound | Again> {
  const { store, now } = ports
  const { row, steps, members } = snapshot
  const hasNotifications = steps.some(({ wake }) => wake.length > 0) || members.some(({ leavingSince }) => leavingSince !== undefined)
  if (unwritten.length > 0 && (hasNotifications || next.do === 'forget')) {
    // Store before wake: who is told of facts must find them.
    const ledgers = await store.recordAll(row, unwritten)
    if (ledgers === 'read again') return 'overtaken'
    return await rest(await store.onward(snapshot, ledgers, readsOf(row.loop.kind)), [], next, ports)
  }
  const status = summary(snapshot)
  // All that was found out, at once: whoever reads facts of several steps is woken for all of them.
  const notified = await notifyReaders(snapshot, ports)
  if (await releaseMembers(snapshot, ports)) return 'read again'
  if (next.do === 'forget') {
    const warning = await orphanedElsewhere(snapshot, store)
    if ((await store.forget(row, tombstone(snapshot, now(), warning))) === 'changed meanwhile') return 'overtaken'
    await notifyNameConflict(snapshot, ports)
    return { do: 'end', status }
  }
  const isAsleep =
    isSaidAlready(snapshot, unwritten, notified, next, now()) || (await fallAsleep(snapshot, unwritten, notified, next, ports))
  if (!isAsleep) return 'overtaken'
  return next.do === 'sleep' ? { do: 'sleep', until: next.until, status } : { do: 'end', status }
}

/** The operation that it asked for goes on, and nothing else is to be written down of it: when to ask again follows from its age. */
const isStillRunning = ({ before, recorded }: AttemptRecord): boolean =>
  before?.outcome.operation !== undefined &&
  isSame(
    [before.outcome, before.facts, before.resync, before.inputs],
    [recorded.outcome, recorded.facts, recorded.resync, recorded.inputs],
  ) &&
  before.generation === recorded.generation

/** The row already says that the loop sleeps for about so long, and it has nothing else to write. Whoever writes to it wakes it. */
function isSaidAlready(
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
  const isAsking = next.do === 'sleep' && steps.some(({ outcome }) => outcome.operation !== undefined)
  const until = isAsking ? next.until + pollsUnwrittenMs : next.until
  const { auditAt } = next
  if (unwritten.length > 0) return (await store.recordAll(row, unwritten, { until, auditAt })) !== 'read again'
  return (await store.sleep(row, until, auditAt, notified)) === 'asleep'
}

/** Touches and wakes the readers of changed facts, and answers whose facts they are. Store before wake: a lost wake is found by the heartbeat. */
async function notifyReaders(snapshot: Snapshot, { store, wake, now }: AdvancePorts): Promise<readonly StepRow[]> {
  const changed = snapshot.steps.filter((row) => row.wake.length > 0)
  const readers = [...new Map(changed.flatMap((step) => step.wake).map((reader) => [instanceOf(reader), reader])).values()]
  const tell = async (reader: Loop, index: number): Promise<void> => {
    const at = now() + Math.floor(index / readersAtOnce) * spreadMs
    // An identity reads no facts of its targets: that one was made again tells it to look at everything (model/readers.ts).
    const isRobbed = reader.kind === 'identity' && snapshot.row.loop.kind === 'target'
    const touched = await store.touch(reader, isRobbed ? 'event' : 'facts', { at, changedLoop: snapshot.row.loop })
    // A connection hears of several loops at a time, and a target of many clusters; what an identity does now, its connections wait for.
    if (touched?.wake) await wake(reader, reader.kind === 'identity' ? undefined : { herd: true })
  }
  await Promise.all(readers.map(tell))
  return changed
}

/** A cluster that is gone takes its connections with it: they are removed at once, whoever declared them. */
async function goWithCluster({ row, view }: Snapshot, { store }: AdvancePorts): Promise<boolean> {
  if (!row.self || row.removing || view.of(row.self.cluster).gone !== true) return false
  await store.remove({ ...row.loop, kind: 'connection' })
  return true
}

/** Lets those members go that are leaving, once every step has looked since and owes nothing that can be reached. */
async function releaseMembers(snapshot: Snapshot, { store, wake, now }: AdvancePorts): Promise<boolean> {
  const leaving = snapshot.members.filter((member) => member.leavingSince !== undefined)
  // An operation can last for a day; nobody who leaves has to wait for that.
  const isAtWork = ({ outcome: { pendingDeletes, operation } }: StepRow): boolean =>
    pendingDeletes.length > 0 || (operation !== undefined && now() - operation.startedAt < hour)
  if (leaving.length === 0 || snapshot.steps.some(isAtWork)) return false
  for (const member of leaving) {
    await store.removeMember(snapshot.row.loop, member)
    await wake({ kind: 'connection', key: member.connection.key, id: linkerId(member.connection.cluster.id, member.connection.name) })
  }
  return true
}

/** Nothing is desired, nobody is a member, nothing is held. A cluster with a bad tag is remembered for the sake of its problem. */
function isEmpty({ row, view, members, steps }: Snapshot): boolean {
  if (row.loop.kind === 'connection' ? row.self !== undefined && !row.removing : members.length > 0) return false
  if (stepsOf(row.loop.kind).some((step) => view.tracked(step.name).length > 0)) return false
  return row.loop.kind !== 'cluster' || !steps.some((step) => step.step === 'read-declarations' && !isGood(step.outcome))
}

function tombstone({ row }: Snapshot, at: number, warning: string | undefined) {
  return row.self && { generation: row.self.generation, name: row.self.name, at, ...(warning === undefined ? {} : { warning }) }
}

/** Between 0 and 1, the same for the same loop: audits of a fleet do not fall on one minute. */
const fraction = (loop: Loop): number => Number.parseInt(loop.key.slice(0, 4), 36) / 36 ** 4
