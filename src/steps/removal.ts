// How a step takes things back: in which order, and what becomes of the things that cannot be reached.
import { comesAfter } from '../domain/advance.ts'
import type { StepRow } from '../domain/outcome.ts'
import type { Problem } from '../domain/problem.ts'
import type { Change, Held, Need, Wanted } from '../domain/thing.ts'
import type { View } from '../domain/view.ts'
import type { AnyStep } from './digest.ts'
import type { Findings } from './findings.ts'
import { program } from './program.ts'

/** Deletes go in reverse of `after`: first what the later steps hold, memberships excepted. What is left behind holds up nobody. */
export function inReverse(
  step: AnyStep,
  changes: readonly Change[],
  view: View,
): { readonly now: readonly Change[]; readonly wait?: Need } {
  if (!changes.some((change) => change.action === 'delete' && change.thing.kind !== 'membership')) return { now: changes }
  const inTheWay = program
    .filter((other) => other.loop === step.loop && comesAfter(other.name, step.name, program))
    .flatMap((other) => view.held(other.name).filter((row) => row.hold !== 'left-behind'))
  if (inTheWay.length === 0) return { now: changes }
  const text = `waits until ${inTheWay.map((row) => row.thing.summary).join(', ')} is removed`
  return { now: changes.filter((change) => change.action !== 'delete'), wait: { of: [view.loop], text, lookAt: view.now + 30_000 } }
}

/** What shall go and cannot be reached is left behind (what was adopted is simply let go); what shall go and can be reached is owed. */
export function leaveBehind(rows: readonly Held[], wanted: Wanted, unreachable: readonly string[]): Pick<Findings, 'held' | 'owes'> {
  const stays = new Set([...wanted.things, ...(wanted.later ?? [])].map((thing) => thing.id))
  const closed = new Set(unreachable)
  const goes = (row: Held): boolean => !stays.has(row.thing.id)
  const held = rows
    .filter((row) => !(goes(row) && closed.has(row.thing.id) && (row.hold === 'adopted' || row.thing.lasting)))
    .map((row): Held => (goes(row) && closed.has(row.thing.id) && row.hold !== 'left-behind' ? { ...row, hold: 'left-behind' } : row))
  return { held, owes: held.filter((row) => goes(row) && row.hold !== 'left-behind').map((row) => row.thing.summary) }
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
