// What was changed of a loop, when and why: requests of handlers, and what its steps did, met and got over. Kept for 90 days, and no more than the newest of each
// step. No secret: an outcome has none.
import { isSame } from './canonical.ts'
import type { Connection, ConnectionSpec } from './connection.ts'
import type { LoopKind } from './loop.ts'
import type { StepRow } from './outcome.ts'
import { isWarning, type Problem } from './problem.ts'
import type { StepName } from './step-name.ts'

export const historyMs = 90 * 24 * 60 * 60_000

export type HistoryEntry = {
  readonly at: number
  readonly loop: LoopKind
  /** Absent: a request. */
  readonly step?: StepName
  readonly what: 'requested' | 'changed' | 'blocked' | 'resolved'
  readonly why: string
  /** Object id of the caller who requested it. */
  readonly by?: string
  /** In words. */
  readonly changes: readonly string[]
  /** Those that are new. */
  readonly problems?: readonly Problem[]
}

type Attempted = Pick<StepRow, 'outcome' | 'resync' | 'inputs' | 'generation' | 'ranAt'>

/** `undefined`: nothing worth a memory. `before`: the row that the attempt began with, if it had ever ended. */
export function historyOf(loop: LoopKind, step: StepName, before: StepRow | undefined, after: Attempted): HistoryEntry | undefined {
  const { changed, problems } = after.outcome
  const former = before?.outcome.problems.filter((one) => !isWarning(one)) ?? []
  const current = problems.filter((one) => !isWarning(one))
  const isNew = (problem: Problem): boolean => !former.some(({ code, text }) => code === problem.code && text === problem.text)
  const fresh = current.filter(isNew)
  const isResolved = former.length > 0 && current.length === 0
  if (changed.length === 0 && fresh.length === 0 && !isResolved) return undefined
  const what = fresh.length > 0 ? 'blocked' : changed.length > 0 ? 'changed' : 'resolved'
  const entry = { at: after.ranAt, loop, step, what, why: whyOf(before, after), changes: changed } as const
  return fresh.length > 0 ? { ...entry, problems: fresh } : entry
}

function whyOf(before: StepRow | undefined, after: Attempted): string {
  if (!before || before.attempts === 0) return 'it ran for the first time'
  if (after.generation > before.generation) return 'the connection was changed'
  if (after.resync > before.resync) return 'an event, an audit or a person asked for it'
  if (after.inputs !== before.inputs) return 'what it depends on has changed'
  return 'it was due again'
}

/** Of a new definition, or of a removal (`after` absent). */
export function requestOf(
  before: Connection | undefined,
  after: ConnectionSpec | undefined,
  at: number,
  by: string | undefined,
): HistoryEntry {
  const origin = (after ?? before)?.origin ?? 'http'
  const why = origin === 'http' ? 'a request over HTTP' : `a ${origin}`
  const changes = after ? (before ? changedFields(before, after) : ['it is to be created']) : ['it is to be removed']
  return { at, loop: 'connection', what: 'requested', why, changes, ...(by === undefined ? {} : { by }) }
}

function changedFields(before: Connection, after: ConnectionSpec): readonly string[] {
  const { generation: _, ...former } = before
  const names = [...new Set([...Object.keys(former), ...Object.keys(after)])]
  const fieldIn = (spec: object, name: string): unknown => (Object.hasOwn(spec, name) ? Reflect.get(spec, name) : undefined)
  return names.filter((name) => !isSame(fieldIn(former, name), fieldIn(after, name))).map((name) => `${name} is another`)
}
