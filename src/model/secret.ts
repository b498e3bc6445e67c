// A credential exists only inside this type. It prints as `[secret]` wherever it might leak: text, JSON, logs, inspection. Few files may call
// `reveal`; test/model/secret.test.ts lists them.
import { inspect } from 'node:util'

export interface Secret<T> {
  /** Maps the value without revealing it. */
  map<U>(change: (value: T) => U): Secret<U>
  reveal(): T
}

const printed = '[secret]'
const closed = { toString: () => printed, toJSON: () => printed, [Symbol.toPrimitive]: () => printed, [inspect.custom]: () => printed }

export function secret<T>(value: T): Secret<T> {
  return Object.freeze({
    map: <U>(change: (value: T) => U) => secret(change(value)),
    reveal: () => value,
    ...closed,
  })
}

/** Takes the place of a secret that is not read: whatever is made of it is not read either. */
export const unread: Secret<never> = Object.freeze({
  map: () => unread,
  reveal: () => {
    throw new TypeError('This secret was not read')
  },
  ...closed,
})
