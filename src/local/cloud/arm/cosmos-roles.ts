// Data-plane roles of Cosmos DB, which are none of Azure's own: `sqlRoleDefinitions` and `sqlRoleAssignments` below the account, and their like for the
// other APIs (https://learn.microsoft.com/azure/cosmos-db/nosql/how-to-connect-role-based-access-control).
//
// Surprising: only one is written at a time, a second one is refused with 412 (https://github.com/hashicorp/terraform-provider-azurerm/issues/15842). The
// assignments for NoSQL and for Table are one list under two names, and one on a database that does not exist is dropped without a word
// (docs/azure-behaviour.md#roles-on-the-data-of-cosmos-db-are-below-the-account).

import { principals, tenant } from '../entra/directory.ts'
import type { CloudResponse } from '../http.ts'
import { cosmosPath, existingAccount, refuseCosmos } from './cosmos-call.ts'
import { type CosmosChild, changeChild, cosmosChildrenIn } from './cosmos-children.ts'
import { builtInRoles, type CosmosPlane, cosmosPlanes, placeOfScope } from './cosmos-planes.ts'
import { isWithin, keyOf, parseId } from './ids.ts'
import { isRunning } from './operations.ts'
import { type Call, objectOf, page, type Route, textOf } from './provider.ts'

const assignments = ({ api }: Pick<CosmosPlane, 'api'>): string => `${api}RoleAssignments`

/** Under the name of one API what is stored under that of another. */
function asOf(plane: CosmosPlane, { id, name, type, properties }: CosmosChild): CosmosChild {
  const [own, other] = [`${plane.api}Role`, `${plane.storedAs}Role`]
  const said = (text: string): string => text.replace(`/${other}`, `/${own}`)
  return {
    id: said(id),
    name,
    type: said(type),
    properties: { ...properties, roleDefinitionId: said(String(properties['roleDefinitionId'])) },
  }
}
const stored = (plane: CosmosPlane, path: string): string => path.replace(/\/\w+RoleAssignments/i, `/${plane.storedAs}RoleAssignments`)

function put(plane: CosmosPlane, call: Call): CloudResponse {
  const account = existingAccount(call)
  const { roleDefinitionId, principalId, scope } = objectOf(call.body['properties'])
  const [role, principal, at] = [textOf(roleDefinitionId) ?? '', textOf(principalId) ?? '', textOf(scope) ?? '']
  if (!builtInRoles(plane, account.id).some(({ id }) => keyOf(id) === keyOf(role)))
    throw refuseCosmos(400, 'BadRequest', `The provided role definition ID [${parseId(role).name}] does not exist.`)
  if (!isWithin(at, account.id)) throw refuseCosmos(400, 'BadRequest', `The scope [${at}] is not one of the account.`)
  const found = principals(call.world).get(principal)
  if (!found || found.deleted || found.visibleAt > call.world.clock.now())
    throw refuseCosmos(
      400,
      'BadRequest',
      `The provided principal ID [${principal}] was not found in the AAD tenant(s) [${tenant}] which are associated with the customer's subscription.`,
    )
  needAlone(call, account.id)
  const place = placeOfScope(plane, account.id, at)
  const isThere = place === undefined || cosmosChildrenIn(call.world).has(keyOf(place))
  const id = stored(plane, call.path)
  const { name = '' } = parseId(id)
  const type = `Microsoft.DocumentDB/databaseAccounts/${plane.storedAs}RoleAssignments`
  const definition = role.replace(`/${plane.api}Role`, `/${plane.storedAs}Role`)
  return changeChild(
    call,
    id,
    isThere ? { id, name, type, properties: { roleDefinitionId: definition, principalId: principal, scope: at } } : undefined,
  )
}

function needAlone(call: Call, accountId: string): void {
  if (!cosmosPlanes.some((plane) => isRunning(call.world, `${accountId}/${assignments(plane)}`))) return
  throw refuseCosmos(
    412,
    'PreconditionFailed',
    `There is another user operation in progress which requires an exclusive lock on [${parseId(accountId).name}]. Please retry after sometime.`,
  )
}

function list(plane: CosmosPlane, call: Call): CloudResponse {
  existingAccount(call)
  const below = stored(plane, call.path)
  const rows = [...cosmosChildrenIn(call.world).values()].filter(({ id }) => isWithin(id, below))
  return page(
    call,
    rows.map((row) => asOf(plane, row)),
  )
}

function read(plane: CosmosPlane, call: Call): CloudResponse {
  existingAccount(call)
  const found = cosmosChildrenIn(call.world).get(keyOf(stored(plane, call.path)))
  if (!found) throw refuseCosmos(404, 'NotFound', `Unable to find a ${plane.label} Role Assignment with ID [${parseId(call.path).name}].`)
  return { status: 200, body: asOf(plane, found) }
}

function remove(plane: CosmosPlane, call: Call): CloudResponse {
  const account = existingAccount(call)
  const id = stored(plane, call.path)
  if (!cosmosChildrenIn(call.world).has(keyOf(id))) return { status: 204 }
  needAlone(call, account.id)
  return changeChild(call, id)
}

export const cosmosRoles: readonly Route[] = cosmosPlanes.flatMap((plane): readonly Route[] => {
  const path = `${cosmosPath}/${assignments(plane)}`
  return [
    { method: 'GET', path, handle: (call) => list(plane, call) },
    { method: 'GET', path: `${path}/{assignment}`, handle: (call) => read(plane, call) },
    { method: 'PUT', path: `${path}/{assignment}`, quiet: true, handle: (call) => put(plane, call) },
    { method: 'DELETE', path: `${path}/{assignment}`, quiet: true, handle: (call) => remove(plane, call) },
    {
      method: 'GET',
      path: `${cosmosPath}/${plane.api}RoleDefinitions`,
      handle: (call) => page(call, builtInRoles(plane, existingAccount(call).id)),
    },
  ]
})
