// What happened to a connection, in program order: the steps of its four loops, limited to what concerns this connection.
import type { Key, Loop, LoopKind } from './loop.ts'
import { loopKinds } from './loop.ts'
import type { Need } from './managed-object.ts'
import type { OutcomeKind, StepRow } from './outcome.ts'
import { concerns, isWarning, type Problem } from './problem.ts'
import type { StepName } from './step-name.ts'

/** One of a connection's loops, as the store knows it; `steps` empty = it has not run yet. */
export type LoopSteps = { readonly loop: Loop; readonly steps: readonly StepRow[] }

/** Names of the steps of each loop, in order. */
export type StepNames = Readonly<Record<LoopKind, readonly StepName[]>>

export type Entry = {
  readonly loop: LoopKind
  readonly step: StepName
  /** `pending`: it has not run yet. */
  readonly outcome: OutcomeKind | 'pending'
  readonly attempts: number
  readonly since?: string
  readonly ranAt?: string
  readonly nextRunAt?: string
  /** What the last attempt changed, in words. */
  readonly changed: readonly string[]
  readonly waitsFor: readonly string[]
  readonly problems: readonly Omit<Problem, 'of' | 'users'>[]
  /** What cannot be verified about the objects that this step made or found, in words. */
  readonly conditions?: readonly string[]
}

/** A shared loop also serves others: their problems do not concern this connection. */
export const ownProblems = (row: StepRow, key: Key, leaving = false): readonly Problem[] =>
  row.outcome.problems.filter((problem) => concerns(problem, key, leaving))
export const ownWaits = (row: StepRow, key: Key): readonly Need[] =>
  row.outcome.waits.filter(({ member }) => member === undefined || member === key)

/** The outcome for this connection: a problem of another member does not block this one. */
export function ownKind(row: StepRow, key: Key, leaving = false): OutcomeKind {
  const { kind, operation } = row.outcome
  if (kind === 'satisfied' || kind === 'changed') return kind
  const isRunning = operation !== undefined && concerns(operation, key, leaving)
  if (kind === 'started' && isRunning) return kind
  if (kind !== 'waiting' && kind !== 'started' && ownProblems(row, key, leaving).some((problem) => !isWarning(problem))) return kind
  if (ownWaits(row, key).length > 0) return 'waiting'
  if (isRunning) return 'started'
  if (kind === 'started') return 'satisfied'
  const others = row.outcome.problems.length + row.outcome.waits.length > 0
  // An object orphaned by a former member does not concern those that stay.
  if (kind === 'unknown' && !others && !leaving) return 'satisfied'
  return others ? (row.outcome.changed.length > 0 ? 'changed' : 'satisfied') : kind
}

export function timelineOf(key: Key, loops: readonly LoopSteps[], names: StepNames): readonly Entry[] {
  return loopKinds.flatMap((kind) =>
    loops
      .filter(({ loop }) => loop.kind === kind)
      .flatMap(({ steps }) =>
        names[kind].map((name) =>
          entryOf(
            kind,
            name,
            steps.find((row) => row.step === name),
            key,
          ),
        ),
      ),
  )
}

function entryOf(loop: LoopKind, step: StepName, row: StepRow | undefined, key: Key): Entry {
  if (!row) return { loop, step, outcome: 'pending', attempts: 0, changed: [], waitsFor: [], problems: [] }
  return {
    loop,
    step,
    outcome: ownKind(row, key),
    attempts: row.attempts,
    since: iso(row.since),
    ranAt: iso(row.ranAt),
    ...(row.nextRunAt === undefined ? {} : { nextRunAt: iso(row.nextRunAt) }),
    changed: row.outcome.changed,
    waitsFor: ownWaits(row, key).map(({ text }) => text),
    // The concern consists of keys of the store, which mean nothing to readers.
    problems: ownProblems(row, key).map(({ of: _, users: __, ...problem }) => problem),
  }
}

const iso = (ms: number): string => new Date(ms).toISOString()
