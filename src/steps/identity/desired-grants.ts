// Which grants the members of an identity's loop need, each with the members that need it. Pure.
import type { Connection } from '../../model/connection.ts'
import { grantName, parseGrant } from '../../model/grant.ts'
import { grantedOn, grantFactOf } from '../../model/grant-fact.ts'
import type { DesiredObjects } from '../../model/managed-object.ts'
import type { GrantObject } from '../../model/managed-objects.ts'
import type { View } from '../../model/view.ts'
import { nameOf, onlyFor } from '../../model/words.ts'
import { targetOf } from '../../targets/catalogue.ts'
import { untilIdentity } from './federate-identity.ts'
import type { GrantTypes } from './grants/catalogue.ts'
import type { GrantType } from './grants/grant-type.ts'
import { identityUsers } from './identity-users.ts'
import { principalOf } from './principal.ts'

export function typeOfGrant(types: GrantTypes, { grant = 'azureRole' }: Pick<GrantObject, 'grant'>): GrantType {
  const type = types[grant]
  if (!type) throw new TypeError(`There is no entry for grants of kind ${grant}`)
  return type
}

export function desiredGrants(view: View<'identity'>, types: GrantTypes): DesiredObjects<GrantObject> {
  const principalId = principalOf(view)
  const needed = new Map<string, { readonly grant: string; readonly members: Connection[] }>()
  for (const member of identityUsers(view).users)
    for (const grant of member.roles) {
      const fact = grantFactOf(grant, member)
      needed.set(fact, { grant, members: [...(needed.get(fact)?.members ?? []), member] })
    }
  if (needed.size === 0) return { objects: [] }
  if (principalId === undefined) return { objects: [], waiting: [untilIdentity(view)], incomplete: true }
  return { objects: [...needed].flatMap(([fact, { grant, members }]) => grantObject(fact, grant, members, principalId, view, types)) }
}

function grantObject(
  fact: string,
  text: string,
  members: readonly Connection[],
  principalId: string,
  view: View<'identity'>,
  types: GrantTypes,
): readonly GrantObject[] {
  const [first] = members
  if (!first) return []
  const { kind, id: roleId } = parseGrant(text)
  const ofKind = kind === 'azureRole' ? {} : { grant: kind }
  const scope = grantedOn(text, first)
  const place = { scope, ...(scope === first.target.id ? {} : { owner: first.target.id }), principalId }
  const { name, resource, clientId } = typeOfGrant(types, ofKind).nameOf({ ...place, roleId }, view)
  const word = grantName(targetOf(first.type)?.grants, text) ?? `role ${text}`
  return [
    {
      kind: 'role-assignment',
      // A recreated identity is a different principal: the old grant goes, a new one comes.
      id: `${fact}|${principalId.toLowerCase()}`,
      summary: `${word} for identity ${nameOf(view.loop)} on ${placeWords(scope, first)}`,
      ...ofKind,
      ...place,
      roleId,
      name,
      ...(resource === undefined ? {} : { resource }),
      ...(clientId === undefined ? {} : { clientId }),
      ...(kind === 'databaseRole' && members.some(({ firewall }) => firewall === 'open') ? { firewall: 'open' as const } : {}),
      ...onlyFor(members),
    },
  ]
}

const placeWords = (scope: string, { target }: Connection): string =>
  scope === target.id ? nameOf(target) : `${scope.slice(target.id.length + 1)} of ${nameOf(target)}`
