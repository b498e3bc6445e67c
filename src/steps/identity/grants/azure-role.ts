// Azure roles. Ids of role assignments are deterministic, so a repeated PUT is the same; the description marks them as the app's. Azure allows one per
// scope, principal and role, regardless of its author: an existing one is adopted.
import { Failure } from '../../../errors/failure.ts'
import type { Mark } from '../../../model/managed-object.ts'
import type { GrantObject } from '../../../model/managed-objects.ts'
import { isRoleAssignmentMark, roleAssignmentMark, roleAssignmentName } from '../../../model/names.ts'
import { resourceId, sameId } from '../../../model/resource-id.ts'
import type { View } from '../../../model/view.ts'
import { resourceOf } from '../../../targets/catalogue.ts'
import { byHandRoles } from '../../by-hand/roles.ts'
import { type Assignment, assignmentsAt, authorizationApi, roleAssignments } from './azure-role-assignments.ts'
import { limitsOf } from './azure-role-limits.ts'
import type { GrantType } from './grant-type.ts'

export const azureRole: GrantType<Assignment> = {
  kind: 'azureRole',

  nameOf({ scope, principalId, roleId }, { loop: { key: identity } }) {
    const name = roleAssignmentName(scope, principalId, roleId, identity)
    return { name, resource: `${scope}/${roleAssignments}/${name}` }
  },

  list: assignmentsAt,

  compare(object, there, view) {
    const found = foundIn(there, object)
    return found
      ? { id: object.id, state: 'same', mark: markOf(found, object.name, view), version: found.id }
      : { id: object.id, state: 'absent' }
  },

  async make(object, view, ports) {
    try {
      return await ports.arm.put(idOf(object), authorizationApi, { properties: propertiesOf(object, view) })
    } catch (error) {
      // Another writer has just made the same one: the next read tells whose it is.
      if (error instanceof Failure && error.fields.code === 'AlreadyThere') return {}
      throw naming(error, object)
    }
  },

  remove: (object, version, ports) => ports.arm.delete(version ?? idOf(object), authorizationApi),

  limits: (desired, adopted, thereOf, ports) => limitsOf(desired, adopted, (object) => foundIn(thereOf(object), object), ports),

  byHand: (changes, view) =>
    byHandRoles(
      changes,
      { installation: view.installation.name, loop: view.loop.key },
      (id) => resourceOf(resourceId(id).type)?.apiVersion ?? authorizationApi,
    ),
}

const idOf = ({ scope, name }: GrantObject): string => `${scope}/${roleAssignments}/${name}`

const foundIn = (there: readonly Assignment[], { roleId }: GrantObject): Assignment | undefined =>
  there.find((other) => sameId(other.roleId, roleId))

/**
 * Always with `principalType`: a condition on the app's own right sees only the request
 * (docs/azure-behaviour.md#role-conditions-see-only-the-request).
 */
const propertiesOf = ({ scope, roleId, principalId }: GrantObject, view: View<'identity'>) => ({
  roleDefinitionId: `/subscriptions/${resourceId(scope).subscription}/providers/Microsoft.Authorization/roleDefinitions/${roleId}`,
  principalId,
  principalType: 'ServicePrincipal',
  description: roleAssignmentMark(view.installation.name, view.loop.key),
})

/** ARM does not say which role the condition of the app's own right excludes. */
const naming = (error: unknown, { summary }: GrantObject): unknown =>
  error instanceof Failure && error.fields.code === 'ConditionForbids'
    ? new Failure({ ...error.fields, about: { ...error.fields.about, provided: summary } })
    : error

/**
 * The app's assignment has the name that the app gives it: anyone who may write assignments can write a description. The name is the same for every
 * installation, so if it matches, the description says which; without one the ledger does.
 */
function markOf({ name, description }: Assignment, own: string, view: View<'identity'>): Mark {
  if (!sameId(name, own)) return 'foreign'
  if (description === roleAssignmentMark(view.installation.name, view.loop.key)) return 'ours'
  return isRoleAssignmentMark(description) ? 'foreign' : 'none'
}
