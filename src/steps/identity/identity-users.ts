// Which members may use the identity of a loop. One that we made is for the pods of one workload in one namespace of one cluster: every other member is
// turned away here, whatever a policy or a name that two of them have in common let through. Pure.
import type { Connection } from '../../model/connection.ts'
import { placeOf } from '../../model/connection.ts'
import type { Fault } from '../../model/problem.ts'
import type { View } from '../../model/view.ts'
import { nameOf } from '../../model/words.ts'

export type IdentityUsers = {
  readonly users: readonly Connection[]
  /** Whom the identity was made for. Absent: nobody, its members brought it along. */
  readonly madeFor?: string
  readonly faults: readonly Fault[]
}

/** `readers`: members that may only look for now; the identity itself is theirs as well. */
export function identityUsers(view: View<'identity'>, readers: readonly Connection[] = []): IdentityUsers {
  const members = [...view.members, ...readers]
  const madeFor = view.facts.madeFor ?? placeOfFirst(members.filter(({ provided }) => !provided))
  if (madeFor === undefined) return { users: members, faults: [] }
  const others = members.filter((member) => placeOf(member) !== madeFor)
  return {
    users: members.filter((member) => !others.includes(member)),
    madeFor,
    faults: others.map(({ key }) => ({ code: 'IdentityOfAnother', about: { identity: nameOf(view.loop) }, of: key })),
  }
}

function placeOfFirst(members: readonly Connection[]): string | undefined {
  const [first] = [...members].sort((a, b) => (a.key < b.key ? -1 : 1))
  return first && placeOf(first)
}
