// One step carried out: look, plan, mode and gate, intend, apply, look again. What it found goes to attempt-result.ts, which judges it.

import { concernIn, served } from '../contract/concern.ts'
import { type AnyStep, adopts, type Mode } from '../contract/digest.ts'
import { closed, concerning, failure, noEffect, reportOf } from '../contract/failures.ts'
import type { Applied, Observation } from '../contract/step.ts'
import { problemOf } from '../errors/catalogue.ts'
import type { Failure } from '../errors/failure.ts'
import type { LoopKind } from '../model/loop.ts'
import type { Change, DesiredObjects, LedgerEntry, ObservedState, Plan } from '../model/managed-object.ts'
import type { StepRow } from '../model/outcome.ts'
import type { View } from '../model/view.ts'
import { contest, contestedWithin, revertedAtOnce } from '../plan/contested.ts'
import { effects, intendedFor, intentions, plan } from '../plan/plan.ts'
import type { Ports } from '../ports/ports.ts'
import { permitted } from './allowed-now.ts'
import type { AttemptResult } from './attempt-result.ts'
import { pollOperation } from './operation.ts'
import { givingUp, inReverse, orphanUnreachable, outOfPatience, takenByHand } from './removal.ts'

/** Writes what is about to be made; `false` = overtaken. */
type Intend = (tracked: readonly LedgerEntry[]) => Promise<boolean>
export type PlannedStep = { readonly observation: Observation<LoopKind, unknown>; readonly plan: Plan }
export type Run = AttemptResult & { readonly facts: Observation<LoopKind, unknown>['facts'] }

export async function carryOut(
  step: AnyStep,
  view: View,
  before: StepRow | undefined,
  ports: Ports,
  mode: Mode,
  intend: Intend,
): Promise<Run | 'stale'> {
  const tracked = view.tracked(step.name)
  const concern = concernIn(step, view)
  const desired: DesiredObjects = step.desired(view)
  const operation = await pollOperation(step, before?.outcome.operation, tracked, ports)
  if (operation && 'underWay' in operation) return { ...nothing, ...orphanUnreachable(tracked, desired, [], view), ...operation.underWay }

  const look = (rows: readonly LedgerEntry[]): Promise<PlannedStep> => observeAndPlan(step, view, desired, rows, ports)
  let first: PlannedStep
  try {
    first = await look(tracked)
  } catch (error) {
    return notObserved(step, view, failure(error, `look at what ${step.name} is about`), desired, before)
  }
  const wouldChange = effects(first.plan.changes).filter(permitted(step, view))
  const { now: due, wait } = inReverse(step, wouldChange, view)
  const observed = found(step, first, desired, view, wait)
  const undone = operation ? wouldChange.filter(({ object }) => operation.objects?.includes(object.id) ?? true) : []
  if (operation && undone.length > 0) {
    if (operation.unreadable)
      return { ...observed, tracked, started: operation, failure: operation.unreadable, ...concerning(undone, concern) }
    return { ...observed, failure: operation.failure ?? noEffect(operation.what, undone), ...concerning(undone, concern) }
  }
  if (due.length === 0) return observed
  if (mode === 'report')
    return {
      ...observed,
      ...givingUp({ ...observed, tracked: requestedByHand(observed.tracked, due, ports.now()) }, due),
      report: reportOf(step, due, view, mode, concern),
    }
  const gate = step.gate?.(view)
  if (gate) return { ...observed, waits: [...observed.waits, gate] }
  const {
    changes: now,
    contested,
    repeated,
  } = contest(due, tracked, { now: ports.now(), requestedAt: view.requestedAt, writer: writerOf(view), concern })
  const disputes = contested.map(({ fault }) => problemOf(fault))
  const left = contested.map(({ row }) => row)
  if (now.length === 0) return { ...observed, tracked: withRows(observed.tracked, left), problems: [...observed.problems, ...disputes] }

  const intended = intentions(withRows(first.plan.tracked, [...repeated, ...left]), now, ports.now())
  if (!(await intend(intended))) return 'stale'
  const pending = orphanUnreachable(intended, desired, first.observation.observed, view, wait === undefined)
  let applied: Applied | undefined
  let refused: Failure | undefined
  try {
    applied = (await step.apply?.(now, first.observation.found, view, ports)) ?? { done: true }
  } catch (error) {
    refused = failure(error, `${now[0]?.action} ${now[0]?.object.summary}`)
  }
  if (applied && 'started' in applied)
    return { ...observed, tracked: pending.tracked, started: { ...applied.started, ...concerning(now, concern) } }

  // Looked at again, failed or not: an answer can be lost after the effect, and a success can be a silent no-op.
  const commands = refused && step.byHand?.(now, view)
  let second: PlannedStep
  try {
    second = await look(intended)
  } catch (error) {
    return {
      ...observed,
      ...pending,
      problems: [...observed.problems, ...disputes],
      failure: refused ?? failure(error, `look at what ${step.name} has changed`),
      ...concerning(now, concern),
      ...(commands ? { commands } : {}),
    }
  }
  const still = effects(second.plan.changes).filter((change) => now.some((tried) => sameChange(tried, change)))
  const planned = found(step, second, desired, view, wait)
  const after = {
    ...planned,
    tracked: withRows(revertedAtOnce(planned.tracked, still), left),
    problems: [...planned.problems, ...disputes],
  }
  const done = now.filter((tried) => !still.some((change) => sameChange(tried, change)))
  const failed = still.length === 0 ? undefined : (refused ?? (applied && 'done' in applied ? noEffect(step.name, still) : undefined))
  return {
    ...after,
    ...(refused && (closed(refused) || outOfPatience(step, desired, tracked, before, view)) ? givingUp(after, still) : {}),
    waits: [...after.waits, ...(applied && 'waiting' in applied ? applied.waiting : [])],
    changed: done.map((change) => `${words[change.action]} ${change.object.summary}`),
    ...(failed ? { failure: failed, ...concerning(still, concern), ...(commands ? { commands } : {}) } : {}),
  }
}

/**
 * What a report asks a person to make counts as made for us once it is there, with our marks on it: marks alone would not do. Nothing of it is on its
 * way, so it is forgotten at once where it is absent and no longer desired.
 */
const requestedByHand = (tracked: readonly LedgerEntry[], changes: readonly Change[], now: number): readonly LedgerEntry[] =>
  intentions(
    tracked,
    changes.filter(({ action }) => action === 'create'),
    now - intendedFor,
  )

/** One look, and what it would change. Nothing is changed by it: the preflight looks in this way, too. */
export async function observeAndPlan(
  step: AnyStep,
  view: View,
  desired: DesiredObjects,
  rows: readonly LedgerEntry[],
  ports: Ports,
): Promise<PlannedStep> {
  const observation: PlannedStep['observation'] = await step.observe(view, desired.objects, rows, ports)
  const faults = [...(desired.faults ?? []), ...(observation.faults ?? [])]
  const tooEarly = new Set(observation.later)
  const objects = desired.objects.filter(({ id }) => !tooEarly.has(id))
  const later = [...(desired.later ?? []), ...desired.objects.filter(({ id }) => tooEarly.has(id))]
  const rule = { adopt: adopts(view), now: ports.now(), concern: concernIn(step, view) }
  return { observation, plan: plan({ ...desired, objects, later, faults }, observation.observed, rows, rule) }
}

const words = { create: 'made', update: 'updated', delete: 'removed', adopt: 'adopted', release: 'released', forget: 'forgot' } as const
const sameChange = (a: Change, b: Change): boolean => a.object.id === b.object.id && a.action === b.action

const nothing = { problems: [], waits: [], unknown: [], changed: [], pendingDeletes: [], facts: undefined } as const

const withRows = (tracked: readonly LedgerEntry[], others: readonly LedgerEntry[]): readonly LedgerEntry[] =>
  tracked.map((row) => others.find(({ object }) => object.id === row.object.id) ?? row)

/** Who else wrote to the loop's own resource within the time that counts. */
const writerOf = ({ writer, now }: View): string | undefined => (writer && writer.at > now - contestedWithin ? writer.app : undefined)

function found(step: AnyStep, planned: PlannedStep, desired: DesiredObjects, view: View, wait: ReturnType<typeof inReverse>['wait']): Run {
  const { observed, facts, nextRunAt, waiting = [] } = planned.observation
  const left = orphanUnreachable(planned.plan.tracked, desired, observed, view, wait === undefined)
  const commands = takenByHand(step, left.tracked, view)
  return {
    ...nothing,
    ...left,
    problems: planned.plan.faults.map(problemOf),
    waits: [...(desired.waiting ?? []), ...waiting, ...(wait ? [wait] : [])],
    unknown: planned.plan.unknown.map((problem) => (commands && !problem.commands ? { ...problem, commands } : problem)),
    ...(observed.some((look) => look.state === 'unknown' && look.going) ? { going: true } : {}),
    facts,
    ...(nextRunAt === undefined ? {} : { nextRunAt }),
  }
}

/** Nothing could be looked at: what shall go and lies behind a closed door, or a silent one, is left behind, anything else is still owed. */
function notObserved(step: AnyStep, view: View, refused: Failure, desired: DesiredObjects, before: StepRow | undefined): Run {
  const tracked = view.tracked(step.name)
  const isSilent = !closed(refused) && outOfPatience(step, desired, tracked, before, view)
  const problem = problemOf(refused.fields)
  const unreachable = tracked.map(({ object }): ObservedState => ({ id: object.id, state: 'unknown', problem }))
  const left = orphanUnreachable(tracked, desired, closed(refused) || isSilent ? unreachable : [], view)
  const commands = takenByHand(step, left.tracked, view)
  const observed = { ...nothing, ...left, problems: (desired.faults ?? []).map(problemOf), waits: desired.waiting ?? [] }
  const objects = [...desired.objects, ...(desired.later ?? []), ...tracked.map(({ object }) => object)]
  const whom = served(step, view, objects, concernIn(step, view))
  if (isSilent) return { ...observed, unknown: [{ ...problem, ...whom, ...(commands ? { commands } : {}) }] }
  return { ...observed, failure: refused, whileLooking: true, ...whom, ...(commands ? { commands } : {}) }
}
