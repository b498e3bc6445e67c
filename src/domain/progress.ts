// How far an operation is: a PUT or DELETE answers at once, and its `<key>.<generation>` is polled. Nothing is stored for it; the answer is
// read off the rows of the connection's four loops, so that it can neither be lost nor be wrong for long.
import type { Connection } from './connection.ts'
import type { Key } from './loop.ts'
import type { StepRow } from './outcome.ts'
import type { Problem } from './problem.ts'
import type { Held } from './thing.ts'
import { type LoopSteps, ownKind, ownProblems, ownWaits, type StepNames } from './timeline.ts'

/** A problem that only a person can mend fails the operation after this; the loop goes on all the same. */
export const patienceMs = 2 * 60_000

export type Progress =
  | { readonly status: 'Accepted' | 'Updating' | 'Deleting'; readonly problems: readonly Problem[]; readonly waits: readonly string[] }
  | { readonly status: 'Succeeded'; readonly warning?: string }
  | { readonly status: 'Failed'; readonly problems: readonly Problem[]; readonly waits: readonly string[] }
  /** Something newer took its place before it could end. */
  | { readonly status: 'Canceled'; readonly by: string }

/** Steps that only tell of the connection: whatever becomes of them, it is what it is. */
export const courtesySteps: ReadonlySet<string> = new Set(['publish-status'])

export type ConnectionState = {
  readonly self: Connection
  readonly removing: boolean
  /** When the present generation was asked for. */
  readonly desiredAt: number
  /** The ledger of the connection's own loop. */
  readonly held: readonly Held[]
  /** Its own loop, and those that it joins. */
  readonly loops: readonly LoopSteps[]
}

/** What is left of a connection that is gone. */
export type Tombstone = { readonly generation: number; readonly warning?: string }

/** The state of what is desired now. */
export function progressOf(whole: ConnectionState, names: StepNames, now: number): Progress {
  const loops = whole.loops.map(({ loop, steps }) => ({ loop, steps: steps.filter(({ step }) => !courtesySteps.has(step)) }))
  const state = { ...whole, loops }
  const { key, generation } = state.self
  const own = state.loops.find(({ loop }) => loop.kind === 'connection')?.steps ?? []
  const seen = own.filter((row) => row.generation >= generation)
  const complete = names.connection.filter((name) => !courtesySteps.has(name)).every((name) => seen.some((row) => row.step === name))
  if (state.removing) {
    // The cluster's membership stays as long as something in it is left behind: its facts say how to reach that.
    const owed = state.held.filter(({ thing }) => thing.kind !== 'membership')
    const left = owed.filter(({ hold }) => hold === 'left-behind')
    const memberships = state.held.length - owed.length
    if (complete && left.length > 0 && left.length === owed.length && memberships <= 1)
      return { status: 'Succeeded', warning: warningOf(left, linesOf(seen)) }
  } else if (complete && seen.every((row) => ['satisfied', 'changed'].includes(ownKind(row, key)))) return { status: 'Succeeded' }

  const stuck = stuckOf(state, now)
  if (stuck.problems.length + stuck.waits.length > 0) return { status: 'Failed', ...stuck }
  const rows = state.loops.flatMap(({ steps }) => steps)
  const about = {
    problems: rows.flatMap((row) => ownProblems(row, key)),
    waits: rows.flatMap((row) => ownWaits(row, key).map(({ text }) => text)),
  }
  return { status: state.removing ? 'Deleting' : seen.length === 0 ? 'Accepted' : 'Updating', ...about }
}

/** Steps that a person has to help along, and that have stood so for long enough since this was asked for. */
function stuckOf(
  { self: { key, generation }, removing, desiredAt, loops }: ConnectionState,
  now: number,
): Pick<Progress & { status: 'Failed' }, 'problems' | 'waits'> {
  const rows = loops
    .flatMap(({ loop, steps }) => (loop.kind === 'connection' ? steps.filter((row) => row.generation >= generation) : steps))
    .filter((row) => now - Math.max(row.since, desiredAt) >= patienceMs)
  // What a removal cannot see is left behind; what a connection cannot see, or may not read, it waits for in vain.
  const kinds = removing ? ['blocked', 'reported'] : ['blocked', 'reported', 'unseen']
  const blocked = rows.filter((row) => kinds.includes(ownKind(row, key)))
  return {
    problems: blocked.flatMap((row) => ownProblems(row, key)),
    waits: rows.flatMap((row) =>
      ownWaits(row, key)
        .filter(({ person }) => person)
        .map(({ text }) => text),
    ),
  }
}

/** What a person can do about the things that the steps could not take back. */
const linesOf = (rows: readonly StepRow[]): readonly string[] =>
  rows
    .filter(({ outcome }) => outcome.kind === 'unseen' || outcome.kind === 'reported')
    .flatMap(({ outcome }) => outcome.problems.flatMap(({ commands }) => commands?.cli ?? []))

/** `lines`: how a person takes it away by hand. */
export function warningOf(left: readonly Held[], lines: readonly string[] = []): string {
  const things = left.map(({ thing }) => thing.summary).join(', ')
  const byHand = lines.length > 0 ? ` By hand: ${lines.join('\n')}` : ''
  return `Left behind, because it could not be reached or the app may not take it back; it is looked for again until it is gone: ${things}.${byHand}`
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

/** Operation ids: `<key>.<generation>`. */
export const operationId = (key: Key, generation: number): string => `${key}.${generation}`
export function parseOperationId(id: string): { readonly key: Key; readonly generation: number } | undefined {
  const [, key, generation] = /^([a-z2-7]{26})\.([1-9][0-9]{0,9})$/.exec(id.toLowerCase()) ?? []
  return key === undefined ? undefined : { key: key as Key, generation: Number(generation) }
}
