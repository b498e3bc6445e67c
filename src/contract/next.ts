// What a loop does next, by pure rules: run steps, sleep, end, or be forgotten. engine/advance.ts reads the store for it.
import { isAhead, within } from '../model/moments.ts'
import type { StepRow } from '../model/outcome.ts'
import type { StepName } from '../model/step-name.ts'

/** A timer may fire up to a second early: due means due within this. */
export const early = 2_000
/** A reading step that ran this recently does not run again before the steps after it. */
const fresh = 30_000
/** A cancelled timer stays in the hub's queue until its time, so longer waits end the instance: the heartbeat starts it when it is due. */
const longestSleep = 60_000

/** What the rules must know of a step. */
export type ProgramStep = {
  readonly name: StepName
  readonly after: readonly StepName[]
  /** It has no `apply`: it only reads. */
  readonly reading: boolean
  /** It reports on what the other steps do, and runs after them. */
  readonly last?: boolean
  /** Digest of its current inputs. */
  readonly digest: string
}

export type LoopState = {
  readonly resync: number
  readonly generation: number
  readonly auditAt: number
  /** No spec, members, leaving members, or ledger rows are left, and nothing is worth remembering. */
  readonly empty: boolean
  readonly steps: readonly StepRow[]
  readonly program: readonly ProgramStep[]
  /** Milliseconds to the next audit once this one is done. */
  readonly auditEvery: number
  readonly now: number
}

export type Next =
  | { readonly do: 'run'; readonly steps: readonly StepName[] }
  | { readonly do: 'sleep' | 'end'; readonly until: number; readonly auditAt: number }
  | { readonly do: 'forget' }

export function nextOf(state: LoopState): Next {
  const due = withReaders(dueSteps(state), state)
  // A step with an operation in progress goes first: the others must see what that operation ended with.
  const polling = state.steps.filter((row) => row.outcome.operation !== undefined && due.has(row.step)).map((row) => row.step)
  if (polling.length > 0) return { do: 'run', steps: polling }
  if (due.size > 0) {
    const steps = [...due].filter((name) => !isAfterAny(name, due, state.program))
    const before = steps.filter((name) => !state.program.some((step) => step.name === name && step.last))
    return { do: 'run', steps: before.length > 0 ? before : steps }
  }
  if (state.empty) return { do: 'forget' }
  const auditAt = state.auditAt <= state.now + early ? state.now + state.auditEvery : within(state.auditAt, state.now, state.auditEvery)
  const until = Math.min(auditAt, ...state.steps.map((row) => row.nextRunAt ?? Number.POSITIVE_INFINITY))
  return { do: until - state.now > longestSleep ? 'end' : 'sleep', until, auditAt }
}

/** Steps that are new, due, have changed inputs, or have not seen the latest resync, audit or generation. */
function dueSteps(state: LoopState): ReadonlySet<StepName> {
  const rows = new Map(state.steps.map((row) => [row.step, row]))
  const audit = state.auditAt <= state.now + early
  const isDue = ({ name, digest }: ProgramStep): boolean => {
    const row = rows.get(name)
    if (!row) return true
    if (row.resync < state.resync || row.generation < state.generation || row.inputs !== digest) return true
    if (row.nextRunAt !== undefined && row.nextRunAt <= state.now + early) return true
    // All of its times come from a clock that was ahead.
    if (isAhead(row.ranAt, state.now)) return true
    // A step that ran this shortly before the audit has been audited; otherwise it would run again until that moment has come.
    return audit && row.ranAt < state.auditAt - early
  }
  return new Set(state.program.filter(isDue).map((step) => step.name))
}

/** A due step is preceded by the reading steps that it comes after, unless they have just run, or it only polls its operation. */
function withReaders(due: ReadonlySet<StepName>, state: LoopState): ReadonlySet<StepName> {
  const rows = new Map(state.steps.map((row) => [row.step, row]))
  const all = new Set(due)
  for (const name of due) {
    if (rows.get(name)?.outcome.operation !== undefined) continue
    for (const step of state.program) {
      if (!step.reading || !comesAfter(name, step.name, state.program)) continue
      const ranAt = rows.get(step.name)?.ranAt
      const dueRanAt = rows.get(name)?.ranAt
      const isFresh = ranAt !== undefined && state.now - ranAt < fresh && (dueRanAt === undefined || ranAt >= dueRanAt)
      if (!isFresh) all.add(step.name)
    }
  }
  return all
}

const isAfterAny = (name: StepName, others: ReadonlySet<StepName>, program: readonly ProgramStep[]): boolean =>
  [...others].some((other) => other !== name && comesAfter(name, other, program))

/** Whether `later` comes after `earlier`, directly or through other steps. */
export function comesAfter(later: StepName, earlier: StepName, program: readonly Pick<ProgramStep, 'name' | 'after'>[]): boolean {
  const after = program.find((step) => step.name === later)?.after ?? []
  return after.includes(earlier) || after.some((name) => comesAfter(name, earlier, program))
}
