// Whether a step's ledger holds exactly what is wanted. Then the look that the loop's reading step has just taken answers for it: what we
// changed ourselves since that look is not settled, or not wanted, or not held, and is looked at anew.
import type { LedgerEntry, ManagedObject } from '../model/managed-object.ts'

export function isSettled(desired: readonly ManagedObject[], tracked: readonly LedgerEntry[]): boolean {
  const rows = new Map(tracked.map((row) => [row.object.id, row.ownership]))
  const isTracked = ({ id }: ManagedObject): boolean => rows.get(id) === 'ours' || rows.get(id) === 'adopted'
  return rows.size === desired.length && desired.every(isTracked)
}
