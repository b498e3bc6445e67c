// The event of a Key Vault that a secret has a new version, in both schemas of Event Grid. It is a hint like any other: the version is read in the vault.
// https://learn.microsoft.com/azure/event-grid/event-schema-key-vault
import * as z from 'zod'
import type { KeptSecret } from './secret-ref.ts'

export const secretVersionCreated = 'Microsoft.KeyVault.SecretNewVersionCreated'

const schema = z.looseObject({
  eventType: z.string().optional(),
  type: z.string().optional(),
  data: z.looseObject({ VaultName: z.string().min(1).max(24), ObjectName: z.string().min(1).max(127) }),
})

/** `undefined`: it is another event. */
export function parseSecretEvent(event: unknown): Pick<KeptSecret, 'vault' | 'name'> | undefined {
  const parsed = schema.safeParse(event)
  if (!parsed.success) return undefined
  const { eventType, type, data } = parsed.data
  const isIt = (eventType ?? type ?? '').toLowerCase() === secretVersionCreated.toLowerCase()
  return isIt ? { vault: data.VaultName, name: data.ObjectName } : undefined
}
