// Turns the result of an attempt into an outcome: the gravest kind, the problems, and when to run again.
import { early } from '../contract/next.ts'
import { problemOf } from '../errors/catalogue.ts'
import type { Failure, FailureClass } from '../errors/failure.ts'
import type { Key } from '../model/loop.ts'
import type { LedgerEntry, Need } from '../model/managed-object.ts'
import { past } from '../model/moments.ts'
import { isGood, type Operation, type Outcome, type OutcomeKind, type StepRow } from '../model/outcome.ts'
import { isWarning, type Problem } from '../model/problem.ts'
import { intendedFor } from '../plan/plan.ts'
import { withinRow } from './room.ts'

export type AttemptResult = {
  readonly tracked: readonly LedgerEntry[]
  readonly problems: readonly Problem[]
  readonly waits: readonly Need[]
  readonly unknown: readonly Problem[]
  /** An object is being deleted, which usually takes moments. */
  readonly going?: true
  readonly changed: readonly string[]
  readonly pendingDeletes: readonly string[]
  readonly started?: Operation
  readonly retryAfterMs?: number
  readonly report?: Problem
  readonly failure?: Failure
  /** The members that the failure concerns. */
  readonly of?: Key
  readonly users?: readonly Key[]
  readonly whileObserving?: true
  /** How a person would make the refused change. */
  readonly commands?: NonNullable<Problem['commands']>
  readonly nextRunAt?: number
}

/** A run that counts as due already would start again at once, and again. */
const soonest = early + 1
const seconds = 1_000
const minutes = 60 * seconds

type Judged = Pick<StepRow, 'outcome' | 'attempts' | 'since' | 'unwellSince' | 'nextRunAt'>

export function finish(found: AttemptResult, before: StepRow | undefined, now: number): Judged {
  const kind = kindOf(found)
  const failed = found.failure && {
    ...problemOf({ code: found.failure.fields.code, about: found.failure.fields.about }),
    // If the object itself is in the way it must go first: the commands that create it cannot help.
    ...(found.commands && found.failure.fields.code !== 'ImmutableObject' ? { commands: found.commands } : {}),
    ...(found.of === undefined ? {} : { of: found.of }),
    ...(found.users === undefined ? {} : { users: found.users }),
  }
  const outcome: Outcome = {
    kind,
    problems: [...(failed ? [failed] : []), ...(found.report ? [found.report] : []), ...found.problems, ...unlike(found.unknown)],
    waits: found.waits,
    changed: found.changed,
    pendingDeletes: found.pendingDeletes,
    ...(found.started ? { operation: found.started } : {}),
  }
  const bad = kind !== 'satisfied' && kind !== 'changed' && kind !== 'waiting'
  const attempts = kind === 'started' ? (before?.attempts ?? 0) : bad ? (before && !calm(before.outcome.kind) ? before.attempts : 0) + 1 : 1
  const since = before?.outcome.kind === kind ? past(before.since, now) : now
  const unwell = before?.unwellSince ?? (before && !isGood(before.outcome) ? before.since : now)
  const unwellSince = isGood(outcome) ? undefined : past(unwell, now)
  const nextRunAt = earliest([
    retryAt(kind, found, attempts, now, since),
    found.nextRunAt,
    ...found.waits.map((need) => (need.exact ? need.nextRunAt : lessOften(need.nextRunAt, since, now))),
    // A running operation is polled in its own rhythm, and so are deletions.
    ...(kind === 'started' || (isStuck(kind) && found.pendingDeletes.length === 0) ? [] : found.tracked.map((row) => onItsWay(row, now))),
  ])
  return {
    outcome: withinRow(outcome),
    attempts,
    since,
    ...(unwellSince === undefined ? {} : { unwellSince }),
    ...(nextRunAt === undefined ? {} : { nextRunAt: Math.max(nextRunAt, now + soonest) }),
  }
}

const calm = (kind: OutcomeKind): boolean => kind === 'satisfied' || kind === 'changed' || kind === 'waiting'

/** A refused change is intended again at each run: only the backoff may say when, or it would be retried without pause. */
const isStuck = (kind: OutcomeKind): boolean => kind === 'blocked' || kind === 'reported' || kind === 'unknown'

/** Once that time has passed, this run has seen the result: from then on only the backoff counts, or it would run every two seconds. */
const onItsWay = (row: LedgerEntry, now: number): number | undefined =>
  row.ownership === 'intended' && row.since + intendedFor > now ? row.since + intendedFor : undefined

/** What has not come within an hour will not come within the next minute. The change that brings it wakes the loop. */
const lessOften = (nextRunAt: number, since: number, now: number): number =>
  Math.max(nextRunAt, now + Math.min((now - since) / 4, 15 * minutes))

/** The gravest first. A missing right turns a step into a report, never into a failure loop. */
function kindOf(found: AttemptResult): OutcomeKind {
  if (found.started) return 'started'
  const refusal = found.failure?.fields.class
  if (refusal === 'permission') return found.whileObserving ? 'unknown' : 'reported'
  if (refusal === 'manual') return 'blocked'
  if (refusal !== undefined) return 'failed'
  if (!found.problems.every(isWarning)) return 'blocked'
  if (found.report) return 'reported'
  if (found.unknown.length > 0 || found.tracked.some((row) => row.ownership === 'orphaned')) return 'unknown'
  if (found.waits.length > 0) return 'waiting'
  return found.changed.length > 0 ? 'changed' : 'satisfied'
}

/**
 * First delay, growth and ceiling by class of refusal (docs/azure-behaviour.md#which-refusals-pass). A throttled attempt waits as told plus a random
 * part of a minute, with a longer span each time: a herd that was turned away together must not come back together, because ARM's buckets hold ten
 * seconds' worth.
 */
const backoff: Readonly<
  Record<Exclude<FailureClass, 'permission' | 'manual' | 'throttled'>, readonly [first: number, factor: number, most: number]>
> = {
  stale: [1 * seconds, 2, 1 * minutes],
  busy: [60 * seconds, 1.5, 5 * minutes],
  transient: [5 * seconds, 2, 5 * minutes],
  replication: [15 * seconds, 1.6, 15 * minutes],
}

function retryAt(kind: OutcomeKind, found: AttemptResult, attempts: number, now: number, since: number): number | undefined {
  if (found.started) return now + pollAfter(found.started, found.retryAfterMs, now)
  if (isStuck(kind)) return now + Math.min((found.going ? 15 * seconds : 5 * minutes) * 2 ** (attempts - 1), 60 * minutes)
  const refused = found.failure?.fields
  if (kind !== 'failed' || !refused || refused.class === 'permission' || refused.class === 'manual') return undefined
  if (refused.class === 'throttled')
    return now + (refused.retryAfterMs ?? 0) + (refused.isReserved ? 0 : Math.random() * Math.min(attempts, 4) * minutes)
  const [first, factor, most] = backoff[refused.class]
  const jitter = 0.9 + 0.2 * Math.random()
  // What has been refused for hours is retried less and less often.
  const ceiling = Math.max(most, Math.min((now - since) / 12, 60 * minutes))
  return now + Math.max(refused.retryAfterMs ?? 0, Math.min(first * factor ** (attempts - 1), ceiling) * jitter)
}

/**
 * An operation is polled after 15 seconds, then less and less often, by its age: an update of a cluster takes minutes to hours, a hundred at once
 * share a budget of two polls a second, and the event of its end usually comes first. The service's own suggestion counts, within limits.
 */
const pollAfter = ({ startedAt }: Operation, retryAfterMs: number | undefined, now: number): number =>
  Math.max(Math.min(retryAfterMs ?? 0, 10 * minutes), 15 * seconds, Math.min((now - startedAt) / 6, 5 * minutes))

function earliest(times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined)
  return known.length > 0 ? Math.min(...known) : undefined
}

/** Ten objects behind one refusal are one problem. */
function unlike(problems: readonly Problem[]): readonly Problem[] {
  const texts = new Map(problems.map((problem) => [`${problem.of ?? problem.users ?? ''} ${problem.text}`, problem]))
  return [...texts.values()]
}
