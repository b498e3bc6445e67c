// A loop alone decides about one resource. What two connections can share has a loop of its own.
import { createHash } from 'node:crypto'

export const loopKinds = ['cluster', 'target', 'identity', 'connection'] as const
export type LoopKind = (typeof loopKinds)[number]

/** First 26 characters of base32(sha256(lower-cased id)): the same text in instance ids, table keys, labels and names. */
export type Key = string & { readonly __brand: 'Key' }
export type Loop<K extends LoopKind = LoopKind> = { readonly kind: K; readonly key: Key; readonly id: string }

export const alphabet = 'abcdefghijklmnopqrstuvwxyz234567'

function base32(bytes: Uint8Array): string {
  let text = ''
  let bits = 0
  let value = 0
  for (const byte of bytes) {
    value = (value << 8) | byte
    bits += 8
    while (bits >= 5) {
      bits -= 5
      text += alphabet[(value >>> bits) & 31]
    }
    value &= (1 << bits) - 1
  }
  return text
}

/** ARM ids are case-insensitive, so ids that differ only in case have the same key. */
export const keyOf = (id: string): Key => base32(createHash('sha256').update(id.toLowerCase()).digest()).slice(0, 26) as Key

export const loop = <K extends LoopKind>(kind: K, id: string): Loop<K> => ({ kind, key: keyOf(id), id })

/** The durable instance's id and the table partition: `<kind>-<key>`. */
export const instanceOf = (loop: Pick<Loop, 'kind' | 'key'>): string => `${loop.kind}-${loop.key}`

export const sameLoop = (a: Loop, b: Loop): boolean => a.kind === b.kind && a.key === b.key
