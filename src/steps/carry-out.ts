// One step carried out: look, plan, mode and gate, intend, apply, look again. What it found goes to findings.ts, which judges it.
import type { LoopKind } from '../domain/loop.ts'
import type { StepRow } from '../domain/outcome.ts'
import { effects, plan } from '../domain/plan.ts'
import type { Held } from '../domain/thing.ts'
import type { View } from '../domain/view.ts'
import { problemOf } from '../errors/catalogue.ts'
import { Failure } from '../errors/failure.ts'
import { type AnyStep, adopts, type Mode } from './digest.ts'
import { failure, noEffect, operationFailed, reportOf } from './failures.ts'
import type { Findings } from './findings.ts'
import type { Ports } from './ports.ts'
import { inReverse, leaveBehind } from './removal.ts'
import type { Applied, Observed } from './step.ts'

/** Writes what is about to be made; `false` = overtaken. */
type Intend = (held: readonly Held[]) => Promise<boolean>
export type Run = Findings & { readonly facts: Observed<LoopKind, unknown>['facts'] }

export async function carryOut(
  step: AnyStep,
  view: View,
  before: StepRow | undefined,
  ports: Ports,
  mode: Mode,
  intend: Intend,
): Promise<Run | 'ghost'> {
  const held = view.held(step.name)
  const nothing: Run = { held, problems: [], waits: [], unseen: [], changed: [], owes: [], facts: undefined }

  // An operation under way is asked first, and nothing else is done while it runs.
  const underWay = before?.outcome.operation
  let afterOperation: Failure | 'done' | undefined
  if (underWay) {
    try {
      const state = await ports.arm.operation(underWay.url)
      if (state.state === 'running')
        return { ...nothing, started: underWay, ...(state.retryAfterMs === undefined ? {} : { retryAfterMs: state.retryAfterMs }) }
      afterOperation = state.state === 'done' ? 'done' : operationFailed(underWay.what, state)
    } catch (error) {
      return { ...nothing, started: underWay, failure: failure(error, `ask for the operation '${underWay.what}'`) }
    }
  }

  const wanted = step.wanted(view)
  const rule = { adopt: adopts(view), now: ports.now() }
  const look = async (rows: readonly Held[]) => {
    const observed: Observed<LoopKind, unknown> = await step.observe(view, wanted.things, rows, ports)
    return {
      observed,
      plan: plan({ ...wanted, faults: [...(wanted.faults ?? []), ...(observed.faults ?? [])] }, observed.seen, rows, rule),
    }
  }
  const found = (looked: Awaited<ReturnType<typeof look>>): Run => ({
    ...leaveBehind(looked.plan.held, wanted.things, wanted.later ?? [], looked.observed.seen),
    problems: looked.plan.faults.map(problemOf),
    waits: wanted.waiting ?? [],
    unseen: looked.plan.unseen,
    changed: [],
    facts: looked.observed.facts,
    ...(looked.observed.lookAt === undefined ? {} : { lookAt: looked.observed.lookAt }),
  })

  let first: Awaited<ReturnType<typeof look>>
  try {
    first = await look(held)
  } catch (error) {
    return {
      ...nothing,
      waits: wanted.waiting ?? [],
      problems: (wanted.faults ?? []).map(problemOf),
      failure: failure(error, `look at what ${step.name} is about`),
      whileLooking: true,
    }
  }
  const run = found(first)
  const { now, wait } = inReverse(step, effects(first.plan.changes), view)
  const waiting: Run = wait ? { ...run, waits: [...run.waits, wait] } : run
  if (now.length === 0)
    return afterOperation instanceof Failure && effects(first.plan.changes).length > 0 ? { ...waiting, failure: afterOperation } : waiting
  if (afterOperation)
    return { ...waiting, failure: afterOperation instanceof Failure ? afterOperation : noEffect(underWay?.what ?? step.name, now) }
  if (mode === 'report') return { ...waiting, report: reportOf(step, now, view, mode) }
  const gate = step.gate?.(view)
  if (gate) return { ...waiting, waits: [...waiting.waits, gate] }

  const intended = [
    ...first.plan.held,
    ...now
      .filter((change) => change.action === 'create' && !first.plan.held.some((row) => row.thing.id === change.thing.id))
      .map(({ thing }): Held => ({ thing, hold: 'intended', since: rule.now })),
  ]
  if (!(await intend(intended))) return 'ghost'

  let applied: Applied | undefined
  let refused: Failure | undefined
  try {
    applied = (await step.apply?.(now, first.observed.found, view, ports)) ?? { done: true }
  } catch (error) {
    refused = failure(error, `${now[0]?.action} ${now[0]?.thing.summary}`)
  }
  const commands = refused ? step.byHand?.(now, view) : undefined
  if (applied && 'started' in applied) return { ...waiting, held: intended, started: applied.started }

  // Looked at again, failed or not: an answer can be lost after the effect, and a success can be a silent no-op.
  let second: Awaited<ReturnType<typeof look>>
  try {
    second = await look(intended)
  } catch (error) {
    return {
      ...waiting,
      held: intended,
      failure: refused ?? failure(error, `look at what ${step.name} has changed`),
      ...(commands ? { commands } : {}),
    }
  }
  const after = found(second)
  const left = effects(second.plan.changes)
  const changed = now.filter((change) => !left.some((other) => other.thing.id === change.thing.id && other.action === change.action))
  const waits = [...after.waits, ...(applied && 'waiting' in applied ? applied.waiting : []), ...(wait ? [wait] : [])]
  const still = left.filter((change) => now.some((other) => other.thing.id === change.thing.id))
  const ineffective = applied !== undefined && 'done' in applied && still.length > 0 ? noEffect(step.name, still) : undefined
  return {
    ...after,
    waits,
    changed: changed.map((change) => `${words[change.action]} ${change.thing.summary}`),
    ...(refused && still.length > 0
      ? { failure: refused, ...(commands ? { commands } : {}) }
      : ineffective
        ? { failure: ineffective }
        : {}),
  }
}

const words = { create: 'made', update: 'updated', delete: 'removed', adopt: 'adopted', release: 'released', forget: 'forgot' } as const
