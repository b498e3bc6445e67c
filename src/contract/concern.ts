// Whom the objects of a step concern. A shared loop serves many connections, and a problem with an object is reported to the members that desire it:
// each member is evaluated alone to see what it desires. Computed only if something went wrong.

import type { Key } from '../model/loop.ts'
import type { ManagedObject } from '../model/managed-object.ts'
import type { Concern } from '../model/problem.ts'
import type { View } from '../model/view.ts'
import type { AnyStep } from './digest.ts'

export type ConcernOf = (objects: readonly ManagedObject[]) => Concern

export function concernIn(step: AnyStep, view: View): ConcernOf {
  if (view.loop.kind === 'connection') return onlyMember
  let users: ReadonlyMap<string, readonly Key[]> | undefined
  return (objects) => {
    const only = onlyMember(objects)
    if (only.of !== undefined || objects.length === 0) return only
    users ??= usersOf(step, view)
    const keys = new Set(objects.flatMap(({ id, of }) => (of === undefined ? (users?.get(id) ?? []) : [of])))
    return among([...keys], view)
  }
}

/** For a failed read of a whole step that serves only some members. */
export function served(step: AnyStep, view: View, objects: readonly ManagedObject[], concern: ConcernOf): Concern {
  if (objects.length > 0) return concern(objects)
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

function onlyMember(objects: readonly ManagedObject[]): { readonly of?: Key } {
  const [first, ...others] = new Set(objects.map(({ of }) => of))
  return first !== undefined && others.length === 0 ? { of: first } : {}
}

function usersOf(step: AnyStep, view: View): ReadonlyMap<string, readonly Key[]> {
  const users = new Map<string, Key[]>()
  for (const member of view.members) {
    const { objects, later = [] } = step.desired({ ...view, members: [member] })
    for (const { id } of [...objects, ...later]) users.set(id, [...(users.get(id) ?? []), member.key])
  }
  return users
}
