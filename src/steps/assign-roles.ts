// Role assignments of the identity on the members' targets. Their ids are deterministic, so that a PUT that is repeated is the same; that they are
// ours says the description. Azure allows one per scope, principal and role, whoever makes it: one that is there already is adopted.
import type { Connection } from '../domain/connection.ts'
import { grantName } from '../domain/grant.ts'
import { isRoleAssignmentMark, roleAssignmentMark, roleAssignmentName } from '../domain/names.ts'
import type { Problem } from '../domain/problem.ts'
import { resourceId, sameId } from '../domain/resource-id.ts'
import { roleFact } from '../domain/role-fact.ts'
import { servicePrincipalOf } from '../domain/service-principal.ts'
import type { Held, Mark, Seen, Wanted } from '../domain/thing.ts'
import type { View } from '../domain/view.ts'
import { isFilled, notUnderstood } from '../errors/answer.ts'
import { problemOf } from '../errors/catalogue.ts'
import { Failure } from '../errors/failure.ts'
import { resourceOf, targetOf } from '../targets/catalogue.ts'
import { byHandRoles } from './by-hand-azure.ts'
import { eachChange } from './each-change.ts'
import { closed } from './failures.ts'
import { untilIdentity } from './federate-identity.ts'
import { identityUsers } from './identity-users.ts'
import { surelyAbsent } from './missing.ts'
import type { Ports } from './ports.ts'
import { type Assignment, limitsOf } from './role-limits.ts'
import type { Step } from './step.ts'
import type { RoleThing } from './things.ts'
import { minute, nameOf, onlyFor } from './words.ts'

const authorizationApi = '2022-04-01'
const below = 'providers/Microsoft.Authorization/roleAssignments'

export const assignRoles: Step<'identity', RoleThing> = {
  name: 'assign-roles',
  loop: 'identity',
  after: ['ensure-identity'],
  reads: [],

  // Each of a cluster's connections may have another target: the role on one of them is no news for the others.
  concerns: (member, { roles: before = [] }, { roles: after = [] }) =>
    member.roles.map((role) => roleFact(role, member.target.id)).some((role) => before.includes(role) !== after.includes(role)),

  wanted(view): Wanted<RoleThing> {
    const principalId = principalOf(view)
    const users = new Map<string, { readonly role: string; readonly members: Connection[] }>()
    for (const member of identityUsers(view).users)
      for (const role of member.roles) {
        const id = roleFact(role, member.target.id)
        users.set(id, { role, members: [...(users.get(id)?.members ?? []), member] })
      }
    if (users.size === 0) return { things: [] }
    if (principalId === undefined) return { things: [], waiting: [untilIdentity(view)], incomplete: true }
    return { things: [...users.values()].flatMap(({ role, members }) => assignment(role, members, principalId, view)) }
  },

  async observe(view, wanted, held, ports) {
    const things = [...new Map([...held.map((row) => row.thing), ...wanted].map((thing) => [thing.id, thing])).values()]
    if (things.length === 0) return { seen: [], facts: { roles: undefined, limits: undefined }, found: undefined }
    const places = new Map(things.map(({ scope, principalId }) => [`${scope}|${principalId}`.toLowerCase(), { scope, principalId }]))
    // A target that may not be read leaves the roles on the others alone.
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
    const listOf = (thing: RoleThing): readonly Assignment[] | Problem =>
      there.get(`${thing.scope}|${thing.principalId}`.toLowerCase()) ?? []
    const foundOf = (thing: RoleThing): Assignment | undefined => {
      const list = listOf(thing)
      return 'code' in list ? undefined : list.find((other) => sameId(other.roleId, thing.roleId))
    }
    const seen = things.map((thing): Seen => {
      const list = listOf(thing)
      return 'code' in list ? { id: thing.id, state: 'unseen', problem: list } : look(thing, foundOf(thing), view)
    })
    const rows = new Map(held.map((row) => [row.thing.id, row]))
    const adopted = wanted.filter((thing) => !isOurs(seen[things.indexOf(thing)], rows.get(thing.id)))
    const { limits, endsAt } = await limitsOf(wanted, adopted, foundOf, ports)
    return {
      seen,
      facts: { roles: [...new Set(roles)].sort(), limits },
      // Then the app makes its own.
      ...(endsAt === undefined ? {} : { lookAt: Math.max(endsAt, view.now + minute) }),
      found: undefined,
    }
  },

  async apply(changes, _found, view, ports) {
    await eachChange(changes, async ({ action, thing, seen }) => {
      const own = `${thing.scope}/${below}/${thing.name}`
      if (action === 'delete') {
        await ports.arm.delete('version' in seen && seen.version ? seen.version : own, authorizationApi)
        return
      }
      await ports.arm
        .put(own, authorizationApi, { properties: propertiesOf(thing, view) })
        .catch((error: unknown) => unlessThere(naming(error, thing)))
    })
    return { done: true }
  },

  byHand: (changes, view) =>
    byHandRoles(
      changes,
      { installation: view.rules.installation, loop: view.loop.key },
      (id) => resourceOf(resourceId(id).type)?.apiVersion ?? authorizationApi,
    ),
}

const principalOf = (view: View<'identity'>): string | undefined => servicePrincipalOf(view.loop) ?? view.facts.principalId

function assignment(role: string, members: readonly Connection[], principalId: string, view: View<'identity'>): readonly RoleThing[] {
  const [first] = members
  if (!first) return []
  const scope = first.target.id
  const name = roleAssignmentName(scope, principalId, role, view.loop.key)
  const word = grantName(targetOf(first.type)?.grants, role) ?? `role ${role}`
  return [
    {
      kind: 'role-assignment',
      // A recreated identity is another principal: the old assignment goes, a new one comes.
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

/** Always with `principalType`: a condition on our own right sees only the request (docs/azure-behaviour.md#role-conditions-see-only-the-request). */
const propertiesOf = ({ scope, roleId, principalId }: RoleThing, view: View<'identity'>) => ({
  roleDefinitionId: `/subscriptions/${resourceId(scope).subscription}/providers/Microsoft.Authorization/roleDefinitions/${roleId}`,
  principalId,
  principalType: 'ServicePrincipal',
  description: roleAssignmentMark(view.rules.installation, view.loop.key),
})

/** ARM does not say which role it is that the condition of our own right leaves out. */
const naming = (error: unknown, { summary }: RoleThing): unknown =>
  error instanceof Failure && error.fields.code === 'ConditionForbids'
    ? new Failure({ ...error.fields, about: { ...error.fields.about, given: summary } })
    : error

/** Somebody has just made the same: looking again tells whose it is. */
const unlessThere = (error: unknown): void => {
  if (!(error instanceof Failure) || error.fields.code !== 'AlreadyThere') throw error
}

async function listAt(place: Place, isOneOfMany: boolean, ports: Ports): Promise<readonly Assignment[] | Problem> {
  try {
    return await assignmentsOf(place, ports)
  } catch (error) {
    // Thrown on, it is retried as its class says; but then nothing is done on the other targets either.
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
    // The scope may be gone, and its assignments with it; only a look at the scope itself tells that from other reasons.
    const type = resourceOf(resourceId(scope).type)
    if (!(error instanceof Failure) || error.fields.status !== 404 || !type) throw error
    if ((await ports.arm.get(scope, type.apiVersion)) !== undefined) throw error
    await surelyAbsent(scope, resourceId(scope).name, ports)
    return []
  }
  return list.flatMap((one) => {
    const properties = one['properties'] as Readonly<Record<string, unknown>>
    // One that does not say whose and what it is could be the very one that is looked for.
    if (![properties['scope'], properties['principalId'], properties['roleDefinitionId']].every(isFilled))
      throw notUnderstood('list the role assignments', 'a row of its list is no role assignment')
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

function look({ id, name }: RoleThing, found: Assignment | undefined, view: View<'identity'>): Seen {
  return found ? { id, state: 'same', mark: markOf(found, name, view), version: found.id } : { id, state: 'absent' }
}

/** Whose limits it has: of one that bears our name and our mark, or is absent, nothing has to be asked. */
const isOurs = (seen: Seen | undefined, row: Held | undefined): boolean =>
  seen === undefined || !('mark' in seen) || seen.mark === 'ours' || (seen.mark === 'none' && row !== undefined && row.hold !== 'adopted')

/**
 * Ours has the name that we give it: a description can be written by anybody who may write assignments. The name is the same for every
 * installation, so where it fits, the description says whose it is; without one the ledger does.
 */
function markOf({ name, description }: Assignment, own: string, view: View<'identity'>): Mark {
  if (!sameId(name, own)) return 'foreign'
  if (description === roleAssignmentMark(view.rules.installation, view.loop.key)) return 'ours'
  return isRoleAssignmentMark(description) ? 'foreign' : 'none'
}
