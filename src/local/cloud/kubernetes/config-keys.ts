// What Secrets and ConfigMaps have in common: names of keys, and how much data they take.
import { type Cause, invalidValue } from './status.ts'

export const dataLimit = 1024 * 1024

export function* keyMistakes(key: string): Generator<Cause> {
  if (key.length > 253) yield invalidValue(`data[${key}]`, key, 'must be no more than 253 characters')
  else if (key === '.' || key === '..') yield invalidValue(`data[${key}]`, key, `must not be '${key}'`)
  else if (!/^[-._a-zA-Z0-9]+$/.test(key))
    yield invalidValue(
      `data[${key}]`,
      key,
      "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
    )
}
