// Never fight: an object that others reverted three times in a day is not repaired again. Pure; the times are in the object's ledger entry. A revert
// is an object that was observed as the app's own and as desired, and later differs or is missing while the desired state is the same.

import { canonical } from '../model/canonical.ts'
import { type Change, inside, type LedgerEntry, type ManagedObject, type Reverted } from '../model/managed-object.ts'
import { past } from '../model/moments.ts'
import type { Concern, Fault } from '../model/problem.ts'

export const contestedWithin = 24 * 60 * 60_000
const mostReverts = 3

export type Contest = {
  /** What may be changed. */
  readonly changes: readonly Change[]
  readonly contested: readonly { readonly row: LedgerEntry; readonly fault: Fault }[]
  /** The entries of what is repaired again: with the time of this revert, if it is one. */
  readonly repeated: readonly LedgerEntry[]
}

export type ContestRule = {
  readonly now: number
  /** When a person last requested a reconcile: earlier reverts are forgiven. */
  readonly requestedAt?: number | undefined
  /** Who else wrote lately, if only events can tell. */
  readonly writer?: string | undefined
  /** Whom an object concerns. */
  readonly concern?: (objects: readonly ManagedObject[]) => Concern
}

/** `before`: the ledger before the plan. */
export function contest(
  changes: readonly Change[],
  before: readonly LedgerEntry[],
  { now, requestedAt = 0, writer, concern }: ContestRule,
): Contest {
  const rows = new Map(before.map((row) => [row.object.id, row]))
  const allowed: Change[] = []
  const repeated: LedgerEntry[] = []
  const contested: { row: LedgerEntry; fault: Fault }[] = []
  for (const change of changes) {
    const row = rows.get(change.object.id)
    if (row?.ownership !== 'ours' || change.action === 'delete' || inside.has(change.object.kind)) {
      allowed.push(change)
      continue
    }
    const former = (row.reverted?.times ?? []).map((time) => past(time, now))
    const counted = former.filter((time) => time > now - contestedWithin && time > requestedAt)
    // Already counted: the previous revert has not been repaired yet.
    const isNew = isRevert(change, row) && !row.reverted?.unrepaired
    const times = isNew ? [...counted, now] : counted
    const reverted: Reverted = { times, unrepaired: true }
    const entry: LedgerEntry = { ...row, object: change.object, reverted }
    if (times.length < mostReverts) {
      allowed.push(change)
      repeated.push(entry)
    } else contested.push({ row: entry, fault: { ...faultOf(change, times, writer), ...concern?.([change.object]) } })
  }
  return { changes: allowed, contested, repeated }
}

const isRevert = ({ object, observed }: Change, row: LedgerEntry): boolean =>
  !(observed.state === 'different' && observed.asWritten) && put(row.object) === put(object)

/** The desired content: which member it serves and its summary may change without any other writer. */
function put({ of: _of, summary: _summary, resource: _resource, ...rest }: ManagedObject): string {
  return canonical(rest)
}

function faultOf({ object, observed }: Change, times: readonly number[], writer: string | undefined): Fault {
  const other = (observed.state === 'different' ? observed.writer : undefined) ?? writer ?? 'an unknown writer'
  const difference = observed.state === 'different' ? (observed.difference ?? 'it differs') : 'it is gone'
  const about = { object: object.summary, writer: other, difference, times: times.map((time) => new Date(time).toISOString()).join(', ') }
  return { code: 'Contested', about, ...(object.of === undefined ? {} : { of: object.of }) }
}

/** Reverted again at once, by a known writer: that counts, and is not mistaken for a change without effect. */
export function revertedAtOnce(tracked: readonly LedgerEntry[], still: readonly Change[]): readonly LedgerEntry[] {
  const by = new Set(
    still.flatMap(({ observed, object }) => (observed.state === 'different' && observed.writer !== undefined ? [object.id] : [])),
  )
  return tracked.map((row): LedgerEntry => {
    if (!by.has(row.object.id) || !row.reverted?.unrepaired) return row
    return { ...row, reverted: { times: row.reverted.times } }
  })
}
