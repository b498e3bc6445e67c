// Makes changes: intended in the ledger, applied, and observed again, failed or not. An answer can be lost after the effect, and a success can be a
// silent no-op.
import { concerning, failure, noEffect } from '../contract/failures.ts'
import type { Applied } from '../contract/step.ts'
import { problemOf } from '../errors/catalogue.ts'
import { closed, Failure } from '../errors/failure.ts'
import type { Change, LedgerEntry, Need } from '../model/managed-object.ts'
import type { Problem } from '../model/problem.ts'
import { revertedAtOnce } from '../plan/contested.ts'
import { effects, intentions } from '../plan/plan.ts'
import type { Attempt, Go } from './decide.ts'
import { found, observeAndPlan, type PlannedStep, type Run, reached } from './observe.ts'
import { givingUp, orphanUnreachable, outOfPatience } from './removal.ts'

/** Writes what is about to be created; `false` = overtaken. */
export type Intend = (tracked: readonly LedgerEntry[]) => Promise<boolean>
/** What an attempt observed before it changed anything. */
export type BeforeChange = { readonly first: PlannedStep; readonly observed: Run; readonly wait: Need | undefined }

export async function applyChanges(attempt: Attempt, at: BeforeChange, go: Go, intend: Intend): Promise<Run | 'stale'> {
  const { view, ports, desired, concern } = attempt
  const { first, observed, wait } = at
  const { changes: now, repeated } = go
  const intended = intentions(withRows(first.plan.tracked, [...repeated, ...rowsOf(go)]), now, ports.now())
  if (!(await intend(intended))) return 'stale'
  const pending = orphanUnreachable(intended, desired, reached(first.observation), view, wait === undefined)
  const applied = await apply(attempt, first, now)
  if ('started' in applied) return { ...observed, tracked: pending.tracked, started: { ...applied.started, ...concerning(now, concern) } }
  const refused = applied instanceof Failure ? applied : undefined
  const byHand = refused && attempt.step.byHand?.(now, view)
  const commands = byHand ? { commands: byHand } : {}
  const second = await observeAgain(attempt, intended)
  if (second instanceof Failure)
    return {
      ...observed,
      ...pending,
      problems: [...observed.problems, ...disputesOf(go)],
      failure: refused ?? second,
      ...concerning(now, concern),
      ...commands,
    }
  return verified(attempt, { ...at, second }, go, applied, commands)
}

async function apply({ step, view, ports }: Attempt, { observation }: PlannedStep, now: readonly Change[]): Promise<Applied | Failure> {
  try {
    return (await step.apply?.(now, observation.found, view, ports)) ?? { done: true }
  } catch (error) {
    return failure(error, `${now[0]?.action} ${now[0]?.object.summary}`)
  }
}

async function observeAgain({ step, view, desired, ports }: Attempt, intended: readonly LedgerEntry[]): Promise<PlannedStep | Failure> {
  try {
    return await observeAndPlan(step, view, desired, intended, ports)
  } catch (error) {
    return failure(error, `read what ${step.name} has changed`)
  }
}

/** What the second observation says about the attempted changes. */
function verified(
  { step, view, before, desired, tracked, concern }: Attempt,
  { second, wait }: BeforeChange & { readonly second: PlannedStep },
  go: Go,
  applied: Applied | Failure,
  commands: Pick<Run, 'commands'>,
): Run {
  const refused = applied instanceof Failure ? applied : undefined
  const still = effects(second.plan.changes).filter((change) => go.changes.some((tried) => isSameChange(tried, change)))
  const done = go.changes.filter((tried) => !still.some((change) => isSameChange(tried, change)))
  const planned = found(step, second, desired, view, wait)
  const after = {
    ...planned,
    tracked: withRows(revertedAtOnce(planned.tracked, still), rowsOf(go)),
    problems: [...planned.problems, ...disputesOf(go)],
  }
  const failed = still.length === 0 ? undefined : (refused ?? ('done' in applied ? noEffect(step.name, still) : undefined))
  return {
    ...after,
    ...(refused && (closed(refused) || outOfPatience(step, desired, tracked, before, view)) ? givingUp(after, still) : {}),
    waits: [...after.waits, ...('waiting' in applied ? applied.waiting : [])],
    changed: done.map((change) => `${words[change.action]} ${change.object.summary}`),
    ...(failed ? { failure: failed, ...concerning(still, concern), ...commands } : {}),
  }
}

const words = { create: 'made', update: 'updated', delete: 'removed', adopt: 'adopted', release: 'released', forget: 'forgot' } as const
const isSameChange = (a: Change, b: Change): boolean => a.object.id === b.object.id && a.action === b.action

export const disputesOf = ({ contested }: Pick<Go, 'contested'>): readonly Problem[] => contested.map(({ fault }) => problemOf(fault))
export const rowsOf = ({ contested }: Pick<Go, 'contested'>): readonly LedgerEntry[] => contested.map(({ row }) => row)

export const withRows = (tracked: readonly LedgerEntry[], others: readonly LedgerEntry[]): readonly LedgerEntry[] =>
  tracked.map((row) => others.find(({ object }) => object.id === row.object.id) ?? row)
