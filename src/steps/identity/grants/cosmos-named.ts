// What the sweep finds on an account of Cosmos DB. Surprising: under the name of another API than the account's own its assignments are shown once more, and
// no connection needs those (docs/azure-behaviour.md#roles-on-the-data-of-cosmos-db-are-below-the-account).
import * as z from 'zod'
import { inShape } from '../../../model/answer-shape.ts'
import { cosmosRoleKinds } from '../../../model/grant.ts'
import { cosmosAccount, cosmosTypeOf } from '../../../targets/resources/cosmos-account.ts'
import { armScope, cosmosDataPlanes } from './cosmos-data-plane.ts'
import type { Named } from './grant-type.ts'
import { namedAs } from './named-assignment.ts'

export const assignmentsSchema = z.array(
  z.looseObject({
    id: z.string(),
    name: z.string(),
    properties: z.looseObject({ roleDefinitionId: z.string(), principalId: z.string(), scope: z.string() }),
  }),
)

export const namedOnCosmos: Named = {
  on: [cosmosAccount.armType],
  async list(account, { arm }) {
    const body = await arm.get(account, cosmosAccount.apiVersion)
    if (body === undefined) return []
    const type = cosmosTypeOf(body)
    const kind = cosmosRoleKinds.find((one) => cosmosDataPlanes[one].type === type) ?? 'cosmosDataRole'
    const plane = cosmosDataPlanes[kind]
    const all = inShape(assignmentsSchema, await arm.list(`${account}/${plane.api}RoleAssignments`, plane.apiVersion))
    return all.flatMap(({ id, name, properties: { principalId, roleDefinitionId, scope } }) => {
      const at = armScope(plane, account, scope)
      const roleId = roleDefinitionId.split('/').at(-1) ?? ''
      const remove = () => arm.delete(id, plane.apiVersion)
      return at === undefined ? [] : namedAs('CosmosDataRole', kind, { id, name, scope: at, principalId, roleId, remove })
    })
  },
}
