// Which members may use a loop's identity. One that the app created is for the pods of one workload in one namespace of one cluster: every other
// member is rejected here, even if a policy or a shared name let it through. Pure.
import type { Connection } from '../../model/connection.ts'
import { placeOf } from '../../model/connection.ts'
import type { Fault } from '../../model/problem.ts'
import type { View } from '../../model/view.ts'
import { nameOf } from '../../model/words.ts'

export type IdentityUsers = {
  readonly users: readonly Connection[]
  /** The place that the identity was created for. Absent: none, its members provided it. */
  readonly madeFor?: string
  readonly faults: readonly Fault[]
}

/** `readers`: members that may only read for now; the identity itself serves them as well. */
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
