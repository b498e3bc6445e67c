// What an attempt does with its observation. Pure: nothing has been written or changed yet.
import type { ConcernOf } from '../contract/concern.ts'
import type { AnyStep, Mode } from '../contract/digest.ts'
import { noEffect } from '../contract/failures.ts'
import type { Failure } from '../errors/failure.ts'
import type { Change, DesiredObjects, LedgerEntry, Need } from '../model/managed-object.ts'
import type { Operation, StepRow } from '../model/outcome.ts'
import type { View } from '../model/view.ts'
import { type Contest, contest, contestedWithin } from '../plan/contested.ts'
import { effects } from '../plan/plan.ts'
import type { Ports } from '../ports/ports.ts'
import { permitted } from './allowed-now.ts'
import type { PlannedStep } from './observe.ts'
import type { Ended } from './operation.ts'
import { heldBack } from './paused.ts'
import { inReverse } from './removal.ts'

/** A step that is attempted, and its inputs. */
export type Attempt = {
  readonly step: AnyStep
  readonly view: View
  readonly before: StepRow | undefined
  readonly ports: Ports
  readonly mode: Mode
  readonly desired: DesiredObjects
  readonly tracked: readonly LedgerEntry[]
  readonly concern: ConcernOf
}

/** Changes to make now, and those that other writers keep reverting. */
export type Go = Contest & { readonly do: 'go' }

export type Decision =
  | { readonly do: 'nothing' }
  /** An operation that cannot be polled may still be running for these. */
  | { readonly do: 'wait for the operation'; readonly operation: Operation; readonly failure: Failure; readonly undone: readonly Change[] }
  /** An operation has ended, and these are not as they should be. */
  | { readonly do: 'fail'; readonly failure: Failure; readonly undone: readonly Change[] }
  | { readonly do: 'report'; readonly due: readonly Change[] }
  | { readonly do: 'wait at the gate'; readonly gate: Need }
  /** Other writers keep reverting everything that is to be changed. */
  | (Omit<Go, 'do'> & { readonly do: 'yield' })
  | Go

/** `wait`: what has to be deleted before this step's objects. `held`: what is not changed because connections are paused. */
export function decide(
  attempt: Attempt,
  planned: PlannedStep,
  operation: Ended | undefined,
): Decision & { readonly wait?: Need; readonly held: readonly Change[] } {
  const { step, view } = attempt
  const isHeld = heldBack(step, view)
  const { true: held = [], false: wouldChange = [] } = Object.groupBy(
    effects(planned.plan.changes).filter(permitted(step, view)),
    (change) => `${isHeld(change)}` as const,
  )
  const { now: due, wait } = inReverse(step, wouldChange, view)
  const decision = (operation && ofOperation(operation, wouldChange)) ?? ofChanges(attempt, due)
  return { ...decision, held, ...(wait ? { wait } : {}) }
}

function ofOperation(operation: Ended, wouldChange: readonly Change[]): Decision | undefined {
  const undone = wouldChange.filter(({ object }) => operation.objects?.includes(object.id) ?? true)
  if (undone.length === 0) return undefined
  if (operation.unreadable) return { do: 'wait for the operation', operation, failure: operation.unreadable, undone }
  return { do: 'fail', failure: operation.failure ?? noEffect(operation.what, undone), undone }
}

function ofChanges({ step, view, mode, ports, tracked, concern }: Attempt, due: readonly Change[]): Decision {
  if (due.length === 0) return { do: 'nothing' }
  if (mode === 'report') return { do: 'report', due }
  const gate = step.gate?.(view)
  if (gate) return { do: 'wait at the gate', gate }
  const rule = { now: ports.now(), requestedAt: view.requestedAt, writer: writerOf(view), concern }
  const contested = contest(due, tracked, rule)
  return { do: contested.changes.length === 0 ? 'yield' : 'go', ...contested }
}

/** Who else wrote the loop's own resource within the relevant time. */
const writerOf = ({ writer, now }: View): string | undefined => (writer && writer.at > now - contestedWithin ? writer.app : undefined)
