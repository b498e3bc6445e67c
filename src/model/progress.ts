// The progress of an operation: a PUT or DELETE answers at once, and its operation is polled. Nothing is stored for it; the answer is computed from
// the rows of the connection's four loops, so it cannot get lost, and cannot stay wrong for long.
import type { Connection } from './connection.ts'
import type { Key, Loop } from './loop.ts'
import type { LedgerEntry } from './managed-object.ts'
import { hour, isGood, type OutcomeKind, type StepRow } from './outcome.ts'
import { isWarning, type Problem } from './problem.ts'
import type { StepName } from './step-name.ts'
import { type LoopSteps, ownKind, ownProblems, ownWaits, type StepNames } from './timeline.ts'

/** A problem that only a person can repair fails the operation after this time; the loop continues. */
export const patienceMs = 2 * 60_000
/**
 * A removal ends by itself within this time, because objects that cannot be deleted are orphaned (engine/removal.ts); if it does not, that is
 * reported.
 */
const removalMs = 3 * hour

export type Progress =
  | { readonly status: 'Accepted' | 'Updating' | 'Deleting'; readonly problems: readonly Problem[]; readonly waits: readonly string[] }
  /** `problems`: its warnings. */
  | { readonly status: 'Succeeded'; readonly warning?: string; readonly problems?: readonly Problem[] }
  | { readonly status: 'Failed'; readonly problems: readonly Problem[]; readonly waits: readonly string[] }
  /** A newer request replaced it before it ended. */
  | { readonly status: 'Canceled'; readonly by: string }

/** Steps whose outcome does not change the state of the connection: they report on it, replace a key that works, or serve a step that waits for them. */
export const advisorySteps: ReadonlySet<StepName> = new Set([
  'publish-status',
  'report-invalid-tags',
  'read-configmaps',
  'rotate-keys',
  'admit-app',
])
/** Steps that report tag declarations: a tag with the name of another author's connection says nothing about that connection. */
const tagSteps: ReadonlySet<StepName> = new Set(['read-declarations'])

export type ConnectionState = {
  readonly self: Connection
  readonly removing: boolean
  /** When the current generation was requested. */
  readonly desiredAt: number
  /** The ledger of the connection's own loop. */
  readonly tracked: readonly LedgerEntry[]
  /** Its own loop and those that it joined. */
  readonly loops: readonly LoopSteps[]
}

/** What remains of a connection that is gone. */
export type Tombstone = { readonly generation: number; readonly warning?: string }

/** The rows that say something about the state of the connection. */
export function countingLoops({ self, loops }: ConnectionState, names: StepNames): readonly LoopSteps[] {
  // The row of a step that the installation has turned off has no meaning any more.
  const isOff = ({ step }: StepRow, { kind }: Loop): boolean => kind === 'connection' && !names.connection.includes(step)
  const counts = (row: StepRow, loop: Loop): boolean =>
    !isOff(row, loop) && !advisorySteps.has(row.step) && (self.origin !== 'http' || !tagSteps.has(row.step))
  return loops.map(({ loop, steps }) => ({ loop, steps: steps.filter((row) => counts(row, loop)) }))
}

/** The state of the current spec. It is `Succeeded` while none of the four loops knows of anything in its way. */
export function progressOf(whole: ConnectionState, names: StepNames, now: number): Progress {
  const state = { ...whole, loops: countingLoops(whole, names) }
  const { key, generation } = state.self
  const own = state.loops.find(({ loop }) => loop.kind === 'connection')?.steps ?? []
  const observed = own.filter((row) => row.generation >= generation)
  const rows = state.loops.flatMap(({ steps }) => steps)
  const warnings = rows.flatMap((row) => ownProblems(row, key, state.removing).filter(isWarning))
  const complete = names.connection.filter((name) => !advisorySteps.has(name)).every((name) => observed.some((row) => row.step === name))
  if (state.removing) {
    // The cluster's membership stays as long as an object in it is orphaned: the cluster's facts say how to reach that object.
    const pending = state.tracked.filter(({ object }) => object.kind !== 'membership')
    const left = pending.filter(({ ownership }) => ownership === 'orphaned')
    const memberships = state.tracked.length - pending.length
    if (complete && left.length > 0 && left.length === pending.length && memberships <= 1)
      return { status: 'Succeeded', warning: warningOf(left, reasonsOf(observed)) }
  } else if (complete && observed.every((row) => ['satisfied', 'changed'].includes(ownKind(row, key)))) {
    const shared = state.loops.filter(({ loop }) => loop.kind !== 'connection').flatMap(({ steps }) => steps)
    if (!shared.some((row) => isInDoubt(row, key, now)))
      return { status: 'Succeeded', ...(warnings.length > 0 ? { problems: warnings } : {}) }
  }

  const stuck = stuckOf(state, now)
  if (!complete && now - state.desiredAt >= hour) stuck.waits.push('waiting until the app works on it, which it has not done for an hour')
  if (stuck.problems.length + stuck.waits.length > 0)
    return { status: 'Failed', problems: [...stuck.problems, ...warnings], waits: stuck.waits }
  const about = {
    problems: rows.flatMap((row) => ownProblems(row, key, state.removing)),
    waits: rows.flatMap((row) => ownWaits(row, key).map(({ text }) => text)),
  }
  return { status: state.removing ? 'Deleting' : observed.length === 0 ? 'Accepted' : 'Updating', ...about }
}

/**
 * A step of a shared loop that leaves open whether the connection works: what it needs is refused, cannot be read, or is being changed. A failed read
 * is retried within seconds, so it counts only if it keeps failing.
 */
function isInDoubt(row: StepRow, key: Key, now: number): boolean {
  const kind = ownKind(row, key)
  if (kind === 'started') return true
  if (kind === 'failed' && now - (row.unwellSince ?? row.since) < patienceMs) return false
  return unwell.has(kind) && ownProblems(row, key).some((problem) => !isWarning(problem))
}
const unwell: ReadonlySet<OutcomeKind> = new Set(['blocked', 'reported', 'unknown', 'failed'])

/**
 * Steps that need a person and have needed one for long enough since this was requested; and steps without a good outcome for an hour, whether
 * refused, started or waiting. The loop continues.
 */
function stuckOf(
  { self: { key, generation }, removing, desiredAt, loops }: ConnectionState,
  now: number,
): { readonly problems: readonly Problem[]; readonly waits: string[] } {
  const rows = loops.flatMap(({ loop, steps }) =>
    loop.kind === 'connection' ? steps.filter((row) => row.generation >= generation) : steps,
  )
  // A removal orphans what it cannot read; a connection would wait forever for what it cannot read.
  const kinds = removing ? ['blocked', 'reported'] : ['blocked', 'reported', 'unknown']
  const stuck = rows.filter((row) => now - Math.max(row.since, desiredAt) >= patienceMs)
  const isEndless = (row: StepRow): boolean =>
    !isGood({ kind: ownKind(row, key, removing) }) &&
    now - Math.max(row.unwellSince ?? row.since, desiredAt) >= (removing ? removalMs : hour)
  const endless = rows.filter(isEndless)
  const tellable = rows.filter((row) => endless.includes(row) || (stuck.includes(row) && kinds.includes(ownKind(row, key, removing))))
  return {
    problems: tellable.flatMap((row) => ownProblems(row, key, removing).filter((problem) => !isWarning(problem))),
    waits: [
      ...rows.flatMap((row) =>
        ownWaits(row, key)
          .filter(({ manual }) => endless.includes(row) || (manual && stuck.includes(row)))
          .map(({ text }) => text),
      ),
      ...endless.flatMap(({ outcome: { operation } }) => (operation ? [`waiting until Azure has ended this: ${operation.what}`] : [])),
    ],
  }
}

/** Why the steps could not delete their objects, and what a person can do about it. */
export const reasonsOf = (rows: readonly StepRow[]): readonly Problem[] =>
  rows.filter(({ outcome }) => !isGood(outcome)).flatMap(({ outcome }) => outcome.problems)

/** Each object by name, why it still exists, and how to delete it by hand. */
export function warningOf(left: readonly LedgerEntry[], reasons: readonly Problem[] = []): string {
  const objects = left.map(({ object }) => object.summary).join(', ')
  const why = [...new Set(reasons.map(({ text }) => text))]
  const lines = [...new Set(reasons.flatMap(({ commands }) => commands?.cli ?? []))]
  return [
    `Orphaned, because it could not be reached or the app may not delete it; the app retries until it is gone: ${objects}.`,
    ...(why.length > 0 ? [`Reason: ${why.join(' ')}`] : []),
    ...(lines.length > 0 ? [`By hand: ${lines.join('\n')}`] : []),
  ].join(' ')
}

/** The state of one operation. `undefined`: there is no such operation and never was. */
export function operationOf(
  generation: number,
  state: ConnectionState | undefined,
  gone: readonly Tombstone[],
  names: StepNames,
  now: number,
): Progress | undefined {
  const tombstone = gone.find((other) => other.generation === generation)
  if (tombstone) return { status: 'Succeeded', ...(tombstone.warning === undefined ? {} : { warning: tombstone.warning }) }
  if (gone.some((other) => other.generation > generation)) return { status: 'Canceled', by: 'the connection was removed' }
  if (!state || generation > state.self.generation || generation < 1) return undefined
  // Requested again before it was done: the newer state counts for both.
  if (generation < state.self.generation && state.removing) return { status: 'Canceled', by: 'the connection is being removed' }
  return progressOf(state, names, now)
}
