// One step carried out: look, plan, mode and gate, intend, apply, look again. What it found goes to findings.ts, which judges it.

import { contest, contestedWithin, revertedAtOnce } from '../domain/contested.ts'
import type { LoopKind } from '../domain/loop.ts'
import type { Operation, StepRow } from '../domain/outcome.ts'
import { effects, intentions, plan } from '../domain/plan.ts'
import type { Change, Held, Plan, Wanted } from '../domain/thing.ts'
import type { View } from '../domain/view.ts'
import { problemOf } from '../errors/catalogue.ts'
import type { Failure } from '../errors/failure.ts'
import { type AnyStep, adopts, type Mode } from './digest.ts'
import { closed, concerning, failure, noEffect, operationFailed, reportOf } from './failures.ts'
import type { Findings } from './findings.ts'
import type { Ports } from './ports.ts'
import { inReverse, leaveBehind, outOfPatience, takenByHand } from './removal.ts'
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
  const operation = await askOperation(before, held, ports)
  if (operation && 'run' in operation) return operation.run

  const wanted: Wanted = step.wanted(view)
  const look = (rows: readonly Held[]): Promise<Looked> => lookAt(step, view, wanted, rows, ports)
  let first: Looked
  try {
    first = await look(held)
  } catch (error) {
    return notSeen(step, view, failure(error, `look at what ${step.name} is about`), wanted, before)
  }
  const { now: due, wait } = inReverse(step, effects(first.plan.changes), view)
  const seen = found(first, wanted, wait)
  const undone = operation ? effects(first.plan.changes).filter(({ thing }) => operation.things?.includes(thing.id) ?? true) : []
  if (operation && undone.length > 0) {
    if (operation.unreadable) return { ...seen, held, started: operation, failure: operation.unreadable, ...concerning(undone) }
    return { ...seen, failure: operation.failure ?? noEffect(operation.what, undone), ...concerning(undone) }
  }
  if (due.length === 0) return seen
  if (mode === 'report') return { ...seen, ...givingUp(seen.held, due), report: reportOf(step, due, view, mode) }
  const gate = step.gate?.(view)
  if (gate) return { ...seen, waits: [...seen.waits, gate] }
  const { changes: now, contested, repeated } = contest(due, held, { now: ports.now(), askedAt: view.askedAt, writer: writerOf(view) })
  const disputes = contested.map(({ fault }) => problemOf(fault))
  const left = contested.map(({ row }) => row)
  if (now.length === 0) return { ...seen, held: withRows(seen.held, left), problems: [...seen.problems, ...disputes] }

  const intended = intentions(withRows(first.plan.held, [...repeated, ...left]), now, ports.now())
  if (!(await intend(intended))) return 'ghost'
  let applied: Applied | undefined
  let refused: Failure | undefined
  try {
    applied = (await step.apply?.(now, first.observed.found, view, ports)) ?? { done: true }
  } catch (error) {
    refused = failure(error, `${now[0]?.action} ${now[0]?.thing.summary}`)
  }
  if (applied && 'started' in applied) return { ...seen, held: intended, started: applied.started }

  // Looked at again, failed or not: an answer can be lost after the effect, and a success can be a silent no-op.
  const commands = refused && step.byHand?.(now, view)
  let second: Looked
  try {
    second = await look(intended)
  } catch (error) {
    return {
      ...seen,
      held: intended,
      problems: [...seen.problems, ...disputes],
      failure: refused ?? failure(error, `look at what ${step.name} has changed`),
      ...concerning(now),
      ...(commands ? { commands } : {}),
    }
  }
  const still = effects(second.plan.changes).filter((change) => now.some((tried) => sameChange(tried, change)))
  const looked = found(second, wanted, wait)
  const after = {
    ...looked,
    held: withRows(revertedAtOnce(looked.held, still), left),
    problems: [...looked.problems, ...disputes],
  }
  const done = now.filter((tried) => !still.some((change) => sameChange(tried, change)))
  const failed = still.length === 0 ? undefined : (refused ?? (applied && 'done' in applied ? noEffect(step.name, still) : undefined))
  return {
    ...after,
    ...(refused && (closed(refused) || outOfPatience(step, wanted, held, before, view)) ? givingUp(after.held, still) : {}),
    waits: [...after.waits, ...(applied && 'waiting' in applied ? applied.waiting : [])],
    changed: done.map((change) => `${words[change.action]} ${change.thing.summary}`),
    ...(failed ? { failure: failed, ...concerning(still), ...(commands ? { commands } : {}) } : {}),
  }
}

/** One look, and what it would change. Nothing is changed by it: the preflight looks in this way, too. */
export async function lookAt(step: AnyStep, view: View, wanted: Wanted, rows: readonly Held[], ports: Ports): Promise<Looked> {
  const observed: Looked['observed'] = await step.observe(view, wanted.things, rows, ports)
  const faults = [...(wanted.faults ?? []), ...(observed.faults ?? [])]
  return { observed, plan: plan({ ...wanted, faults }, observed.seen, rows, { adopt: adopts(view), now: ports.now() }) }
}

const words = { create: 'made', update: 'updated', delete: 'removed', adopt: 'adopted', release: 'released', forget: 'forgot' } as const
const sameChange = (a: Change, b: Change): boolean => a.thing.id === b.thing.id && a.action === b.action

const nothing = { problems: [], waits: [], unseen: [], changed: [], owes: [], facts: undefined } as const

const withRows = (held: readonly Held[], others: readonly Held[]): readonly Held[] =>
  held.map((row) => others.find(({ thing }) => thing.id === row.thing.id) ?? row)

/** Who else wrote to the loop's own resource within the time that counts. */
const writerOf = ({ writer, now }: View): string | undefined => (writer && writer.at > now - contestedWithin ? writer.app : undefined)

/** `unreadable`: it may not be asked for, so only a look can tell whether it has ended; the right that is missing is told. */
type Asked = { readonly run: Run } | (Operation & { readonly failure?: Failure; readonly unreadable?: Failure }) | undefined

/** An operation under way is asked first, and nothing else is done while it runs. What it ended with is told apart by looking. */
async function askOperation(before: StepRow | undefined, held: readonly Held[], ports: Ports): Promise<Asked> {
  const operation = before?.outcome.operation
  if (!operation) return undefined
  try {
    const state = await ports.arm.operation(operation.url)
    if (state.state === 'running')
      return {
        run: { ...nothing, held, started: operation, ...(state.retryAfterMs === undefined ? {} : { retryAfterMs: state.retryAfterMs }) },
      }
    return { ...operation, ...(state.state === 'failed' ? { failure: operationFailed(operation.what, state) } : {}) }
  } catch (error) {
    const asked = failure(error, `ask for the operation '${operation.what}'`)
    if (closed(asked)) return { ...operation, unreadable: asked }
    return {
      run: {
        ...nothing,
        held,
        started: operation,
        ...(asked.fields.retryAfterMs === undefined ? {} : { retryAfterMs: asked.fields.retryAfterMs }),
      },
    }
  }
}

function found(looked: Looked, wanted: Wanted, wait: ReturnType<typeof inReverse>['wait']): Run {
  const unreachable = looked.observed.seen.filter((look) => look.state === 'unseen').map((look) => look.id)
  return {
    ...nothing,
    ...leaveBehind(looked.plan.held, wanted, unreachable),
    problems: looked.plan.faults.map(problemOf),
    waits: [...(wanted.waiting ?? []), ...(wait ? [wait] : [])],
    unseen: looked.plan.unseen,
    facts: looked.observed.facts,
    ...(looked.observed.lookAt === undefined ? {} : { lookAt: looked.observed.lookAt }),
  }
}

/** Nothing could be looked at: what shall go and lies behind a closed door, or a silent one, is left behind, anything else is still owed. */
function notSeen(step: AnyStep, view: View, refused: Failure, wanted: Wanted, before: StepRow | undefined): Run {
  const held = view.held(step.name)
  const isSilent = !closed(refused) && outOfPatience(step, wanted, held, before, view)
  const left = leaveBehind(held, wanted, closed(refused) || isSilent ? held.map((row) => row.thing.id) : [])
  const commands = takenByHand(step, left.held, view)
  const seen = { ...nothing, ...left, problems: (wanted.faults ?? []).map(problemOf), waits: wanted.waiting ?? [] }
  if (isSilent) return { ...seen, unseen: [{ ...problemOf(refused.fields), ...(commands ? { commands } : {}) }] }
  return { ...seen, failure: refused, whileLooking: true, ...(commands ? { commands } : {}) }
}

/** Deletes that we may not make leave their things behind. */
function givingUp(held: readonly Held[], changes: readonly Change[]): Pick<Findings, 'held' | 'owes'> {
  const deletes = new Set(changes.filter((change) => change.action === 'delete').map((change) => change.thing.id))
  return {
    held: held.map((row): Held => (deletes.has(row.thing.id) ? { ...row, hold: 'left-behind' } : row)),
    owes: [],
  }
}
