// What an attempt found becomes its outcome: the gravest kind, the problems, and when to look again.
import { early } from '../contract/next.ts'
import { problemOf } from '../errors/catalogue.ts'
import type { Failure, FailureClass } from '../errors/failure.ts'
import type { Key } from '../model/loop.ts'
import type { LedgerEntry, Need } from '../model/managed-object.ts'
import { past } from '../model/moments.ts'
import { isGood, type Operation, type Outcome, type OutcomeKind, type StepRow } from '../model/outcome.ts'
import { isWarning, type Problem } from '../model/problem.ts'
import { intendedFor } from '../plan/plan.ts'

export type AttemptResult = {
  readonly tracked: readonly LedgerEntry[]
  readonly problems: readonly Problem[]
  readonly waits: readonly Need[]
  readonly unknown: readonly Problem[]
  /** Something is being deleted, which mostly takes moments. */
  readonly going?: true
  readonly changed: readonly string[]
  readonly pendingDeletes: readonly string[]
  readonly started?: Operation
  readonly retryAfterMs?: number
  readonly report?: Problem
  readonly failure?: Failure
  /** The members that the failure is about. */
  readonly of?: Key
  readonly users?: readonly Key[]
  readonly whileLooking?: true
  /** How a person would make the change that was refused. */
  readonly commands?: NonNullable<Problem['commands']>
  readonly nextRunAt?: number
}

/** A look that counts as due already would be taken again at once, and again. */
const soonest = early + 1
const seconds = 1_000
const minutes = 60 * seconds

type Judged = Pick<StepRow, 'outcome' | 'attempts' | 'since' | 'unwellSince' | 'nextRunAt'>

export function finish(found: AttemptResult, before: StepRow | undefined, now: number): Judged {
  const kind = kindOf(found)
  const failed = found.failure && {
    ...problemOf({ code: found.failure.fields.code, about: found.failure.fields.about }),
    // Where the object is in the way, it has to go first: what would make it cannot help.
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
    // An operation that goes on is asked for in its own rhythm, and so is what is being deleted.
    ...(kind === 'started' || (isStuck(kind) && found.pendingDeletes.length === 0) ? [] : found.tracked.map((row) => onItsWay(row, now))),
  ])
  return {
    outcome,
    attempts,
    since,
    ...(unwellSince === undefined ? {} : { unwellSince }),
    ...(nextRunAt === undefined ? {} : { nextRunAt: Math.max(nextRunAt, now + soonest) }),
  }
}

const calm = (kind: OutcomeKind): boolean => kind === 'satisfied' || kind === 'changed' || kind === 'waiting'

/** What was intended and refused is intended anew at each look: only the growing pauses may say when, or it would be tried for ever. */
const isStuck = (kind: OutcomeKind): boolean => kind === 'blocked' || kind === 'reported' || kind === 'unknown'

/** Once that time has passed, this look has seen what became of it: then only the pauses count, or it would be looked for every two seconds. */
const onItsWay = (row: LedgerEntry, now: number): number | undefined =>
  row.ownership === 'intended' && row.since + intendedFor > now ? row.since + intendedFor : undefined

/** What has been waited for in vain for an hour will not come within the next minute. Whoever brings it about wakes the loop. */
const lessOften = (nextRunAt: number, since: number, now: number): number =>
  Math.max(nextRunAt, now + Math.min((now - since) / 4, 15 * minutes))

/** The gravest first. A right that is missing turns a step into a report, never into a failure loop. */
function kindOf(found: AttemptResult): OutcomeKind {
  if (found.started) return 'started'
  const refusal = found.failure?.fields.class
  if (refusal === 'permission') return found.whileLooking ? 'unknown' : 'reported'
  if (refusal === 'manual') return 'blocked'
  if (refusal !== undefined) return 'failed'
  if (!found.problems.every(isWarning)) return 'blocked'
  if (found.report) return 'reported'
  if (found.unknown.length > 0 || found.tracked.some((row) => row.ownership === 'orphaned')) return 'unknown'
  if (found.waits.length > 0) return 'waiting'
  return found.changed.length > 0 ? 'changed' : 'satisfied'
}

/**
 * First delay, growth and ceiling by class of refusal (docs/azure-behaviour.md#which-refusals-pass). Who was throttled waits as told and then anywhere within a
 * minute, in a longer span each time: a herd that was turned away together must not come back together, for ARM's buckets hold ten seconds' worth.
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
  // What has been refused for hours is tried less and less often.
  const ceiling = Math.max(most, Math.min((now - since) / 12, 60 * minutes))
  return now + Math.max(refused.retryAfterMs ?? 0, Math.min(first * factor ** (attempts - 1), ceiling) * jitter)
}

/**
 * An operation is asked for after 15 seconds, then less and less often, by its age: an update of a cluster takes minutes to hours, a hundred at once
 * share a budget of two polls a second, and the event of its end mostly comes first. What the service asks for counts, within reason.
 */
const pollAfter = ({ startedAt }: Operation, retryAfterMs: number | undefined, now: number): number =>
  Math.max(Math.min(retryAfterMs ?? 0, 10 * minutes), 15 * seconds, Math.min((now - startedAt) / 6, 5 * minutes))

function earliest(times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined)
  return known.length > 0 ? Math.min(...known) : undefined
}

/** Ten things behind one closed door are one problem. */
function unlike(problems: readonly Problem[]): readonly Problem[] {
  const texts = new Map(problems.map((problem) => [`${problem.of ?? problem.users ?? ''} ${problem.text}`, problem]))
  return [...texts.values()]
}
