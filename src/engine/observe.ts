// One observation of a step, and its result if nothing is changed.
import { concernIn, served } from '../contract/concern.ts'
import { type AnyStep, adopts } from '../contract/digest.ts'
import type { Observation } from '../contract/step.ts'
import { toObserve } from '../contract/to-observe.ts'
import { problemOf } from '../errors/catalogue.ts'
import { closed, type Failure } from '../errors/failure.ts'
import type { LoopKind } from '../model/loop.ts'
import type { DesiredObjects, LedgerEntry, Need, ObservedState, Plan } from '../model/managed-object.ts'
import type { StepRow } from '../model/outcome.ts'
import type { View } from '../model/view.ts'
import { plan } from '../plan/plan.ts'
import type { Ports } from '../ports/ports.ts'
import type { AttemptResult } from './attempt-result.ts'
import { withKept } from './kept.ts'
import { orphanUnreachable, outOfPatience, takenByHand } from './removal.ts'

export type PlannedStep = { readonly observation: Observation<LoopKind, unknown>; readonly plan: Plan }
export type Run = AttemptResult & { readonly facts: Observation<LoopKind, unknown>['facts'] }

export const nothing = { problems: [], waits: [], unknown: [], changed: [], pendingDeletes: [], facts: undefined } as const

/** One observation, and what it would change. It changes nothing; the preflight uses it, too. */
export async function observeAndPlan(
  step: AnyStep,
  view: View,
  desired: DesiredObjects,
  rows: readonly LedgerEntry[],
  ports: Ports,
): Promise<PlannedStep> {
  const observation: PlannedStep['observation'] = await step.observe(view, toObserve(desired.objects, rows), ports)
  const faults = [...(desired.faults ?? []), ...(observation.faults ?? [])]
  const unreached = new Set(observation.notYetReached)
  const tooEarly = new Set([...(observation.later ?? []), ...unreached])
  const objects = desired.objects.filter(({ id }) => !tooEarly.has(id))
  const leaving = rows.flatMap(({ object }) =>
    unreached.has(object.id) && !desired.objects.some(({ id }) => id === object.id) ? [object] : [],
  )
  const later = [...(desired.later ?? []), ...desired.objects.filter(({ id }) => tooEarly.has(id)), ...leaving]
  const rule = { adopt: adopts(view), now: ports.now(), concern: concernIn(step, view) }
  return { observation, plan: plan({ ...desired, objects, later, faults }, observation.observed, withKept(step, view, rows), rule) }
}

/** Without those that are not reached yet. */
export const reached = ({ observed, notYetReached = [] }: PlannedStep['observation']): readonly ObservedState[] =>
  observed.filter(({ id }) => !notYetReached.includes(id))

/** `wait`: what has to be deleted before this step's objects. */
export function found(step: AnyStep, planned: PlannedStep, desired: DesiredObjects, view: View, wait: Need | undefined): Run {
  const { observed, facts, nextRunAt, waiting = [] } = planned.observation
  const left = orphanUnreachable(planned.plan.tracked, desired, reached(planned.observation), view, wait === undefined)
  const commands = takenByHand(step, left.tracked, view)
  return {
    ...nothing,
    ...left,
    problems: planned.plan.faults.map(problemOf),
    waits: [...(desired.waiting ?? []), ...waiting, ...(wait ? [wait] : [])],
    unknown: planned.plan.unknown.map((problem) => (commands && !problem.commands ? { ...problem, commands } : problem)),
    ...(observed.some((one) => one.state === 'unknown' && one.going) ? { going: true } : {}),
    facts,
    ...(nextRunAt === undefined ? {} : { nextRunAt }),
  }
}

/** Nothing could be observed: what is to be deleted and lies behind a refusal or a silent server is orphaned, anything else stays pending. */
export function notObserved(step: AnyStep, view: View, refused: Failure, desired: DesiredObjects, before: StepRow | undefined): Run {
  const tracked = withKept(step, view, view.tracked(step.name))
  const isSilent = !closed(refused) && outOfPatience(step, desired, tracked, before, view)
  const problem = problemOf(refused.fields)
  const unreachable = tracked.map(({ object }): ObservedState => ({ id: object.id, state: 'unknown', problem }))
  const left = orphanUnreachable(tracked, desired, closed(refused) || isSilent ? unreachable : [], view)
  const commands = takenByHand(step, left.tracked, view)
  const observed = { ...nothing, ...left, problems: (desired.faults ?? []).map(problemOf), waits: desired.waiting ?? [] }
  const objects = [...desired.objects, ...(desired.later ?? []), ...tracked.map(({ object }) => object)]
  const whom = served(step, view, objects, concernIn(step, view))
  if (isSilent) return { ...observed, unknown: [{ ...problem, ...whom, ...(commands ? { commands } : {}) }] }
  return { ...observed, failure: refused, whileObserving: true, ...whom, ...(commands ? { commands } : {}) }
}
