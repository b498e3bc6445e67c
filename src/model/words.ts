// How problems and waits call things: the name that people gave them, never a key or a whole id.
import type { Connection } from './connection.ts'
import type { Key, Loop } from './loop.ts'
import { parseResourceId } from './resource-id.ts'
import { servicePrincipalOf } from './service-principal.ts'

export const nameOf = (loop: Pick<Loop, 'id'>): string => servicePrincipalOf(loop) ?? parseResourceId(loop.id)?.name ?? loop.id

/** A thing that is for one member only is told to that member only. */
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
