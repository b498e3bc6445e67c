// Whom the things of a step concern. A shared loop serves many connections, and what goes wrong with a thing is told to those that want it: each
// member is asked alone what it would want. Asked only where something went wrong.

import type { Key } from '../domain/loop.ts'
import type { Concern } from '../domain/problem.ts'
import type { Thing } from '../domain/thing.ts'
import type { View } from '../domain/view.ts'
import type { AnyStep } from './digest.ts'

export type ConcernOf = (things: readonly Thing[]) => Concern

export function concernIn(step: AnyStep, view: View): ConcernOf {
  if (view.loop.kind === 'connection') return onlyMember
  let users: ReadonlyMap<string, readonly Key[]> | undefined
  return (things) => {
    const only = onlyMember(things)
    if (only.of !== undefined || things.length === 0) return only
    users ??= usersOf(step, view)
    const keys = new Set(things.flatMap(({ id, of }) => (of === undefined ? (users?.get(id) ?? []) : [of])))
    return among([...keys], view)
  }
}

/** A look that failed as a whole, of a step that serves some members only. */
export function served(step: AnyStep, view: View, things: readonly Thing[], concern: ConcernOf): Concern {
  if (things.length > 0) return concern(things)
  const { serves } = step
  return serves
    ? among(
        view.members.filter((member) => serves(member)).map(({ key }) => key),
        view,
      )
    : {}
}

function among(keys: readonly Key[], { members }: View): Concern {
  return members.every(({ key }) => keys.includes(key)) ? {} : { users: keys }
}

function onlyMember(things: readonly Thing[]): { readonly of?: Key } {
  const [first, ...others] = new Set(things.map(({ of }) => of))
  return first !== undefined && others.length === 0 ? { of: first } : {}
}

function usersOf(step: AnyStep, view: View): ReadonlyMap<string, readonly Key[]> {
  const users = new Map<string, Key[]>()
  for (const member of view.members) {
    const { things, later = [] } = step.wanted({ ...view, members: [member] })
    for (const { id } of [...things, ...later]) users.set(id, [...(users.get(id) ?? []), member.key])
  }
  return users
}
