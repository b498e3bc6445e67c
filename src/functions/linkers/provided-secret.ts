// Writes the secret that an author provides to the Key Vault, while handling the request.

import { Failure } from '../../errors/failure.ts'
import type { Key } from '../../model/loop.ts'
import type { Secret } from '../../model/secret.ts'
import type { SecretRef } from '../../model/secret-ref.ts'
import type { Store } from '../../ports/store.ts'
import { refusedBy } from '../http/answers.ts'
import type { SecretStorage } from '../http/handler-context.ts'

/**
 * Recorded before it is written: if no connection comes of it, for whatever reason, a timer deletes it (provided-secrets.timer.ts). A refusal by the
 * vault is not a fault of this app: the caller learns what to correct.
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
