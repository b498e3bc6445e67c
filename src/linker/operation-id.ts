// Ids of operations in the form of Azure Service Connector's own, `<guid>*<64 hex digits>`, where the second part is the same for all operations of a
// linker. Nothing is stored for an operation, so its id holds what finds it: the guid ends in the generation, or in the time of a validation or rotation, and the other
// part begins with the key.
import { createHash } from 'node:crypto'
import { alphabet, type Key } from '../model/loop.ts'

const keyDigits = 33

export const operationId = (key: Key, generation: number): string => idOf(key, generation, 'a')

/** Of a validation that was requested then. */
export const validationId = (key: Key, at: number): string => idOf(key, at, 'b')

/** Of a rotation that was requested then. */
export const rotationId = (key: Key, at: number): string => idOf(key, at, '9')

/** `undefined`: it is not an id that `operationId` makes. */
export function parseOperationId(id: string): { readonly key: Key; readonly generation: number } | undefined {
  const { key, ending } = parse(id, 'a') ?? {}
  return key === undefined || ending === undefined ? undefined : { key, generation: ending }
}

/** `undefined`: it is not an id that `validationId` makes. */
export function parseValidationId(id: string): { readonly key: Key; readonly at: number } | undefined {
  const { key, ending } = parse(id, 'b') ?? {}
  return key === undefined || ending === undefined ? undefined : { key, at: ending }
}

/** `undefined`: it is not an id that `rotationId` makes. */
export function parseRotationId(id: string): { readonly key: Key; readonly at: number } | undefined {
  const { key, ending } = parse(id, '9') ?? {}
  return key === undefined || ending === undefined ? undefined : { key, at: ending }
}

/** All are variants of a guid; they tell the kinds apart. */
type Variant = 'a' | 'b' | '9'
const words = { a: '', b: 'validated ', '9': 'rotated ' } as const

function idOf(key: Key, ending: number, variant: Variant): string {
  const seal = digest(`${key} ${words[variant]}${ending}`)
  const guid = `${seal.slice(0, 8)}-${seal.slice(8, 12)}-4${seal.slice(12, 15)}-${variant}${seal.slice(15, 18)}-${ending.toString(16).padStart(12, '0')}`
  const number = [...key].reduce((sum, letter) => sum * 32n + BigInt(alphabet.indexOf(letter)), 0n)
  const linker = number.toString(16).padStart(keyDigits, '0') + digest(key).slice(0, 64 - keyDigits)
  return `${guid}*${linker.toUpperCase()}`
}

function parse(id: string, variant: Variant): { readonly key: Key; readonly ending: number } | undefined {
  const [, last, linker] = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}([0-9a-f]{12})\*([0-9a-f]{64})$/i.exec(id) ?? []
  if (last === undefined || linker === undefined) return undefined
  let number = BigInt(`0x${linker.slice(0, keyDigits)}`)
  let key = ''
  for (let left = 26; left > 0; left--) {
    key = (alphabet[Number(number % 32n)] ?? '') + key
    number /= 32n
  }
  const parsed = { key: key as Key, ending: Number.parseInt(last, 16) }
  return idOf(parsed.key, parsed.ending, variant).toLowerCase() === id.toLowerCase() ? parsed : undefined
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex')
