// Data-plane roles of Cosmos DB, which are none of Azure's own: `sqlRoleDefinitions` and `sqlRoleAssignments` below the account
// (https://learn.microsoft.com/azure/cosmos-db/nosql/how-to-connect-role-based-access-control). Only one is written at a time: a second one is refused
// with 412 (https://github.com/hashicorp/terraform-provider-azurerm/issues/15842).

import { principals, tenant } from '../entra/directory.ts'
import type { CloudResponse } from '../http.ts'
import { cosmosPath, existingAccount, refuseCosmos } from './cosmos-call.ts'
import { changeChild, cosmosChildrenIn, listChildren } from './cosmos-children.ts'
import { isWithin, keyOf, parseId } from './ids.ts'
import { isRunning } from './operations.ts'
import { type Call, objectOf, page, type Route, textOf } from './provider.ts'

const assignments = `${cosmosPath}/sqlRoleAssignments`
const definitions = `${cosmosPath}/sqlRoleDefinitions`
const type = 'Microsoft.DocumentDB/databaseAccounts/sqlRoleAssignments'

const containers = 'Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers'
const metadata = 'Microsoft.DocumentDB/databaseAccounts/readMetadata'
const builtIn = [
  [
    '00000000-0000-0000-0000-000000000001',
    'Reader',
    [metadata, `${containers}/executeQuery`, `${containers}/readChangeFeed`, `${containers}/items/read`],
  ],
  ['00000000-0000-0000-0000-000000000002', 'Contributor', [metadata, `${containers}/*`, `${containers}/items/*`]],
] as const

const definitionsOf = (accountId: string) =>
  builtIn.map(([name, role, dataActions]) => ({
    id: `${accountId}/sqlRoleDefinitions/${name}`,
    name,
    type: 'Microsoft.DocumentDB/databaseAccounts/sqlRoleDefinitions',
    properties: {
      roleName: `Cosmos DB Built-in Data ${role}`,
      type: 'BuiltInRole',
      assignableScopes: [accountId],
      permissions: [{ dataActions, notDataActions: [] }],
    },
  }))

function put(call: Call): CloudResponse {
  const account = existingAccount(call)
  const { roleDefinitionId, principalId, scope } = objectOf(call.body['properties'])
  const [role, principal, at] = [textOf(roleDefinitionId) ?? '', textOf(principalId) ?? '', textOf(scope) ?? '']
  if (!definitionsOf(account.id).some(({ id }) => keyOf(id) === keyOf(role)))
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
  const { name = '' } = parseId(call.path)
  return changeChild(call, call.path, {
    id: call.path,
    name,
    type,
    properties: { roleDefinitionId: role, principalId: principal, scope: at },
  })
}

function needAlone(call: Call, accountId: string): void {
  if (!isRunning(call.world, `${accountId}/sqlRoleAssignments`)) return
  throw refuseCosmos(
    412,
    'PreconditionFailed',
    `There is another user operation in progress which requires an exclusive lock on [${parseId(accountId).name}]. Please retry after sometime.`,
  )
}

function read(call: Call): CloudResponse {
  existingAccount(call)
  const found = cosmosChildrenIn(call.world).get(keyOf(call.path))
  if (!found) throw refuseCosmos(404, 'NotFound', `Unable to find a SQL Role Assignment with ID [${parseId(call.path).name}].`)
  return { status: 200, body: found }
}

function remove(call: Call): CloudResponse {
  const account = existingAccount(call)
  if (!cosmosChildrenIn(call.world).has(keyOf(call.path))) return { status: 204 }
  needAlone(call, account.id)
  return changeChild(call, call.path)
}

export const cosmosRoles: readonly Route[] = [
  { method: 'GET', path: assignments, handle: listChildren },
  { method: 'GET', path: `${assignments}/{assignment}`, handle: read },
  { method: 'PUT', path: `${assignments}/{assignment}`, quiet: true, handle: put },
  { method: 'DELETE', path: `${assignments}/{assignment}`, quiet: true, handle: remove },
  { method: 'GET', path: definitions, handle: (call) => page(call, definitionsOf(existingAccount(call).id)) },
]
