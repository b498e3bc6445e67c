// The activity `advance`: reads a loop, attempts the steps that have nothing to look at, tells the readers of changed facts, lets go of members
// that owe nothing more, and says what is next (domain/advance.ts holds the rules).
import { type LoopState, nextOf } from '../domain/advance.ts'
import { linkerId } from '../domain/connection.ts'
import { instanceOf, type Loop, type LoopKind } from '../domain/loop.ts'
import { hour, isGood, type StepRow } from '../domain/outcome.ts'
import { courtesySteps } from '../domain/progress.ts'
import { contention } from '../steps/contention.ts'
import { type AnyStep, type Modes, wantsNothing } from '../steps/digest.ts'
import { inputsOf } from '../steps/inputs.ts'
import { stepNamed, stepsOf } from '../steps/program.ts'
import type { Snapshot, Store, Wake } from '../steps/store.ts'
import { tellTagKeptBack } from './kept-back.ts'
import { leftElsewhere } from './left-elsewhere.ts'
import { summary } from './summary.ts'

/** What the orchestrator is told. `status` is the instance's custom status: short, no secret. */
export type NextRound = (
  | { readonly do: 'run'; readonly steps: readonly string[] }
  | { readonly do: 'sleep'; readonly until: number }
  | { readonly do: 'end' }
) & {
  readonly status?: object
}

export type AdvancePorts = {
  readonly store: Store
  /** Attempts a step here and now. */
  readonly attempt: (step: AnyStep, snapshot: Snapshot) => Promise<unknown>
  readonly wake: Wake
  readonly modes: Modes
  readonly auditEveryMs: number
  readonly now: () => number
}

/** So many readers are told at once, the others by and by: what each of them then writes fits into ARM's budget, ten writes a second. */
const readersAtOnce = 100
const spreadMs = 10_000

export async function advance(loop: Loop, ports: AdvancePorts): Promise<NextRound> {
  const { store, now, modes } = ports
  const attempted = new Set<AnyStep>()
  const overtaken = contention(`decide what the ${loop.kind} loop does next`)
  for (;;) {
    const reads = new Set<LoopKind>(stepsOf(loop.kind).flatMap((step) => step.reads))
    const snapshot = await store.read(loop, [...reads])
    if (!snapshot) return { do: 'end' }
    if (await goWithCluster(snapshot, ports)) continue
    const state: LoopState = {
      look: snapshot.row.look,
      generation: snapshot.row.self?.generation ?? 0,
      auditAt: snapshot.row.auditAt,
      empty: isEmpty(snapshot),
      steps: snapshot.steps,
      program: stepsOf(loop.kind).map((step) => ({
        name: step.name,
        after: step.after,
        reading: step.apply === undefined,
        last: courtesySteps.has(step.name),
        digest: inputsOf(step, snapshot.view, modes),
      })),
      auditEvery: ports.auditEveryMs * (0.9 + 0.2 * fraction(loop)),
      now: now(),
    }
    const next = nextOf(state)
    const status = summary(snapshot)
    const quiet = next.do === 'run' ? quietOf(next.steps, snapshot).filter((step) => !attempted.has(step)) : []
    if (quiet.length > 0) {
      for (const step of quiet) attempted.add(step)
      await Promise.all(quiet.map((step) => ports.attempt(step, snapshot)))
      continue
    }
    if (next.do === 'run') return { ...next, status }
    // All that a round has found out, at once: whoever reads facts of several steps is woken for all of them.
    const told = await tellReaders(snapshot, ports)
    if (await letGo(snapshot, ports)) continue
    if (next.do === 'forget') {
      const warning = await leftElsewhere(snapshot, store)
      if ((await store.forget(snapshot.row, tombstone(snapshot, now(), warning))) === 'changed meanwhile') {
        await overtaken()
        continue
      }
      await tellTagKeptBack(snapshot, ports)
      return { do: 'end', status }
    }
    if ((await store.sleep(snapshot.row, next.until, next.auditAt, told)) === 'changed meanwhile') {
      await overtaken()
      continue
    }
    return next.do === 'sleep' ? { do: 'sleep', until: next.until, status } : { do: 'end', status }
  }
}

/** Those that have nothing to look at. */
const quietOf = (steps: readonly string[], { view }: Snapshot): readonly AnyStep[] =>
  steps.map(stepNamed).filter((step) => step.quiet && view.held(step.name).length === 0 && wantsNothing(step, view))

/** Touches and wakes the readers of changed facts, and answers whose facts they are. Store before wake: a lost wake is found by the heartbeat. */
async function tellReaders(snapshot: Snapshot, { store, wake, now }: AdvancePorts): Promise<readonly StepRow[]> {
  const changed = snapshot.steps.filter((row) => row.wake.length > 0)
  const readers = [...new Map(changed.flatMap((step) => step.wake).map((reader) => [instanceOf(reader), reader])).values()]
  const tell = async (reader: Loop, index: number): Promise<void> => {
    const at = now() + Math.floor(index / readersAtOnce) * spreadMs
    const touched = await store.touch(reader, 'facts', { at, newsOf: snapshot.row.loop })
    if (touched?.wake) await wake(reader)
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
async function letGo(snapshot: Snapshot, { store, wake, now }: AdvancePorts): Promise<boolean> {
  const leaving = snapshot.members.filter((member) => member.leavingSince !== undefined)
  // An operation can last for a day; nobody who leaves has to wait for that.
  const isAtWork = ({ outcome: { owes, operation } }: StepRow): boolean =>
    owes.length > 0 || (operation !== undefined && now() - operation.startedAt < hour)
  if (leaving.length === 0 || snapshot.steps.some(isAtWork)) return false
  for (const member of leaving) {
    await store.left(snapshot.row.loop, member)
    await wake({ kind: 'connection', key: member.connection.key, id: linkerId(member.connection.cluster.id, member.connection.name) })
  }
  return true
}

/** Nothing is desired, nobody is a member, nothing is held. A cluster with a bad tag is remembered for the sake of its problem. */
function isEmpty({ row, view, members, steps }: Snapshot): boolean {
  if (row.loop.kind === 'connection' ? row.self !== undefined && !row.removing : members.length > 0) return false
  if (stepsOf(row.loop.kind).some((step) => view.held(step.name).length > 0)) return false
  return row.loop.kind !== 'cluster' || !steps.some((step) => step.step === 'read-declarations' && !isGood(step.outcome))
}

function tombstone({ row }: Snapshot, at: number, warning: string | undefined) {
  return row.self && { generation: row.self.generation, name: row.self.name, at, ...(warning === undefined ? {} : { warning }) }
}

/** Between 0 and 1, the same for the same loop: audits of a fleet do not fall on one minute. */
const fraction = (loop: Loop): number => Number.parseInt(loop.key.slice(0, 4), 36) / 36 ** 4
