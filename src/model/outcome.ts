// What an attempt at a step recorded. The timeline, operations and the PUT's final state are made of these.
import type { Loop } from './loop.ts'
import type { Need } from './managed-object.ts'
import type { Concern, Problem } from './problem.ts'

/** Nothing stays as it is in silence for longer: what has no end by then is told, with its reason. */
export const hour = 60 * 60_000

/** A long-running operation under way at ARM. The URL is signed: a kind of secret, never logged. */
export type Operation = Concern & {
  readonly url: string
  readonly startedAt: number
  readonly what: string
  /** Ids of the things that it is about; absent = all that this step changes. */
  readonly objects?: readonly string[]
  /** Those who carry it out have seen a secret: what they say of it is not repeated. */
  readonly sawSecret?: true
}

export type OutcomeKind =
  | 'satisfied' // nothing differs
  | 'changed' // nothing differs now, something did
  | 'started' // an operation is under way
  | 'waiting' // something has to happen elsewhere first
  | 'reported' // it differs, and we may not or shall not change it: the problem says how to do it by hand
  | 'blocked' // a person has to mend something
  | 'failed' // tried, refused, will try again
  | 'unknown' // could not be looked at

/** One outcome can carry problems and waits of several members; `kind` is the gravest. */
export type Outcome = {
  readonly kind: OutcomeKind
  readonly problems: readonly Problem[]
  readonly waits: readonly Need[]
  readonly operation?: Operation
  /** What this attempt changed, in words. */
  readonly changed: readonly string[]
  /** What shall not be there any more and still is, in words; what cannot be reached is left behind and not owed. */
  readonly pendingDeletes: readonly string[]
}

/** Everything is as it shall be. */
export const isGood = (outcome: Pick<Outcome, 'kind'>): boolean => outcome.kind === 'satisfied' || outcome.kind === 'changed'

/** The store's row of a step. */
export type StepRow = {
  readonly step: string
  readonly etag: string
  readonly outcome: Outcome
  /** Attempts in a row that ended with this kind of outcome. */
  readonly attempts: number
  /** Since when the outcome is of this kind. */
  readonly since: number
  /** Since when it has not been well, whatever it was meanwhile: refused, started again, waiting. Absent: it is well. */
  readonly unwellSince?: number
  readonly ranAt: number
  /** When to look again by itself; absent = at the next audit. */
  readonly nextRunAt?: number
  /** The loop's look counter that this attempt had seen. */
  readonly resync: number
  /** Digest of what the step wanted. */
  readonly inputs: string
  /** The highest generation of the loop's own desired state that this attempt had seen. */
  readonly generation: number
  readonly facts: Readonly<Record<string, unknown>>
  /** Who still has to be told that the facts changed: written in the same transaction as the facts. */
  readonly wake: readonly Loop[]
}
