// Roles on the data of Cosmos DB, which are none of Azure's own: `sqlRoleAssignments` of the account and their like for its other APIs
// (https://learn.microsoft.com/azure/cosmos-db/nosql/how-to-connect-role-based-access-control). Surprising: an account writes one at a time and refuses
// every other change meanwhile.
import { inShape } from '../../../model/answer-shape.ts'
import type { CosmosRoleKind } from '../../../model/grant.ts'
import { roleAssignmentName } from '../../../model/names.ts'
import { sameId } from '../../../model/resource-id.ts'
import { assignmentsByHand } from './cosmos-assignments-by-hand.ts'
import { assignmentOf, assignmentsOf, cosmosDataPlanes, dataScope } from './cosmos-data-plane.ts'
import { assignmentsSchema, namedOnCosmos } from './cosmos-named.ts'
import type { Granted, GrantType } from './grant-type.ts'

type Assignment = Granted & { readonly name: string; readonly id: string }

export function cosmosDataRole(kind: CosmosRoleKind): GrantType<Assignment> {
  const plane = cosmosDataPlanes[kind]
  const { api, apiVersion } = plane
  const action = (verb: string): string => `Microsoft.DocumentDB/databaseAccounts/${api}RoleAssignments/${verb}`

  return {
    kind,
    named: namedOnCosmos,
    rights: {
      read: [action('read')],
      write: [action('write'), action('delete'), 'Microsoft.DocumentDB/locations/operationsStatus/read'],
    },

    nameOf({ scope, principalId, roleId, ...of }, { loop: { key: identity } }) {
      const name = roleAssignmentName(scope, principalId, roleId, identity)
      return { name, resource: `${assignmentsOf(plane, { scope, ...of })}/${name}` }
    },

    async list(place, ports) {
      const all = inShape(assignmentsSchema, await ports.arm.list(assignmentsOf(plane, place), apiVersion))
      return all
        .filter(
          ({ properties: { principalId, scope } }) => sameId(principalId, place.principalId) && sameId(scope, dataScope(plane, place)),
        )
        .map(({ id, name, properties }) => ({ id, name, roleId: properties.roleDefinitionId.split('/').at(-1) ?? '' }))
    },

    compare({ id, name, roleId }, there) {
      const same = there.filter((one) => sameId(one.roleId, roleId))
      const found = same.find((one) => sameId(one.name, name)) ?? same[0]
      if (!found) return { id, state: 'absent' }
      // Anyone who may write assignments can give one this name: the ledger must know it as well.
      return { id, state: 'same', mark: sameId(found.name, name) ? 'none' : 'foreign', version: found.id }
    },

    make(object, _view, ports) {
      const { id, properties } = assignmentOf(plane, object)
      return ports.arm.put(id, apiVersion, { properties })
    },

    remove: (object, version, ports) => ports.arm.delete(version ?? assignmentOf(plane, object).id, apiVersion),

    byHand: (changes) => assignmentsByHand(plane, changes),
  }
}
