// Puts the secret that an author gives into the Key Vault, on the way through the door.

import { Failure } from '../errors/failure.ts'
import type { Key } from '../model/loop.ts'
import type { Secret } from '../model/secret.ts'
import type { SecretRef } from '../model/service-principal.ts'
import type { Store } from '../ports/store.ts'
import { refusedBy } from './answers.ts'
import type { SecretStorage } from './handler-context.ts'

/**
 * Remembered before it is written: should no connection come of it, whatever the reason, a timer takes it out again (provided-secrets.timer.ts).
 * What the vault refuses is no fault of this app's: the caller learns what to mend.
 */
export async function storeSecret(connection: Key, value: Secret<string>, vault: SecretStorage, store: Store): Promise<SecretRef> {
  const id = vault.idOf(connection)
  if (!(await store.giving(connection, id)))
    throw new Failure({ class: 'busy', code: 'SecretClearing', about: { secret: id }, retryAfterMs: 10_000 })
  try {
    return await vault.put(connection, value)
  } catch (error) {
    if (!(error instanceof Failure) || (error.fields.class !== 'permission' && error.fields.class !== 'manual')) throw error
    throw refusedBy(409, error.fields)
  }
}
