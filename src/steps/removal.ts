// How a step takes things back: in which order, and what becomes of the things that cannot be reached.
import { comesAfter } from '../domain/advance.ts'
import { inside } from '../domain/contested.ts'
import { past } from '../domain/moments.ts'
import { hour, type StepRow } from '../domain/outcome.ts'
import type { Problem } from '../domain/problem.ts'
import type { Change, Held, Need, Seen, Wanted } from '../domain/thing.ts'
import type { View } from '../domain/view.ts'
import type { AnyStep } from './digest.ts'
import type { Findings } from './findings.ts'
import { program } from './program.ts'
import { minute } from './words.ts'

/** How long a thing that shall go may be refused, or held by a finalizer after its deletion, before it is left behind. */
const refusedFor = hour
const heldFor = 2 * 60_000

/** Deletes go in reverse of `after`: first what the later steps hold, memberships excepted. What is left behind holds up nobody. */
export function inReverse(
  step: AnyStep,
  changes: readonly Change[],
  view: View,
): { readonly now: readonly Change[]; readonly wait?: Need } {
  if (!changes.some((change) => change.action === 'delete' && change.thing.kind !== 'membership')) return { now: changes }
  const before = inTheWay(step, view)
  if (before.length === 0) return { now: changes }
  const text = `waits until ${before.map((row) => row.thing.summary).join(', ')} is removed`
  // When they are gone the digest of the step changes; the look by itself is for what got lost.
  return { now: changes.filter((change) => change.action !== 'delete'), wait: { of: [view.loop], text, lookAt: view.now + minute } }
}

/** What the later steps of the loop still hold: it goes first. */
export const inTheWay = (step: AnyStep, view: View): readonly Held[] =>
  program
    .filter((other) => other.loop === step.loop && comesAfter(other.name, step.name, program))
    .flatMap((other) => view.held(other.name).filter((row) => row.hold !== 'left-behind'))

/**
 * What shall go and cannot be reached is left behind (what was adopted is simply let go); what shall go and can be reached is owed, until it has been
 * refused or held for too long. It is looked for all the same, so that it goes as soon as it can.
 */
export function leaveBehind(
  rows: readonly Held[],
  wanted: Wanted,
  seen: readonly Seen[],
  { now }: Pick<View, 'now'>,
  isInOrder = true,
): Pick<Findings, 'held' | 'owes'> {
  const stays = new Set([...wanted.things, ...(wanted.later ?? [])].map((thing) => thing.id))
  const looks = new Map(seen.map((look) => [look.id, look]))
  const goes = (row: Held): boolean => !stays.has(row.thing.id)
  const held = rows.flatMap((row): readonly Held[] => {
    if (!goes(row) || inside.has(row.thing.kind)) return [staying(row)]
    const look = looks.get(row.thing.id)
    const isUnreachable = look?.state === 'unseen' && !look.going
    // Never ours to delete, so never left behind either.
    if (row.hold === 'adopted' || row.thing.lasting) return isUnreachable ? [] : [row]
    if (isUnreachable) return [{ ...row, hold: 'left-behind' }]
    // Its turn comes when the later steps are done: only from then on it can be late.
    if (!isInOrder && row.hold !== 'left-behind') return [staying(row)]
    const owedSince = past(row.owedSince ?? now, now)
    const isLate = now - owedSince >= (look?.state === 'unseen' ? heldFor : refusedFor)
    return [{ ...row, owedSince, ...(isLate ? { hold: 'left-behind' as const } : {}) }]
  })
  const isOwed = (row: Held): boolean => goes(row) && row.hold !== 'left-behind' && row.hold !== 'adopted' && !row.thing.lasting
  return { held, owes: held.filter(isOwed).map((row) => row.thing.summary) }
}

/** It is wanted again: nothing is owed any more. */
function staying(row: Held): Held {
  const { owedSince, ...rest } = row
  return owedSince === undefined ? row : rest
}

/** No answer for longer than the step waits, and nothing of it shall remain. What is left behind then stays so until there is an answer. */
export function outOfPatience(
  { patienceMs }: AnyStep,
  wanted: Wanted,
  held: readonly Held[],
  before: StepRow | undefined,
  { desiredAt = 0, now }: View,
): boolean {
  const isAllToGo = !wanted.incomplete && wanted.things.length + (wanted.later ?? []).length === 0
  if (patienceMs === undefined || held.length === 0 || !isAllToGo) return false
  if (held.every(({ hold }) => hold === 'left-behind')) return true
  return before?.outcome.kind === 'failed' && now - Math.max(before.since, desiredAt) >= patienceMs
}

/** How a person takes away what is left behind. */
export function takenByHand(step: AnyStep, held: readonly Held[], view: View): Problem['commands'] {
  const left = held.filter(({ hold }) => hold === 'left-behind').map(({ thing }) => thing)
  return left.length > 0
    ? step.byHand?.(
        left.map((thing) => ({ action: 'delete', thing, seen: { id: thing.id, state: 'absent' } })),
        view,
      )
    : undefined
}

/** Deletes that we may not make leave their things behind. */
export function givingUp({ held, owes }: Pick<Findings, 'held' | 'owes'>, changes: readonly Change[]): Pick<Findings, 'held' | 'owes'> {
  const deletes = new Map(changes.filter(({ action }) => action === 'delete').map(({ thing }) => [thing.id, thing.summary]))
  const summaries = new Set(deletes.values())
  return {
    held: held.map((row): Held => (deletes.has(row.thing.id) ? { ...row, hold: 'left-behind' } : row)),
    owes: owes.filter((summary) => !summaries.has(summary)),
  }
}
