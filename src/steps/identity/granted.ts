// What is granted to an identity on the targets of its members, by the app or by others: one list for each kind, scope and principal.
import { problemOf } from '../../errors/catalogue.ts'
import { closed, Failure } from '../../errors/failure.ts'
import { type GrantKind, ofKind, parseGrant } from '../../model/grant.ts'
import { grantFact } from '../../model/grant-fact.ts'
import type { GrantObject } from '../../model/managed-objects.ts'
import type { Problem } from '../../model/problem.ts'
import type { View } from '../../model/view.ts'
import type { Ports } from '../../ports/ports.ts'
import { typeOfGrant } from './desired-grants.ts'
import type { GrantTypes } from './grants/catalogue.ts'
import type { Granted, Limits } from './grants/grant-type.ts'
import { principalOf } from './principal.ts'

export type Lists = ReadonlyMap<string, readonly Granted[] | Problem>

export const placeOf = ({ grant = 'azureRole', scope, principalId }: GrantObject): string =>
  `${grant}|${scope}|${principalId}`.toLowerCase()

export async function listsFor(objects: readonly GrantObject[], types: GrantTypes, view: View<'identity'>, ports: Ports): Promise<Lists> {
  const places = new Map(objects.map((object) => [placeOf(object), object]))
  const lists = [...places].map(async ([key, object]) => [key, await listAt(object, places.size > 1, types, view, ports)] as const)
  return new Map(await Promise.all(lists))
}

async function listAt(
  object: GrantObject,
  isOneOfMany: boolean,
  types: GrantTypes,
  view: View<'identity'>,
  ports: Ports,
): Promise<readonly Granted[] | Problem> {
  const type = typeOfGrant(types, object)
  try {
    return await type.list(object, ports, view)
  } catch (error) {
    // A target that may not be read does not affect the grants on the others. If thrown, it is retried as its class says; but then nothing happens
    // on the other targets either.
    if (!(isOneOfMany || type.byHandIfUnread) || !(error instanceof Failure) || !closed(error)) throw error
    const commands = type.byHandIfUnread && type.byHand([{ action: 'create', object, observed: { id: object.id, state: 'absent' } }], view)
    return { ...problemOf(error.fields), ...(commands ? { commands } : {}) }
  }
}

/** Of the present principal only. Where a list could not be read, what was known of it stays. */
export function factsIn(objects: readonly GrantObject[], lists: Lists, view: View<'identity'>): readonly string[] {
  const before = view.facts.roles ?? []
  const facts = objects.flatMap((object) => {
    const { grant = 'azureRole', scope, principalId } = object
    if (principalId !== principalOf(view)) return []
    const list = lists.get(placeOf(object)) ?? []
    return 'code' in list
      ? before.filter((fact) => isAt(fact, grant, scope))
      : list.map(({ roleId }) => grantFact(ofKind(grant, roleId), scope))
  })
  return [...new Set(facts)].sort()
}

const isAt = (fact: string, kind: GrantKind, scope: string): boolean =>
  fact.endsWith(`@${scope.toLowerCase()}`) && parseGrant(fact.slice(0, fact.indexOf('@/'))).kind === kind

export async function limitsOf(
  desired: readonly GrantObject[],
  adopted: readonly GrantObject[],
  lists: Lists,
  types: GrantTypes,
  ports: Ports,
): Promise<Partial<Limits>> {
  const thereOf = (object: GrantObject): readonly Granted[] => {
    const list = lists.get(placeOf(object)) ?? []
    return 'code' in list ? [] : list
  }
  const kinds = [...Map.groupBy(desired, (object) => typeOfGrant(types, object))]
  const found = await Promise.all(
    kinds.map(([type, objects]) => {
      const others = adopted.filter((object) => objects.includes(object))
      return type.limits?.(objects, others, thereOf, ports)
    }),
  )
  const limits = found.flatMap((one) => Object.entries(one?.limits ?? {})).sort(([a], [b]) => (a < b ? -1 : 1))
  const ends = found.flatMap((one) => one?.endsAt ?? [])
  return {
    ...(limits.length > 0 ? { limits: Object.fromEntries(limits) } : {}),
    ...(ends.length > 0 ? { endsAt: Math.min(...ends) } : {}),
  }
}
