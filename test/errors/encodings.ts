// How a refusal may repeat a secret: ways to write a text down, and compositions of them. Made by a generator, for no list of them is complete.
import fc from 'fast-check'

type Encode = (text: string) => string
const bytes = (text: string): readonly number[] => [...Buffer.from(text)]
const hex = (byte: number): string => byte.toString(16).padStart(2, '0')
const base32 = 'abcdefghijklmnopqrstuvwxyz234567'

const encodings: Readonly<Record<string, Encode>> = {
  literal: (text) => text,
  json: (text) => JSON.stringify(text).slice(1, -1),
  'json of Go': (text) =>
    JSON.stringify(text).slice(1, -1).replaceAll('&', '\\u0026').replaceAll('<', '\\u003c').replaceAll('>', '\\u003e'),
  'escaped whole': (text) => [...text].map((letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`).join(''),
  '%v of Go': (text) => `[${bytes(text).join(' ')}]`,
  '%#v of Go': (text) =>
    `[]byte{${bytes(text)
      .map((byte) => `0x${byte.toString(16)}`)
      .join(', ')}}`,
  '%x': (text) => bytes(text).map(hex).join(''),
  '%X with spaces': (text) => bytes(text).map(hex).join(' ').toUpperCase(),
  octal: (text) =>
    bytes(text)
      .map((byte) => `\\${byte.toString(8)}`)
      .join(''),
  base64: (text) => Buffer.from(text).toString('base64'),
  base64url: (text) => Buffer.from(text).toString('base64url'),
  'base64 of something with it': (text) => Buffer.from(`x=${text};`).toString('base64'),
  base32: (text) =>
    bytes(text)
      .map((byte) => `${base32[byte >> 5]}${base32[byte & 31]}`)
      .join(''),
  percent: (text) => encodeURIComponent(text),
  'percent whole': (text) =>
    bytes(text)
      .map((byte) => `%${hex(byte)}`)
      .join(''),
  'quoted-printable': (text) =>
    bytes(text)
      .map((byte) => `=${hex(byte).toUpperCase()}`)
      .join(''),
  html: (text) => [...text].map((letter) => `&#${letter.charCodeAt(0)};`).join(''),
  reversed: (text) => [...text].reverse().join(''),
  'upper case': (text) => text.toUpperCase(),
  'in pieces': (text) => text.replace(/(.{4})/g, '$1 '),
  'in lines': (text) => text.replace(/(.{20})/g, '$1\n'),
  'cut at the end': (text) => `${text.slice(0, Math.ceil(text.length * 0.7))}…`,
  'cut at the beginning': (text) => `…${text.slice(Math.floor(text.length * 0.3))}`,
  'next letter': (text) => [...text].map((letter) => String.fromCharCode(letter.charCodeAt(0) + 1)).join(''),
}

/** One to three of them, one after the other. */
export const anEncoding: fc.Arbitrary<{ readonly name: string; readonly encode: Encode }> = fc
  .array(fc.constantFrom(...Object.keys(encodings)), { minLength: 1, maxLength: 3 })
  .map((names) => ({
    name: names.join(', then '),
    encode: (text) => names.reduce((so, name) => encodings[name]?.(so) ?? so, text),
  }))

/** Of one length, so that two of them differ in nothing but what they are. */
export const aSecret: fc.Arbitrary<string> = fc.string({
  unit: fc.constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789~-_.&<>"\'\\/+=%$ ü'),
  minLength: 32,
  maxLength: 32,
})

/** What surrounds it: words that are known, and words that are not. */
export const surrounding: fc.Arbitrary<(text: string) => string> = fc
  .tuple(
    fc.constantFrom(
      '',
      'admission webhook "scan.policies.example" denied the request: ',
      'exceeded quota: ',
      'ERROR job failed: BackoffLimitExceeded ',
      'error: ',
      'AuthorizationFailed: ',
      'secrets "x" is forbidden: User "',
      'secrets "x" is forbidden: User "a" cannot ',
      'secrets "x" is forbidden: User "a" cannot patch resource "',
      'secrets "x" is forbidden: User "a" cannot patch resource "secrets" in API group "" in the namespace "',
    ),
    fc.constantFrom(
      '',
      ' is not allowed',
      ', namespaces "orders" not found',
      '" in API group "" in the namespace "orders"',
      '" cannot patch resource "secrets" in API group "" in the namespace "orders"',
      ' resource "secrets" in API group "" in the namespace "orders"',
    ),
  )
  .map(
    ([before, after]) =>
      (text) =>
        `${before}${text}${after}`,
  )
