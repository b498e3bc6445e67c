// Data of one vault's secrets: versions, and deleted ones that keep their name taken until they are recovered or purged
// (https://learn.microsoft.com/azure/key-vault/general/soft-delete-overview).
import { vaultNamed } from '../arm/vault.ts'
import { emitSecret } from '../event-grid.ts'
import { latencies } from '../latencies.ts'
import type { World } from '../world.ts'

type Version = {
  readonly version: string
  readonly value: string
  readonly tags: Readonly<Record<string, string>>
  readonly created: number
}
export type VaultSecret = {
  readonly name: string
  readonly versions: readonly Version[]
  /** `deleted` from then on; before that time it is being deleted. */
  readonly deletedAt?: number
  /** There again from then on. */
  readonly recoveredAt?: number
}

/** Key = `<vault>/<name>`, lower case. */
export const vaultSecrets = (world: World): Map<string, VaultSecret> => world.table<VaultSecret>('key-vault-secrets')

export type State = 'absent' | 'there' | 'deleting' | 'deleted' | 'recovering'

export function stateOf(secret: VaultSecret | undefined, now: number): State {
  if (!secret) return 'absent'
  if (secret.deletedAt !== undefined) return secret.deletedAt > now ? 'deleting' : 'deleted'
  return secret.recoveredAt !== undefined && secret.recoveredAt > now ? 'recovering' : 'there'
}

const keyOf = (vault: string, name: string): string => `${vault}/${name}`.toLowerCase()
export const findSecret = (world: World, vault: string, name: string): VaultSecret | undefined =>
  vaultSecrets(world).get(keyOf(vault, name))

export function writeVersion(world: World, vault: string, name: string, value: string, tags: Version['tags']): VaultSecret {
  const version: Version = { version: world.uuid().replaceAll('-', ''), value, tags, created: world.clock.now() }
  const written: VaultSecret = { name, versions: [...(findSecret(world, vault, name)?.versions ?? []), version] }
  vaultSecrets(world).set(keyOf(vault, name), written)
  const found = vaultNamed(world, vault)
  if (found) emitSecret(world, found.id, name, version.version)
  return written
}

export function deleteSecret(world: World, vault: string, secret: VaultSecret): void {
  const { recoveredAt: _, ...rest } = secret
  vaultSecrets(world).set(keyOf(vault, secret.name), { ...rest, deletedAt: world.clock.now() + latencies(world).vault })
}

export function recoverSecret(world: World, vault: string, secret: VaultSecret): void {
  const { deletedAt: _, ...rest } = secret
  vaultSecrets(world).set(keyOf(vault, secret.name), { ...rest, recoveredAt: world.clock.now() + latencies(world).vault })
}

export const purgeSecret = (world: World, vault: string, name: string): void => void vaultSecrets(world).delete(keyOf(vault, name))
