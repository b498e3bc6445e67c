// The activity `advance`: advances a loop until nothing is due. It reads the loop once, attempts what is due, continues with the results, and brings
// the loop to rest (rest.ts): if another writer came in between, it reads again. contract/next.ts has the rules; docs/adr/0025-one-activity-a-wake.md
// says why it is one activity.
import { nextOf } from '../contract/next.ts'
import { contention } from '../errors/contention.ts'
import { isSame } from '../model/canonical.ts'
import type { Loop } from '../model/loop.ts'
import type { StepName } from '../model/step-name.ts'
import type { AttemptRecord, Ledger, Snapshot } from '../ports/rows.ts'
import { stepNamed } from '../steps/program.ts'
import { lateReaders } from './late-readers.ts'
import { stateOf } from './loop-state.ts'
import { notify } from './notify-readers.ts'
import { rest } from './rest.ts'
import { type AdvancePorts, type Again, type NextRound, readsOf } from './round.ts'

/** An activity begins no round after this time, or after this many rounds: its limit is ten minutes (host.json), and a round can take some. */
const longest = 60_000
const mostRounds = 30
/** The snapshot is read again after this time, because policies and specs change meanwhile. */
const freshMs = 5_000

export async function advance(loop: Loop, ports: AdvancePorts): Promise<NextRound> {
  const { store, now } = ports
  const limit = limitFrom(now)
  const overtaken = contention(`decide what the ${loop.kind} loop does next`)
  let before: Snapshot | undefined
  for (;;) {
    const snapshot = await store.read(loop, readsOf(loop.kind))
    if (!snapshot) return { do: 'end' }
    if (before) await notify(lateReaders(before, snapshot), loop, ports)
    before = snapshot
    if (limit.isReached()) return { do: 'go on' }
    if (await goWithCluster(snapshot, ports)) continue
    const next = await carryOn(snapshot, ports, limit)
    if (next === 'overtaken') await overtaken()
    else if (next !== 'read again') return next
  }
}

/** A cluster that is gone takes its connections with it: they are removed at once, whatever their origin. */
async function goWithCluster({ row, view }: Snapshot, { store }: AdvancePorts): Promise<boolean> {
  if (!row.self || row.removing || view.of(row.self.cluster).gone !== true) return false
  await store.remove({ ...row.loop, kind: 'connection' })
  return true
}

type Limit = { isReached(): boolean }

function limitFrom(now: () => number): Limit {
  const until = now() + longest
  let rounds = 0
  return { isReached: () => ++rounds > mostRounds || now() >= until }
}

/**
 * Round after round on one snapshot, until nothing is due. Results of mere reads are recorded together with what follows; results of changes at the
 * end of their round.
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

/** The unwritten results so far plus these; `undefined`: one of them was overtaken, the others are recorded. */
async function attemptAll(
  steps: readonly StepName[],
  snapshot: Snapshot,
  unwritten: readonly AttemptRecord[],
  { attempt, store }: AdvancePorts,
): Promise<readonly AttemptRecord[] | undefined> {
  // All of them end before anything is thrown: otherwise the others would run on unobserved.
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

/** Changes, and entries of the ledger, must survive a crash. */
const hasToBeWritten = ({ hasIntended, recorded, ledger }: AttemptRecord): boolean =>
  hasIntended || !isSame(recorded.tracked, ledger.tracked)

const ledgerOf = ({ ledger: { step, row }, recorded: { tracked, ...recorded } }: AttemptRecord): Ledger => ({
  step,
  row: { step, ...recorded, etag: row?.etag ?? '' },
  tracked,
})
