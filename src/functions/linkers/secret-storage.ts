// Where the secrets lie that authors give: one place for each connection in the Key Vault, under the marks of this installation.
import type { Key } from '../../model/loop.ts'
import { identityMarks, storedSecretName } from '../../model/names.ts'
import type { Secret } from '../../model/secret.ts'
import type { SecretRef } from '../../model/secret-ref.ts'
import type { Vault } from '../../ports/azure.ts'
import type { SecretStorage } from '../http/handler-context.ts'

/** A Key Vault that can also be written. */
type WritableVault = Vault & {
  put(id: string, value: Secret<string>, marks: Readonly<Record<string, string>>): Promise<SecretRef>
}

/** `keyVault`: its URL. */
export function secretStorage(keyVault: string, installation: string, vault: WritableVault): SecretStorage {
  const idOf = (connection: Key): string => `${keyVault}/secrets/${storedSecretName(installation, connection)}`
  return {
    idOf,
    put: (connection, value) => vault.put(idOf(connection), value, identityMarks(installation, connection)),
    async discard(connection, id) {
      const there = await vault.metadata(id)
      const marks = Object.entries(identityMarks(installation, connection))
      if (there && marks.every(([name, mark]) => there.tags[name] === mark)) await vault.delete(id)
    },
  }
}
