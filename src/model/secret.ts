// A credential exists only inside this type. It prints as `[secret]` wherever it might leak: text, JSON, logs, inspection. Few files may call
// `reveal`; test/model/secret.test.ts lists them.
import { inspect } from 'node:util'

export interface Secret<T> {
  /** Maps the value without revealing it. */
  map<U>(change: (value: T) => U): Secret<U>
  reveal(): T
}

const printed = '[secret]'

export function secret<T>(value: T): Secret<T> {
  return Object.freeze({
    map: <U>(change: (value: T) => U) => secret(change(value)),
    reveal: () => value,
    toString: () => printed,
    toJSON: () => printed,
    [Symbol.toPrimitive]: () => printed,
    [inspect.custom]: () => printed,
  })
}
