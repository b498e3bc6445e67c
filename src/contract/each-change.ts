// Carries out changes one after another. A refused change must not block the others: they belong to other members.

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
  const deletes = changes.filter((change) => change.action === 'delete')
  const others = changes.filter((change) => change.action !== 'delete')
  for (const change of [...deletes, ...others]) {
    try {
      await carryOut(change)
    } catch (error) {
      refused ??= error
      if (!(error instanceof Failure) || error.fields.class === 'throttled') break
    }
  }
  if (refused !== undefined) throw refused
}
