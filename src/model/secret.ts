// A credential exists only inside this. It prints as `[secret]` wherever it might leak: text, JSON, logs, inspection.
// `reveal` may be called in few files only; test/model/secret.test.ts says which.
import { inspect } from 'node:util'

export interface Secret<T> {
  /** Changes the value without opening it. */
  map<U>(change: (value: T) => U): Secret<U>
  reveal(): T
}

const sanitize = '[secret]'

export function secret<T>(value: T): Secret<T> {
  return Object.freeze({
    map: <U>(change: (value: T) => U) => secret(change(value)),
    reveal: () => value,
    toString: () => sanitize,
    toJSON: () => sanitize,
    [Symbol.toPrimitive]: () => sanitize,
    [inspect.custom]: () => sanitize,
  })
}
