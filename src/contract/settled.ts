// True if a step's ledger and its desired objects are equal, so the preceding read step's result can be reused. Anything that the app changed since
// that read, or that is not desired or not tracked, is read again.
import type { LedgerEntry, ManagedObject } from '../model/managed-object.ts'

export function isSettled(desired: readonly ManagedObject[], tracked: readonly LedgerEntry[]): boolean {
  const rows = new Map(tracked.map((row) => [row.object.id, row.ownership]))
  const isTracked = ({ id }: ManagedObject): boolean => rows.get(id) === 'ours' || rows.get(id) === 'adopted'
  return rows.size === desired.length && desired.every(isTracked)
}
