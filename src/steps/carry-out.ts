// One step carried out: look, plan, mode and gate, intend, apply, look again. What it found goes to findings.ts, which judges it.

import { contest, contestedWithin, revertedAtOnce } from '../domain/contested.ts'
import type { LoopKind } from '../domain/loop.ts'
import type { StepRow } from '../domain/outcome.ts'
import { effects, intendedFor, intentions, plan } from '../domain/plan.ts'
import type { Change, Held, Plan, Seen, Wanted } from '../domain/thing.ts'
import type { View } from '../domain/view.ts'
import { problemOf } from '../errors/catalogue.ts'
import type { Failure } from '../errors/failure.ts'
import { permitted } from './allowed-now.ts'
import { concernIn, served } from './concern.ts'
import { type AnyStep, adopts, type Mode } from './digest.ts'
import { closed, concerning, failure, noEffect, reportOf } from './failures.ts'
import type { Findings } from './findings.ts'
import { askOperation } from './operation.ts'
import type { Ports } from './ports.ts'
import { givingUp, inReverse, leaveBehind, outOfPatience, takenByHand } from './removal.ts'
import type { Applied, Observed } from './step.ts'

/** Writes what is about to be made; `false` = overtaken. */
type Intend = (held: readonly Held[]) => Promise<boolean>
export type Looked = { readonly observed: Observed<LoopKind, unknown>; readonly plan: Plan }
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
  const concern = concernIn(step, view)
  const wanted: Wanted = step.wanted(view)
  const operation = await askOperation(step, before?.outcome.operation, held, ports)
  if (operation && 'underWay' in operation) return { ...nothing, ...leaveBehind(held, wanted, [], view), ...operation.underWay }

  const look = (rows: readonly Held[]): Promise<Looked> => lookAt(step, view, wanted, rows, ports)
  let first: Looked
  try {
    first = await look(held)
  } catch (error) {
    return notSeen(step, view, failure(error, `look at what ${step.name} is about`), wanted, before)
  }
  const wouldChange = effects(first.plan.changes).filter(permitted(step, view))
  const { now: due, wait } = inReverse(step, wouldChange, view)
  const seen = found(step, first, wanted, view, wait)
  const undone = operation ? wouldChange.filter(({ thing }) => operation.things?.includes(thing.id) ?? true) : []
  if (operation && undone.length > 0) {
    if (operation.unreadable) return { ...seen, held, started: operation, failure: operation.unreadable, ...concerning(undone, concern) }
    return { ...seen, failure: operation.failure ?? noEffect(operation.what, undone), ...concerning(undone, concern) }
  }
  if (due.length === 0) return seen
  if (mode === 'report')
    return {
      ...seen,
      ...givingUp({ ...seen, held: askedFor(seen.held, due, ports.now()) }, due),
      report: reportOf(step, due, view, mode, concern),
    }
  const gate = step.gate?.(view)
  if (gate) return { ...seen, waits: [...seen.waits, gate] }
  const {
    changes: now,
    contested,
    repeated,
  } = contest(due, held, { now: ports.now(), askedAt: view.askedAt, writer: writerOf(view), concern })
  const disputes = contested.map(({ fault }) => problemOf(fault))
  const left = contested.map(({ row }) => row)
  if (now.length === 0) return { ...seen, held: withRows(seen.held, left), problems: [...seen.problems, ...disputes] }

  const intended = intentions(withRows(first.plan.held, [...repeated, ...left]), now, ports.now())
  if (!(await intend(intended))) return 'ghost'
  const owed = leaveBehind(intended, wanted, first.observed.seen, view, wait === undefined)
  let applied: Applied | undefined
  let refused: Failure | undefined
  try {
    applied = (await step.apply?.(now, first.observed.found, view, ports)) ?? { done: true }
  } catch (error) {
    refused = failure(error, `${now[0]?.action} ${now[0]?.thing.summary}`)
  }
  if (applied && 'started' in applied) return { ...seen, held: owed.held, started: { ...applied.started, ...concerning(now, concern) } }

  // Looked at again, failed or not: an answer can be lost after the effect, and a success can be a silent no-op.
  const commands = refused && step.byHand?.(now, view)
  let second: Looked
  try {
    second = await look(intended)
  } catch (error) {
    return {
      ...seen,
      ...owed,
      problems: [...seen.problems, ...disputes],
      failure: refused ?? failure(error, `look at what ${step.name} has changed`),
      ...concerning(now, concern),
      ...(commands ? { commands } : {}),
    }
  }
  const still = effects(second.plan.changes).filter((change) => now.some((tried) => sameChange(tried, change)))
  const looked = found(step, second, wanted, view, wait)
  const after = {
    ...looked,
    held: withRows(revertedAtOnce(looked.held, still), left),
    problems: [...looked.problems, ...disputes],
  }
  const done = now.filter((tried) => !still.some((change) => sameChange(tried, change)))
  const failed = still.length === 0 ? undefined : (refused ?? (applied && 'done' in applied ? noEffect(step.name, still) : undefined))
  return {
    ...after,
    ...(refused && (closed(refused) || outOfPatience(step, wanted, held, before, view)) ? givingUp(after, still) : {}),
    waits: [...after.waits, ...(applied && 'waiting' in applied ? applied.waiting : [])],
    changed: done.map((change) => `${words[change.action]} ${change.thing.summary}`),
    ...(failed ? { failure: failed, ...concerning(still, concern), ...(commands ? { commands } : {}) } : {}),
  }
}

/**
 * What a report asks a person to make counts as made for us once it is there, with our marks on it: marks alone would not do. Nothing of it is on its
 * way, so it is forgotten at once where it is absent and no longer desired.
 */
const askedFor = (held: readonly Held[], changes: readonly Change[], now: number): readonly Held[] =>
  intentions(
    held,
    changes.filter(({ action }) => action === 'create'),
    now - intendedFor,
  )

/** One look, and what it would change. Nothing is changed by it: the preflight looks in this way, too. */
export async function lookAt(step: AnyStep, view: View, wanted: Wanted, rows: readonly Held[], ports: Ports): Promise<Looked> {
  const observed: Looked['observed'] = await step.observe(view, wanted.things, rows, ports)
  const faults = [...(wanted.faults ?? []), ...(observed.faults ?? [])]
  const tooEarly = new Set(observed.later)
  const things = wanted.things.filter(({ id }) => !tooEarly.has(id))
  const later = [...(wanted.later ?? []), ...wanted.things.filter(({ id }) => tooEarly.has(id))]
  const rule = { adopt: adopts(view), now: ports.now(), concern: concernIn(step, view) }
  return { observed, plan: plan({ ...wanted, things, later, faults }, observed.seen, rows, rule) }
}

const words = { create: 'made', update: 'updated', delete: 'removed', adopt: 'adopted', release: 'released', forget: 'forgot' } as const
const sameChange = (a: Change, b: Change): boolean => a.thing.id === b.thing.id && a.action === b.action

const nothing = { problems: [], waits: [], unseen: [], changed: [], owes: [], facts: undefined } as const

const withRows = (held: readonly Held[], others: readonly Held[]): readonly Held[] =>
  held.map((row) => others.find(({ thing }) => thing.id === row.thing.id) ?? row)

/** Who else wrote to the loop's own resource within the time that counts. */
const writerOf = ({ writer, now }: View): string | undefined => (writer && writer.at > now - contestedWithin ? writer.app : undefined)

function found(step: AnyStep, looked: Looked, wanted: Wanted, view: View, wait: ReturnType<typeof inReverse>['wait']): Run {
  const { seen, facts, lookAt, waiting = [] } = looked.observed
  const left = leaveBehind(looked.plan.held, wanted, seen, view, wait === undefined)
  const commands = takenByHand(step, left.held, view)
  return {
    ...nothing,
    ...left,
    problems: looked.plan.faults.map(problemOf),
    waits: [...(wanted.waiting ?? []), ...waiting, ...(wait ? [wait] : [])],
    unseen: looked.plan.unseen.map((problem) => (commands && !problem.commands ? { ...problem, commands } : problem)),
    ...(seen.some((look) => look.state === 'unseen' && look.going) ? { going: true } : {}),
    facts,
    ...(lookAt === undefined ? {} : { lookAt }),
  }
}

/** Nothing could be looked at: what shall go and lies behind a closed door, or a silent one, is left behind, anything else is still owed. */
function notSeen(step: AnyStep, view: View, refused: Failure, wanted: Wanted, before: StepRow | undefined): Run {
  const held = view.held(step.name)
  const isSilent = !closed(refused) && outOfPatience(step, wanted, held, before, view)
  const problem = problemOf(refused.fields)
  const unreachable = held.map(({ thing }): Seen => ({ id: thing.id, state: 'unseen', problem }))
  const left = leaveBehind(held, wanted, closed(refused) || isSilent ? unreachable : [], view)
  const commands = takenByHand(step, left.held, view)
  const seen = { ...nothing, ...left, problems: (wanted.faults ?? []).map(problemOf), waits: wanted.waiting ?? [] }
  const things = [...wanted.things, ...(wanted.later ?? []), ...held.map(({ thing }) => thing)]
  const whom = served(step, view, things, concernIn(step, view))
  if (isSilent) return { ...seen, unseen: [{ ...problem, ...whom, ...(commands ? { commands } : {}) }] }
  return { ...seen, failure: refused, whileLooking: true, ...whom, ...(commands ? { commands } : {}) }
}
