// One step carried out: poll the running operation, observe, decide, apply, verify. attempt-result.ts judges the result.
import { concernIn } from '../contract/concern.ts'
import type { AnyStep, Mode } from '../contract/digest.ts'
import { concerning, failure, reportOf } from '../contract/failures.ts'
import { pausedIn } from '../contract/paused.ts'
import { problemOf } from '../errors/catalogue.ts'
import type { Change, LedgerEntry } from '../model/managed-object.ts'
import type { StepRow } from '../model/outcome.ts'
import type { Problem } from '../model/problem.ts'
import type { View } from '../model/view.ts'
import { intendedFor, intentions } from '../plan/plan.ts'
import type { Ports } from '../ports/ports.ts'
import { applyChanges, disputesOf, type Intend, rowsOf, withRows } from './apply-changes.ts'
import { type Attempt, decide } from './decide.ts'
import { found, nothing, notObserved, observeAndPlan, type PlannedStep, type Run } from './observe.ts'
import { pollOperation } from './operation.ts'
import { givingUp, orphanUnreachable } from './removal.ts'

export async function carryOut(
  step: AnyStep,
  view: View,
  before: StepRow | undefined,
  ports: Ports,
  mode: Mode,
  intend: Intend,
): Promise<Run | 'stale'> {
  const tracked = view.tracked(step.name)
  const attempt: Attempt = { step, view, before, ports, mode, desired: step.desired(view), tracked, concern: concernIn(step, view) }
  const { desired } = attempt
  const operation = await pollOperation(step, before?.outcome.operation, tracked, ports)
  if (operation && 'underWay' in operation) return { ...nothing, ...orphanUnreachable(tracked, desired, [], view), ...operation.underWay }

  let first: PlannedStep
  try {
    first = await observeAndPlan(step, view, desired, tracked, ports)
  } catch (error) {
    return notObserved(step, view, failure(error, `read what ${step.name} manages`), desired, before)
  }

  const decision = decide(attempt, first, operation)
  const run = await carryOn(attempt, first, decision, intend)
  return run === 'stale' || run.report || decision.held.length === 0 ? run : { ...run, report: heldReport(attempt, decision.held) }
}

async function carryOn(attempt: Attempt, first: PlannedStep, decision: ReturnType<typeof decide>, intend: Intend): Promise<Run | 'stale'> {
  const { step, view, desired, concern, tracked } = attempt
  const { wait } = decision
  const observed = found(step, first, desired, view, wait)
  switch (decision.do) {
    case 'nothing':
      return observed
    case 'wait for the operation': {
      const { operation: started, failure: unreadable, undone } = decision
      return { ...observed, tracked, started, failure: unreadable, ...concerning(undone, concern) }
    }
    case 'fail':
      return { ...observed, failure: decision.failure, ...concerning(decision.undone, concern) }
    case 'report':
      return reported(attempt, observed, decision.due)
    case 'wait at the gate':
      return { ...observed, waits: [...observed.waits, decision.gate] }
    case 'yield':
      return {
        ...observed,
        tracked: withRows(observed.tracked, rowsOf(decision)),
        problems: [...observed.problems, ...disputesOf(decision)],
      }
    case 'go':
      return await applyChanges(attempt, { first, observed, wait }, decision, intend)
  }
}

function heldReport({ step, view, concern }: Attempt, held: readonly Change[]): Problem {
  const commands = step.byHand?.(held, view)
  const changes = held.map(({ action, object }) => `${action} ${object.summary}`).join(', ')
  const about = {
    name: pausedIn(view)
      .map(({ name }) => name)
      .join(', '),
    changes,
  }
  return { ...problemOf({ code: 'HeldBack', about }), ...(commands ? { commands } : {}), ...concerning(held, concern) }
}

function reported({ step, view, ports, mode, concern }: Attempt, observed: Run, due: readonly Change[]): Run {
  return {
    ...observed,
    ...givingUp({ ...observed, tracked: requestedByHand(observed.tracked, due, ports.now()) }, due),
    report: reportOf(step, due, view, mode, concern),
  }
}

/**
 * What a report asks a person to make counts as made by the app once it exists with the app's marks: marks alone would not be enough. It is not on
 * its way, so it is forgotten at once if it is absent and no longer desired.
 */
const requestedByHand = (tracked: readonly LedgerEntry[], changes: readonly Change[], now: number): readonly LedgerEntry[] =>
  intentions(
    tracked,
    changes.filter(({ action }) => action === 'create'),
    now - intendedFor,
  )
