// How far an operation is: a PUT or DELETE answers at once, and its operation is polled. Nothing is stored for it; the answer is
// read off the rows of the connection's four loops, so that it can neither be lost nor be wrong for long.
import type { Connection } from './connection.ts'
import type { Key, Loop } from './loop.ts'
import type { LedgerEntry } from './managed-object.ts'
import { hour, isGood, type OutcomeKind, type StepRow } from './outcome.ts'
import { isWarning, type Problem } from './problem.ts'
import { type LoopSteps, ownKind, ownProblems, ownWaits, type StepNames } from './timeline.ts'

/** A problem that only a person can mend fails the operation after this; the loop goes on all the same. */
export const patienceMs = 2 * 60_000
/** A removal ends by itself within this, for what cannot be taken back is left behind (engine/removal.ts); should it not, that is told. */
const removalMs = 3 * hour

export type Progress =
  | { readonly status: 'Accepted' | 'Updating' | 'Deleting'; readonly problems: readonly Problem[]; readonly waits: readonly string[] }
  /** `problems`: what it is warned of. */
  | { readonly status: 'Succeeded'; readonly warning?: string; readonly problems?: readonly Problem[] }
  | { readonly status: 'Failed'; readonly problems: readonly Problem[]; readonly waits: readonly string[] }
  /** Something newer took its place before it could end. */
  | { readonly status: 'Canceled'; readonly by: string }

/** Steps that only tell of the connection: whatever becomes of them, it is what it is. */
export const advisorySteps: ReadonlySet<string> = new Set(['publish-status', 'report-invalid-tags'])
/** Steps that tell of declarations by tag: a tag that has the name of a connection of another author says nothing about it. */
const tagSteps: ReadonlySet<string> = new Set(['read-declarations'])

export type ConnectionState = {
  readonly self: Connection
  readonly removing: boolean
  /** When the present generation was asked for. */
  readonly desiredAt: number
  /** The ledger of the connection's own loop. */
  readonly tracked: readonly LedgerEntry[]
  /** Its own loop, and those that it joins. */
  readonly loops: readonly LoopSteps[]
}

/** What is left of a connection that is gone. */
export type Tombstone = { readonly generation: number; readonly warning?: string }

/** The state of what is desired now. It is `Succeeded` while all four loops know of nothing that is in its way. */
export function progressOf(whole: ConnectionState, names: StepNames, now: number): Progress {
  // A row of a step that the installation has turned off says nothing any more.
  const isOff = ({ step }: StepRow, { kind }: Loop): boolean => kind === 'connection' && !names.connection.includes(step)
  const counts = (row: StepRow, loop: Loop): boolean =>
    !isOff(row, loop) && !advisorySteps.has(row.step) && (whole.self.origin === 'tag' || !tagSteps.has(row.step))
  const loops = whole.loops.map(({ loop, steps }) => ({ loop, steps: steps.filter((row) => counts(row, loop)) }))
  const state = { ...whole, loops }
  const { key, generation } = state.self
  const own = state.loops.find(({ loop }) => loop.kind === 'connection')?.steps ?? []
  const observed = own.filter((row) => row.generation >= generation)
  const rows = state.loops.flatMap(({ steps }) => steps)
  const warnings = rows.flatMap((row) => ownProblems(row, key, state.removing).filter(isWarning))
  const complete = names.connection.filter((name) => !advisorySteps.has(name)).every((name) => observed.some((row) => row.step === name))
  if (state.removing) {
    // The cluster's membership stays as long as something in it is left behind: its facts say how to reach that.
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
 * A shared loop's step that leaves open whether the connection works: what it needs is refused, cannot be seen, or is being changed. A look that
 * failed is taken again within seconds, so that it counts only when it goes on failing.
 */
function isInDoubt(row: StepRow, key: Key, now: number): boolean {
  const kind = ownKind(row, key)
  if (kind === 'started') return true
  if (kind === 'failed' && now - (row.unwellSince ?? row.since) < patienceMs) return false
  return unwell.has(kind) && ownProblems(row, key).some((problem) => !isWarning(problem))
}
const unwell: ReadonlySet<OutcomeKind> = new Set(['blocked', 'reported', 'unknown', 'failed'])

/**
 * Steps that a person has to help along and that have stood so for long enough since this was asked for; and whatever has come to no good end for an
 * hour, be it refused, started or waiting. The loop goes on all the same.
 */
function stuckOf(
  { self: { key, generation }, removing, desiredAt, loops }: ConnectionState,
  now: number,
): { readonly problems: readonly Problem[]; readonly waits: string[] } {
  const rows = loops.flatMap(({ loop, steps }) =>
    loop.kind === 'connection' ? steps.filter((row) => row.generation >= generation) : steps,
  )
  // What a removal cannot see is left behind; what a connection cannot see, or may not read, it waits for in vain.
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

/** Why the steps could not take their things back, and what a person can do about it. */
export const reasonsOf = (rows: readonly StepRow[]): readonly Problem[] =>
  rows.filter(({ outcome }) => !isGood(outcome)).flatMap(({ outcome }) => outcome.problems)

/** Each thing by name, why it is still there, and how a person takes it away by hand. */
export function warningOf(left: readonly LedgerEntry[], reasons: readonly Problem[] = []): string {
  const objects = left.map(({ object }) => object.summary).join(', ')
  const why = [...new Set(reasons.map(({ text }) => text))]
  const lines = [...new Set(reasons.flatMap(({ commands }) => commands?.cli ?? []))]
  return [
    `Left behind, because it could not be reached or the app may not take it back; it is looked for again until it is gone: ${objects}.`,
    ...(why.length > 0 ? [`Reason: ${why.join(' ')}`] : []),
    ...(lines.length > 0 ? [`By hand: ${lines.join('\n')}`] : []),
  ].join(' ')
}

/** The state of one operation. `undefined`: there is and was no such operation. */
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
  // Asked for once more before it was done: the newer state is the one that counts, for both.
  if (generation < state.self.generation && state.removing) return { status: 'Canceled', by: 'the connection is being removed' }
  return progressOf(state, names, now)
}
