// Ids of operations in the form of Azure Service Connector's own, `<guid>*<64 hex digits>`, where the second part is the same for all operations of a
// linker. Nothing is stored for an operation, so its id holds what finds it: the guid ends in the generation, and the other part begins with the key.
import { createHash } from 'node:crypto'
import { alphabet, type Key } from '../model/loop.ts'

const keyDigits = 33

export function operationId(key: Key, generation: number): string {
  const seal = digest(`${key} ${generation}`)
  const guid = `${seal.slice(0, 8)}-${seal.slice(8, 12)}-4${seal.slice(12, 15)}-a${seal.slice(15, 18)}-${generation.toString(16).padStart(12, '0')}`
  const number = [...key].reduce((sum, letter) => sum * 32n + BigInt(alphabet.indexOf(letter)), 0n)
  const linker = number.toString(16).padStart(keyDigits, '0') + digest(key).slice(0, 64 - keyDigits)
  return `${guid}*${linker.toUpperCase()}`
}

/** `undefined`: it is not an id that `operationId` makes. */
export function parseOperationId(id: string): { readonly key: Key; readonly generation: number } | undefined {
  const [, last, linker] = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}([0-9a-f]{12})\*([0-9a-f]{64})$/i.exec(id) ?? []
  if (last === undefined || linker === undefined) return undefined
  let number = BigInt(`0x${linker.slice(0, keyDigits)}`)
  let key = ''
  for (let left = 26; left > 0; left--) {
    key = (alphabet[Number(number % 32n)] ?? '') + key
    number /= 32n
  }
  const parsed = { key: key as Key, generation: Number.parseInt(last, 16) }
  return operationId(parsed.key, parsed.generation).toLowerCase() === id.toLowerCase() ? parsed : undefined
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex')
