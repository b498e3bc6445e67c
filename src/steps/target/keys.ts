// The two keys of a target as digests: enough to see whether a key has been regenerated, and nothing from which it could be found.
import { createHash } from 'node:crypto'
import { type KeySlot, keySlots } from '../../model/key-slot.ts'
import type { Ports } from '../../ports/ports.ts'
import type { Resource } from '../../targets/resource.ts'

type KeyDigests = Readonly<Record<KeySlot, string>>
/** `ids`: where the service names keys by ids of its own, which regenerating them changes. */
export type ObservedKeys = { readonly digests: KeyDigests; readonly ids: Readonly<Record<KeySlot, string>> }

/** A key has 256 random bits or more, so that no list of guesses finds it from 120 bits of its digest. */
const digestOf = (id: string, key: string): string =>
  createHash('sha256').update(`${id.toLowerCase()}\n${key}`).digest('base64url').slice(0, 20)

export async function observeKeys(
  id: string,
  { credentials, renewal, apiVersion }: Resource,
  { arm }: Pick<Ports, 'arm'>,
): Promise<ObservedKeys> {
  const { action, pick } = credentials['*'] ?? {}
  if (!pick) throw new TypeError(`${id} has no keys`)
  const bothOf = (one: (slot: KeySlot) => string): Readonly<Record<string, string>> =>
    Object.fromEntries(keySlots.map((slot) => [slot, one(slot)]))
  const observed = await arm.secret(id, action, apiVersion, (answer) =>
    JSON.stringify({
      digests: bothOf((slot) => digestOf(id, pick(answer, slot))),
      ids: bothOf((slot) => renewal?.keyId?.pick(answer, slot) ?? ''),
    }),
  )
  // Digests and names of keys: the keys themselves are dropped where the answer is read.
  return JSON.parse(observed.reveal()) as ObservedKeys
}
