// What an attempt at a step recorded. The timeline, operations and the final state of a PUT are made of these.
import type { Loop } from './loop.ts'
import type { Need } from './managed-object.ts'
import type { Concern, Problem } from './problem.ts'
import type { StepName } from './step-name.ts'

/** No state is silent for longer: anything that has not ended by then is reported, with its reason. */
export const hour = 60 * 60_000

/** A long-running ARM operation in progress. The URL is signed, which makes it a kind of secret: never log it. */
export type Operation = Concern & {
  readonly url: string
  readonly startedAt: number
  readonly what: string
  /** Ids of the objects that it changes; absent = all that this step changes. */
  readonly objects?: readonly string[]
  /** Those that carry it out have seen a secret, so their messages are not repeated. */
  readonly sawSecret?: true
}

export type OutcomeKind =
  | 'satisfied' // nothing differs
  | 'changed' // nothing differs now, something did
  | 'started' // an operation is in progress
  | 'waiting' // something has to happen elsewhere first
  | 'reported' // it differs, and the app may not or must not change it: the problem says how to do it by hand
  | 'blocked' // a person has to repair something
  | 'failed' // tried, refused, will try again
  | 'unknown' // could not be observed

/** One outcome can carry problems and waits of several members; `kind` is the gravest. */
export type Outcome = {
  readonly kind: OutcomeKind
  readonly problems: readonly Problem[]
  readonly waits: readonly Need[]
  readonly operation?: Operation
  /** What this attempt changed, in words. */
  readonly changed: readonly string[]
  /** Objects that should be gone and still exist, in words; an object that cannot be reached is orphaned instead. */
  readonly pendingDeletes: readonly string[]
}

/** The state is as desired. */
export const isGood = (outcome: Pick<Outcome, 'kind'>): boolean => outcome.kind === 'satisfied' || outcome.kind === 'changed'

/** Entries of the history: how many of one life of a step or connection, and when that began. */
export type Noted = { readonly life: number; readonly count: number }

/** The store's row of a step. */
export type StepRow = {
  readonly step: StepName
  readonly etag: string
  readonly outcome: Outcome
  /** Attempts in a row that ended with this kind of outcome. */
  readonly attempts: number
  /** Since when the outcome has been of this kind. */
  readonly since: number
  /** Since when it has not been well, across kinds: refused, started again, waiting. Absent: it is well. */
  readonly unwellSince?: number
  readonly ranAt: number
  /** When to run again by itself; absent = at the next audit. */
  readonly nextRunAt?: number
  /** The loop's resync counter as of this attempt. */
  readonly resync: number
  /** Digest of the step's inputs. */
  readonly inputs: string
  /** The highest generation of the loop's own spec that this attempt saw. */
  readonly generation: number
  readonly facts: Readonly<Record<string, unknown>>
  /** The entries of the history that it has written. */
  readonly noted?: Noted
  /** Loops still to be notified that the facts changed: written in the same transaction as the facts. */
  readonly wake: readonly Loop[]
}
