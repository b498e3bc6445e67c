// How problems and waits name objects: by the name that people gave them, never by key or full id.

import { addonOf, addonWords } from './addon-identity.ts'
import type { Connection } from './connection.ts'
import { endpointOf } from './endpoint-target.ts'
import type { Key, Loop } from './loop.ts'
import { parseResourceId } from './resource-id.ts'
import { servicePrincipalOf } from './service-principal.ts'

export const nameOf = (loop: Pick<Loop, 'id'>): string =>
  servicePrincipalOf(loop) ?? endpointOf(loop)?.endpoint ?? (addonOf(loop) ? addonWords(loop) : (parseResourceId(loop.id)?.name ?? loop.id))

/** A problem with an object of only one member is reported to that member only. */
export function onlyFor(members: readonly Pick<Connection, 'key'>[]): { readonly of?: Key } {
  const [first, ...others] = members
  return first && others.length === 0 ? { of: first.key } : {}
}

export const timeText = (ms: number): string =>
  new Date(ms)
    .toISOString()
    .replace(/:\d\d\.\d{3}Z$/, 'Z')
    .replace('T', ' ')

export const minute = 60_000
