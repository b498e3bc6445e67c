// Never fight: what somebody reverted three times in a day is not made again. Pure; the times stand in the ledger's row of the thing.
// A revert is a thing that was seen as ours and as wanted, and later differs or is missing while the same is still wanted.
import { past } from './moments.ts'
import type { Concern, Fault } from './problem.ts'
import type { Change, Held, Reverted, Thing } from './thing.ts'

export const contestedWithin = 24 * 60 * 60_000
const mostReverts = 3

/** Things of our own store: nobody else writes there, and they differ whenever somebody declares something else. */
export const inside: ReadonlySet<string> = new Set(['membership', 'declaration', 'withdrawal'])

export type Contest = {
  /** What may be changed. */
  readonly changes: readonly Change[]
  readonly contested: readonly { readonly row: Held; readonly fault: Fault }[]
  /** The rows of what is changed again: with the time of this revert, if it is one. */
  readonly repeated: readonly Held[]
}

export type ContestRule = {
  readonly now: number
  /** When a person last asked for a look: what was before that is forgiven. */
  readonly askedAt?: number | undefined
  /** Who else wrote lately, where only events can tell. */
  readonly writer?: string | undefined
  /** Whom a thing concerns. */
  readonly concern?: (things: readonly Thing[]) => Concern
}

/** `before`: the ledger before the plan. */
export function contest(changes: readonly Change[], before: readonly Held[], { now, askedAt = 0, writer, concern }: ContestRule): Contest {
  const rows = new Map(before.map((row) => [row.thing.id, row]))
  const allowed: Change[] = []
  const repeated: Held[] = []
  const contested: { row: Held; fault: Fault }[] = []
  for (const change of changes) {
    const row = rows.get(change.thing.id)
    if (row?.hold !== 'ours' || change.action === 'delete' || inside.has(change.thing.kind)) {
      allowed.push(change)
      continue
    }
    const former = (row.reverted?.times ?? []).map((time) => past(time, now))
    const counted = former.filter((time) => time > now - contestedWithin && time > askedAt)
    // One that was found before and is not mended yet is no other one.
    const isNew = isRevert(change, row) && !row.reverted?.standing
    const times = isNew ? [...counted, now] : counted
    const reverted: Reverted = { times, standing: true }
    const kept: Held = { ...row, thing: change.thing, reverted }
    if (times.length < mostReverts) {
      allowed.push(change)
      repeated.push(kept)
    } else contested.push({ row: kept, fault: { ...faultOf(change, times, writer), ...concern?.([change.thing]) } })
  }
  return { changes: allowed, contested, repeated }
}

const isRevert = ({ thing, seen }: Change, row: Held): boolean =>
  !(seen.state === 'different' && seen.asWritten) && wish(row.thing) === wish(thing)

/** What is wanted of it: for whom, and what people call it, may change without anybody having touched it. */
function wish({ of: _of, summary: _summary, resource: _resource, ...rest }: Thing): string {
  return JSON.stringify(Object.entries(rest).sort(([a], [b]) => (a < b ? -1 : 1)))
}

function faultOf({ thing, seen }: Change, times: readonly number[], writer: string | undefined): Fault {
  const other = (seen.state === 'different' ? seen.writer : undefined) ?? writer ?? 'an unknown writer'
  const difference = seen.state === 'different' ? (seen.difference ?? 'it differs') : 'it is gone'
  const about = { thing: thing.summary, writer: other, difference, times: times.map((time) => new Date(time).toISOString()).join(', ') }
  return { code: 'Contested', about, ...(thing.of === undefined ? {} : { of: thing.of }) }
}

/** Reverted again at once, by somebody who is known: that counts, and is not taken for a change without effect. */
export function revertedAtOnce(held: readonly Held[], still: readonly Change[]): readonly Held[] {
  const by = new Set(still.flatMap(({ seen, thing }) => (seen.state === 'different' && seen.writer !== undefined ? [thing.id] : [])))
  return held.map((row): Held => {
    if (!by.has(row.thing.id) || !row.reverted?.standing) return row
    return { ...row, reverted: { times: row.reverted.times } }
  })
}
