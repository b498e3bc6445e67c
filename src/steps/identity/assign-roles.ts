// Role assignments of the identity on the members' targets. Their ids are deterministic, so a repeated PUT is the same; the description marks them as
// the app's. Azure allows one per scope, principal and role, regardless of its author: an existing one is adopted.

import { eachChange } from '../../contract/each-change.ts'
import { surelyAbsent } from '../../contract/missing.ts'
import type { Step } from '../../contract/step.ts'
import { isFilled, notUnderstood } from '../../errors/answer.ts'
import { problemOf } from '../../errors/catalogue.ts'
import { closed, Failure } from '../../errors/failure.ts'
import type { Connection } from '../../model/connection.ts'
import { grantName } from '../../model/grant.ts'
import type { DesiredObjects, LedgerEntry, Mark, ObservedState } from '../../model/managed-object.ts'
import type { RoleObject } from '../../model/managed-objects.ts'
import { isRoleAssignmentMark, roleAssignmentMark, roleAssignmentName } from '../../model/names.ts'
import type { Problem } from '../../model/problem.ts'
import { resourceId, sameId } from '../../model/resource-id.ts'
import { roleFact } from '../../model/role-fact.ts'
import { servicePrincipalOf } from '../../model/service-principal.ts'
import type { View } from '../../model/view.ts'
import { minute, nameOf, onlyFor } from '../../model/words.ts'
import type { Ports } from '../../ports/ports.ts'
import { resourceOf, targetOf } from '../../targets/catalogue.ts'
import { byHandRoles } from '../by-hand/azure.ts'
import { untilIdentity } from './federate-identity.ts'
import { identityUsers } from './identity-users.ts'
import { type Assignment, limitsOf } from './role-limits.ts'

const authorizationApi = '2022-04-01'
const below = 'providers/Microsoft.Authorization/roleAssignments'

export const assignRoles: Step<'identity', RoleObject> = {
  name: 'assign-roles',
  loop: 'identity',
  after: ['ensure-identity'],
  reads: [],

  // Each of a cluster's connections may have a different target: the role on one of them does not concern the others.
  concerns: (member, { roles: before = [] }, { roles: after = [] }) =>
    member.roles.map((role) => roleFact(role, member.target.id)).some((role) => before.includes(role) !== after.includes(role)),

  desired(view): DesiredObjects<RoleObject> {
    const principalId = principalOf(view)
    const users = new Map<string, { readonly role: string; readonly members: Connection[] }>()
    for (const member of identityUsers(view).users)
      for (const role of member.roles) {
        const id = roleFact(role, member.target.id)
        users.set(id, { role, members: [...(users.get(id)?.members ?? []), member] })
      }
    if (users.size === 0) return { objects: [] }
    if (principalId === undefined) return { objects: [], waiting: [untilIdentity(view)], incomplete: true }
    return { objects: [...users.values()].flatMap(({ role, members }) => assignment(role, members, principalId, view)) }
  },

  async observe(view, { objects, desired, tracked }, ports) {
    if (objects.length === 0) return { observed: [], facts: { roles: undefined, limits: undefined }, found: undefined }
    const places = new Map(objects.map(({ scope, principalId }) => [`${scope}|${principalId}`.toLowerCase(), { scope, principalId }]))
    // A target that may not be read does not affect the roles on the others.
    const lists = await Promise.all([...places].map(async ([key, place]) => [key, await listAt(place, places.size > 1, ports)] as const))
    const there = new Map(lists)
    const before = view.facts.roles ?? []
    const roles = [...places].flatMap(([key, { scope, principalId }]) => {
      if (principalId !== principalOf(view)) return []
      const list = there.get(key) ?? []
      return 'code' in list
        ? before.filter((role) => role.endsWith(roleFact('', scope)))
        : list.map(({ roleId }) => roleFact(roleId, scope))
    })
    const listOf = (object: RoleObject): readonly Assignment[] | Problem =>
      there.get(`${object.scope}|${object.principalId}`.toLowerCase()) ?? []
    const foundOf = (object: RoleObject): Assignment | undefined => {
      const list = listOf(object)
      return 'code' in list ? undefined : list.find((other) => sameId(other.roleId, object.roleId))
    }
    const observed = objects.map((object): ObservedState => {
      const list = listOf(object)
      return 'code' in list ? { id: object.id, state: 'unknown', problem: list } : observedState(object, foundOf(object), view)
    })
    const rows = new Map(tracked.map((row) => [row.object.id, row]))
    const adopted = desired.filter((object) => !isOurs(observed[objects.indexOf(object)], rows.get(object.id)))
    const { limits, endsAt } = await limitsOf(desired, adopted, foundOf, ports)
    return {
      observed,
      facts: { roles: [...new Set(roles)].sort(), limits },
      // The app then makes its own.
      ...(endsAt === undefined ? {} : { nextRunAt: Math.max(endsAt, view.now + minute) }),
      found: undefined,
    }
  },

  async apply(changes, _found, view, ports) {
    await eachChange(changes, async ({ action, object, observed }) => {
      const own = `${object.scope}/${below}/${object.name}`
      if (action === 'delete') {
        await ports.arm.delete('version' in observed && observed.version ? observed.version : own, authorizationApi)
        return
      }
      await ports.arm
        .put(own, authorizationApi, { properties: propertiesOf(object, view) })
        .catch((error: unknown) => unlessThere(naming(error, object)))
    })
    return { done: true }
  },

  byHand: (changes, view) =>
    byHandRoles(
      changes,
      { installation: view.installation.name, loop: view.loop.key },
      (id) => resourceOf(resourceId(id).type)?.apiVersion ?? authorizationApi,
    ),
}

const principalOf = (view: View<'identity'>): string | undefined => servicePrincipalOf(view.loop) ?? view.facts.principalId

function assignment(role: string, members: readonly Connection[], principalId: string, view: View<'identity'>): readonly RoleObject[] {
  const [first] = members
  if (!first) return []
  const scope = first.target.id
  const name = roleAssignmentName(scope, principalId, role, view.loop.key)
  const word = grantName(targetOf(first.type)?.grants, role) ?? `role ${role}`
  return [
    {
      kind: 'role-assignment',
      // A recreated identity is a different principal: the old assignment goes, a new one comes.
      id: `${roleFact(role, scope)}|${principalId.toLowerCase()}`,
      summary: `${word} for identity ${nameOf(view.loop)} on ${nameOf(first.target)}`,
      scope,
      principalId,
      roleId: role,
      name,
      resource: `${scope}/${below}/${name}`,
      ...onlyFor(members),
    },
  ]
}

/**
 * Always with `principalType`: a condition on the app's own right sees only the request
 * (docs/azure-behaviour.md#role-conditions-see-only-the-request).
 */
const propertiesOf = ({ scope, roleId, principalId }: RoleObject, view: View<'identity'>) => ({
  roleDefinitionId: `/subscriptions/${resourceId(scope).subscription}/providers/Microsoft.Authorization/roleDefinitions/${roleId}`,
  principalId,
  principalType: 'ServicePrincipal',
  description: roleAssignmentMark(view.installation.name, view.loop.key),
})

/** ARM does not say which role the condition of the app's own right excludes. */
const naming = (error: unknown, { summary }: RoleObject): unknown =>
  error instanceof Failure && error.fields.code === 'ConditionForbids'
    ? new Failure({ ...error.fields, about: { ...error.fields.about, provided: summary } })
    : error

/** Another writer has just made the same one: the next read tells whose it is. */
const unlessThere = (error: unknown): void => {
  if (!(error instanceof Failure) || error.fields.code !== 'AlreadyThere') throw error
}

async function listAt(place: Place, isOneOfMany: boolean, ports: Ports): Promise<readonly Assignment[] | Problem> {
  try {
    return await assignmentsOf(place, ports)
  } catch (error) {
    // If thrown, it is retried as its class says; but then nothing happens on the other targets either.
    if (!isOneOfMany || !(error instanceof Failure) || !closed(error)) throw error
    return problemOf(error.fields)
  }
}

type Place = { readonly scope: string; readonly principalId: string }

/** One list per scope and principal; what is inherited from above or lies below is left out. */
async function assignmentsOf({ scope, principalId }: Place, ports: Ports): Promise<readonly Assignment[]> {
  const filter = encodeURIComponent(`principalId eq '${principalId}'`)
  let list: Awaited<ReturnType<Ports['arm']['list']>>
  try {
    list = await ports.arm.list(`${scope}/${below}?$filter=${filter}`, authorizationApi)
  } catch (error) {
    // The scope may be gone, and its assignments with it; only reading the scope itself tells that from other reasons.
    const type = resourceOf(resourceId(scope).type)
    if (!(error instanceof Failure) || error.fields.status !== 404 || !type) throw error
    if ((await ports.arm.get(scope, type.apiVersion)) !== undefined) throw error
    await surelyAbsent(scope, resourceId(scope).name, ports)
    return []
  }
  return list.flatMap((one) => {
    const properties = one['properties'] as Readonly<Record<string, unknown>>
    // An incomplete entry could be the very one that is needed.
    if (![properties['scope'], properties['principalId'], properties['roleDefinitionId']].every(isFilled))
      throw notUnderstood('list the role assignments', 'an entry of its list is not a role assignment')
    if (!sameId(String(properties['scope'] ?? ''), scope) || !sameId(String(properties['principalId'] ?? ''), principalId)) return []
    const roleId =
      String(properties['roleDefinitionId'] ?? '')
        .split('/')
        .at(-1) ?? ''
    const { condition, delegatedManagedIdentityResourceId: delegated } = properties
    return [
      {
        id: String(one['id'] ?? ''),
        name: String(one['name'] ?? ''),
        roleId,
        description: String(properties['description'] ?? ''),
        ...(typeof condition === 'string' && condition.trim() !== '' ? { condition } : {}),
        ...(typeof delegated === 'string' && delegated !== '' ? { isDelegated: true as const } : {}),
      },
    ]
  })
}

function observedState({ id, name }: RoleObject, found: Assignment | undefined, view: View<'identity'>): ObservedState {
  return found ? { id, state: 'same', mark: markOf(found, name, view), version: found.id } : { id, state: 'absent' }
}

/** Whose limits matter: nothing needs to be read for an assignment that has the app's name and mark, or is absent. */
const isOurs = (observed: ObservedState | undefined, row: LedgerEntry | undefined): boolean =>
  observed === undefined ||
  !('mark' in observed) ||
  observed.mark === 'ours' ||
  (observed.mark === 'none' && row !== undefined && row.ownership !== 'adopted')

/**
 * The app's assignment has the name that the app gives it: anyone who may write assignments can write a description. The name is the same for every
 * installation, so if it matches, the description says which; without one the ledger does.
 */
function markOf({ name, description }: Assignment, own: string, view: View<'identity'>): Mark {
  if (!sameId(name, own)) return 'foreign'
  if (description === roleAssignmentMark(view.installation.name, view.loop.key)) return 'ours'
  return isRoleAssignmentMark(description) ? 'foreign' : 'none'
}
