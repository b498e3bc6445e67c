// What a step observes.
import type { LedgerEntry, ManagedObject } from '../model/managed-object.ts'

export type ToObserve<T extends ManagedObject = ManagedObject> = {
  /** The desired and the tracked objects, each id once: the desired version if there is one. */
  readonly objects: readonly T[]
  readonly desired: readonly T[]
  readonly tracked: readonly LedgerEntry<T>[]
}

export function toObserve<T extends ManagedObject>(desired: readonly T[], tracked: readonly LedgerEntry<T>[]): ToObserve<T> {
  const byId = new Map([...tracked.map((row) => row.object), ...desired].map((object) => [object.id, object]))
  return { objects: [...byId.values()], desired, tracked }
}
