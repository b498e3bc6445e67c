// Carries out changes one after another, or all at once. A refused change must not block the others: they belong to other members.

import { Failure } from '../errors/failure.ts'
import type { Change, ManagedObject } from '../model/managed-object.ts'

/**
 * Deletes come first, because limits count existing objects. The first refusal is thrown after all changes were tried; throttled = no more calls now.
 */
export async function eachChange<T extends ManagedObject>(
  changes: readonly Change<T>[],
  carryOut: (change: Change<T>) => Promise<void>,
): Promise<void> {
  let refused: unknown
  for (const change of deletesFirst(changes)) {
    try {
      await carryOut(change)
    } catch (error) {
      refused ??= error
      if (!(error instanceof Failure) || error.fields.class === 'throttled') break
    }
  }
  if (refused !== undefined) throw refused
}

/** All at once, deletes before the others in their order: for a way that gathers them. The first refusal is thrown after all have ended. */
export async function allChanges<T extends ManagedObject>(
  changes: readonly Change<T>[],
  carryOut: (change: Change<T>) => Promise<void>,
): Promise<void> {
  const ended = await Promise.allSettled(deletesFirst(changes).map(carryOut))
  const refused = ended.find((one) => one.status === 'rejected')
  if (refused) throw refused.reason
}

const deletesFirst = <T extends ManagedObject>(changes: readonly Change<T>[]): readonly Change<T>[] => [
  ...changes.filter(({ action }) => action === 'delete'),
  ...changes.filter(({ action }) => action !== 'delete'),
]
