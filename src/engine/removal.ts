// How a step deletes its objects: in which order, and what becomes of objects that cannot be reached.

import type { AnyStep } from '../contract/digest.ts'
import { comesAfter } from '../contract/next.ts'
import { type Change, type DesiredObjects, inside, type LedgerEntry, type Need, type ObservedState } from '../model/managed-object.ts'
import { past } from '../model/moments.ts'
import { hour, type StepRow } from '../model/outcome.ts'
import type { Problem } from '../model/problem.ts'
import type { View } from '../model/view.ts'
import { minute } from '../model/words.ts'
import { program } from '../steps/program.ts'
import type { AttemptResult } from './attempt-result.ts'

/** How long a delete may be refused, or blocked by a finalizer, before the object is orphaned. */
const refusedFor = hour
const blockedFor = 2 * 60_000

/** Deletes go in reverse of `after`: first what the later steps track, except memberships. An orphaned object blocks nothing. */
export function inReverse(
  step: AnyStep,
  changes: readonly Change[],
  view: View,
): { readonly now: readonly Change[]; readonly wait?: Need } {
  if (!changes.some((change) => change.action === 'delete' && change.object.kind !== 'membership')) return { now: changes }
  const before = inTheWay(step, view)
  if (before.length === 0) return { now: changes }
  const text = `waits until ${before.map((row) => row.object.summary).join(', ')} is removed`
  // When they are gone the step's digest changes; the scheduled run is for lost wakes.
  return { now: changes.filter((change) => change.action !== 'delete'), wait: { of: [view.loop], text, nextRunAt: view.now + minute } }
}

/** What the later steps of the loop still track: it goes first. */
export const inTheWay = (step: AnyStep, view: View): readonly LedgerEntry[] =>
  program
    .filter((other) => other.loop === step.loop && comesAfter(other.name, step.name, program))
    .flatMap((other) => view.tracked(other.name).filter((row) => row.ownership !== 'orphaned'))

/**
 * An object to be deleted that cannot be reached is orphaned (an adopted one is simply released); one that can be reached is a pending delete, until
 * it has been refused or blocked for too long. It is still observed, so that it is deleted as soon as possible.
 */
export function orphanUnreachable(
  rows: readonly LedgerEntry[],
  desired: DesiredObjects,
  observed: readonly ObservedState[],
  { now }: Pick<View, 'now'>,
  isInOrder = true,
): Pick<AttemptResult, 'tracked' | 'pendingDeletes'> {
  const stays = new Set([...desired.objects, ...(desired.later ?? [])].map((object) => object.id))
  const states = new Map(observed.map((one) => [one.id, one]))
  const goes = (row: LedgerEntry): boolean => !stays.has(row.object.id)
  const tracked = rows.flatMap((row): readonly LedgerEntry[] => {
    if (!goes(row) || inside.has(row.object.kind)) return [staying(row)]
    const state = states.get(row.object.id)
    const isUnreachable = state?.state === 'unknown' && !state.going
    // Never the app's to delete, so never orphaned either.
    if (row.keptFor) return [staying(row)]
    if (row.ownership === 'adopted' || row.object.retain) return isUnreachable ? [] : [row]
    if (isUnreachable) return [{ ...row, ownership: 'orphaned' }]
    // Its turn comes when the later steps are done: it cannot be late before that.
    if (!isInOrder && row.ownership !== 'orphaned') return [staying(row)]
    const pendingSince = past(row.pendingSince ?? now, now)
    const isLate = now - pendingSince >= (state?.state === 'unknown' ? blockedFor : refusedFor)
    return [{ ...row, pendingSince, ...(isLate ? { ownership: 'orphaned' as const } : {}) }]
  })
  const isPending = (row: LedgerEntry): boolean =>
    goes(row) && !row.keptFor && row.ownership !== 'orphaned' && row.ownership !== 'adopted' && !row.object.retain
  return { tracked, pendingDeletes: tracked.filter(isPending).map((row) => row.object.summary) }
}

/** It is desired again: its delete is no longer pending. */
function staying(row: LedgerEntry): LedgerEntry {
  const { pendingSince, ...rest } = row
  return pendingSince === undefined ? row : rest
}

/** No answer for longer than the step waits, and nothing of it should remain. Orphaned objects then stay so until there is an answer. */
export function outOfPatience(
  { patienceMs }: AnyStep,
  desired: DesiredObjects,
  tracked: readonly LedgerEntry[],
  before: StepRow | undefined,
  { desiredAt = 0, now }: View,
): boolean {
  const isAllToGo = !desired.incomplete && desired.objects.length + (desired.later ?? []).length === 0
  if (patienceMs === undefined || tracked.length === 0 || !isAllToGo) return false
  if (tracked.every(({ ownership }) => ownership === 'orphaned')) return true
  return before?.outcome.kind === 'failed' && now - Math.max(before.since, desiredAt) >= patienceMs
}

/** How a person deletes orphaned objects. */
export function takenByHand(step: AnyStep, tracked: readonly LedgerEntry[], view: View): Problem['commands'] {
  const orphaned = tracked.filter(({ ownership }) => ownership === 'orphaned').map(({ object }) => object)
  return orphaned.length > 0
    ? step.byHand?.(
        orphaned.map((object) => ({ action: 'delete', object, observed: { id: object.id, state: 'absent' } })),
        view,
      )
    : undefined
}

/** Deletes that the app may not make orphan their objects. */
export function givingUp(
  { tracked, pendingDeletes }: Pick<AttemptResult, 'tracked' | 'pendingDeletes'>,
  changes: readonly Change[],
): Pick<AttemptResult, 'tracked' | 'pendingDeletes'> {
  const deletes = new Map(changes.filter(({ action }) => action === 'delete').map(({ object }) => [object.id, object.summary]))
  const summaries = new Set(deletes.values())
  return {
    tracked: tracked.map((row): LedgerEntry => (deletes.has(row.object.id) ? { ...row, ownership: 'orphaned' } : row)),
    pendingDeletes: pendingDeletes.filter((summary) => !summaries.has(summary)),
  }
}
