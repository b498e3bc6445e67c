// One step observed for a preflight: its own desired, observe and plan, so that it reports what the real attempt would find. No credential is read.

import { type AnyStep, adopts, digestOf, type Mode, type Modes, modeOf } from '../contract/digest.ts'
import { toObserve } from '../contract/to-observe.ts'
import { observeAndPlan, type PlannedStep } from '../engine/observe.ts'
import { problemOf } from '../errors/catalogue.ts'
import { closed, Failure } from '../errors/failure.ts'
import type { Loop, LoopKind } from '../model/loop.ts'
import type { Change, DesiredObjects, LedgerEntry, Need, ObservedState } from '../model/managed-object.ts'
import type { Problem } from '../model/problem.ts'
import type { View } from '../model/view.ts'
import { effects, plan } from '../plan/plan.ts'
import type { Ports } from '../ports/ports.ts'
import type { SimulatedLoops } from './simulated-loops.ts'

export type StepObservation = {
  readonly step: AnyStep
  readonly loop: Loop<LoopKind>
  readonly view: View
  readonly mode: Mode
  /** What would be created or changed now. What would be deleted is missing to no connection. */
  readonly due: readonly Change[]
  /** What would be changed after other steps. Known for Secrets only. */
  readonly later: readonly Change[]
  /** What others made, and is as it has to be. */
  readonly adopted: readonly Change[]
  readonly problems: readonly Problem[]
  /** What a change has to wait for. */
  readonly gate?: Need
}

type Foreseen = PlannedStep & { readonly later?: readonly Change[] }

export async function observeOnly(step: AnyStep, loop: Loop, world: SimulatedLoops, ports: Ports, modes: Modes): Promise<StepObservation> {
  const planned = await twice(step, loop, world, ports, modes)
  const view = world.view(loop)
  const mode = modeOf(step, view, modes)
  if ('fields' in planned) return { step, loop, view, mode, due: [], later: [], adopted: [], problems: [problemOf(planned.fields)] }
  const due = effects(planned.plan.changes).filter(({ action }) => action !== 'delete')
  const adopted = planned.plan.changes.filter(({ action }) => action === 'adopt')
  const gate = due.length > 0 && mode === 'apply' ? step.gate?.(view) : undefined
  const problems = [...planned.plan.faults.map(problemOf), ...planned.plan.unknown]
  return { step, loop, view, mode, due, later: planned.later ?? [], adopted, problems, ...(gate ? { gate } : {}) }
}

/** What observing finds can change the step's desired objects, as in the real loop: limits count existing objects. */
async function twice(step: AnyStep, loop: Loop, world: SimulatedLoops, ports: Ports, modes: Modes): Promise<Foreseen | Failure> {
  const inputs = digestOf(step, world.view(loop), modes)
  const first = await once(step, loop, world, ports)
  return first instanceof Failure || digestOf(step, world.view(loop), modes) === inputs ? first : await once(step, loop, world, ports)
}

async function once(step: AnyStep, loop: Loop, world: SimulatedLoops, ports: Ports): Promise<Foreseen | Failure> {
  const view = world.view(loop)
  const desired: DesiredObjects = step.desired(view)
  try {
    const observe = step.name === 'write-resources' ? presence : observeAndPlan
    const planned = await observe(step, view, desired, view.tracked(step.name), ports)
    world.update(loop, planned.observation.facts)
    return planned
  } catch (error) {
    // A refusal that passes by waiting: the caller should ask again.
    if (!(error instanceof Failure) || !closed(error)) throw error
    return error
  }
}

/**
 * For a Secret only its existence and owner, because its data contains a credential; also for one that is still waited for. One without the app's
 * mark counts as someone else's.
 */
async function presence(step: AnyStep, view: View, desired: DesiredObjects, rows: readonly LedgerEntry[], ports: Ports): Promise<Foreseen> {
  const objects = [...desired.objects, ...(desired.later ?? [])]
  const asTracked = objects.map((object): LedgerEntry => ({ object, ownership: 'intended', since: view.now }))
  const observation: PlannedStep['observation'] = await step.observe(view, toObserve([], asTracked), ports)
  const tracked = new Set(rows.map(({ object }) => object.id))
  const observed = observation.observed.map(
    (one): ObservedState =>
      one.state === 'same' && one.mark !== 'ours' && !tracked.has(one.id)
        ? { ...one, state: 'different', difference: 'it does not carry the mark of this installation' }
        : one,
  )
  const found = plan({ ...desired, objects, later: [] }, observed, rows, { adopt: adopts(view), now: view.now })
  const ready = new Set(desired.objects.map(({ id }) => id))
  const isReady = ({ object }: Change): boolean => ready.has(object.id)
  return {
    observation,
    plan: { ...found, changes: found.changes.filter(isReady) },
    later: found.changes.filter((change) => change.action === 'update' && !isReady(change)),
  }
}
