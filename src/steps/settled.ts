// Whether a step's ledger holds exactly what is wanted. Then the look that the loop's reading step has just taken answers for it: what we
// changed ourselves since that look is not settled, or not wanted, or not held, and is looked at anew.
import type { Held, Thing } from '../domain/thing.ts'

export function isSettled(wanted: readonly Thing[], held: readonly Held[]): boolean {
  const rows = new Map(held.map((row) => [row.thing.id, row.hold]))
  const isHeld = ({ id }: Thing): boolean => rows.get(id) === 'ours' || rows.get(id) === 'adopted'
  return rows.size === wanted.length && wanted.every(isHeld)
}
