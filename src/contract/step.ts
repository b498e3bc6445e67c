// The contract of a step: one named, idempotent unit of work of one loop. `desired` is pure, `observe` is read-only, and only `apply` changes
// anything; attempt.ts is the only way to run a step, program.ts the list.

import type { Code } from '../model/code.ts'
import type { Connection } from '../model/connection.ts'
import type { Facts } from '../model/facts.ts'
import type { LoopKind } from '../model/loop.ts'
import type { Change, DesiredObjects, ManagedObject, Need, ObservedState } from '../model/managed-object.ts'
import type { Operation } from '../model/outcome.ts'
import type { Fault, Problem } from '../model/problem.ts'
import type { StepName } from '../model/step-name.ts'
import type { Installation, View } from '../model/view.ts'
import type { Ports } from '../ports/ports.ts'
import type { ToObserve } from './to-observe.ts'

/** The result of an apply. Anything else that goes wrong is thrown as a `Failure` (errors/failure.ts), and attempt makes the outcome. */
export type Applied = { readonly done: true } | { readonly started: Operation } | { readonly waiting: readonly Need[] }

export type Observation<K extends LoopKind, F> = {
  readonly observed: readonly ObservedState[]
  /** Facts that this step answers for; those that it names replace the former ones, `undefined` deletes one. */
  readonly facts?: { readonly [P in keyof Facts[K]]?: Facts[K][P] | undefined }
  /** Faults that only observing could find: the target is gone, its limit is reached. */
  readonly faults?: readonly Fault[]
  /** What observing found to be in progress elsewhere. */
  readonly waiting?: readonly Need[]
  /** Ids of desired objects for which observing found that it is too early: neither created nor deleted now. */
  readonly later?: readonly string[]
  /** Ids of objects, desired or not, that the app is about to reach: neither changed nor given up now, whatever is observed of them. */
  readonly notYetReached?: readonly string[]
  /** Run again by then, even if nothing differs: a missing cluster is read a second time. */
  readonly nextRunAt?: number
  readonly found: F
}

/** F = what observing found and applying needs (raw body, rule list, built objects); it never leaves the activity. */
export interface Step<K extends LoopKind = LoopKind, T extends ManagedObject = ManagedObject, F = undefined> {
  /** Also the name of its spans, and in the store. */
  readonly name: StepName<K>
  readonly loop: K
  /** Steps of the same loop; orders reads, and deletes in reverse. It does not require their success. */
  readonly after: readonly StepName<K>[]
  /** Loops whose facts it uses: they are loaded first, and a change of them wakes this loop. */
  readonly reads: readonly LoopKind[]
  /** Whether a change of this step's own facts can matter to a member. Absent: every change matters to all of them. */
  concerns?(member: Connection, before: Partial<Facts[K]>, after: Partial<Facts[K]>, view: View<K>): boolean
  /** Whether it does anything for a member. Absent: for all of them, or its objects tell. */
  serves?(member: Connection): boolean
  /** Whether the installation has it at all. Absent: always. */
  enabled?(installation: Installation): boolean
  /** What it made is of use without the connection: it stays where `onDelete` says so. */
  readonly outlives?: true
  /** It changes the cluster itself: it applies only if a policy has `changeClusters`. */
  readonly changesCluster?: true
  /** Code of its report, if the usual one does not fit. */
  readonly reportAs?: Code
  /** What else, besides the desired objects, makes the step due when it changes. */
  inputs?(view: View<K>): unknown
  desired(view: View<K>): DesiredObjects<T>
  /** Answers for exactly these objects. */
  observe(view: View<K>, what: ToObserve<T>, ports: Ports): Promise<Observation<K, F>>
  apply?(changes: readonly Change<T>[], found: F, view: View<K>, ports: Ports): Promise<Applied>
  /**
   * How long to wait for an answer if nothing of the step should remain; then its objects are orphaned. Absent: as long as it takes. A missing right
   * is not waited for at all.
   */
  readonly patienceMs?: number
  /** An operation is given up after this time, and a read tells its result. Absent: an hour. */
  readonly operationLimitMs?: number
  /** Called only if something must change: the cluster is `Succeeded` and idle. */
  gate?(view: View<K>): Need | undefined
  /** How a person makes these changes. `undefined`: no command would help. */
  byHand?(changes: readonly Change<T>[], view: View<K>): Problem['commands'] | undefined
}
