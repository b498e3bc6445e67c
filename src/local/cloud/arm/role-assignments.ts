// Microsoft.Authorization/roleAssignments (https://learn.microsoft.com/rest/api/authorization/role-assignments).
//
// Three things surprise: a new principal is not found for a while, sometimes even where `principalType` is given; the same principal,
// role and scope under another guid is a conflict that names the other (guid without dashes); and an assignment works only minutes later.

import { type RoleAssignment, removeAssignment, roleAssignments } from '../access.ts'
import { parseCondition } from '../conditions.ts'
import { principals, tenant } from '../entra/directory.ts'
import { latencies } from '../latencies.ts'
import { roleDefinition } from '../roles.ts'
import type { World } from '../world.ts'
import { refuse } from './errors.ts'
import { isWithin, keyOf, sameId } from './ids.ts'
import { type Call, objectOf, type Provider, page, textOf } from './provider.ts'

const list = '/{scope*}/providers/Microsoft.Authorization/roleAssignments'
const path = `${list}/{guid}`
const mostInSubscription = 4_000
/** How often a principal that is not replicated yet is refused although its type is given. */
const unluckyReplica = 0.25

const guidOf = (id: string): string => id.slice(id.lastIndexOf('/') + 1).toLowerCase()
const find = (world: World, id: string): RoleAssignment | undefined => roleAssignments(world).get(keyOf(id))
const scopeOf = (call: Call): string => call.parameters['scope'] || '/'

export const bodyOf = (row: RoleAssignment) => ({
  id: row.id,
  name: guidOf(row.id),
  type: 'Microsoft.Authorization/roleAssignments',
  properties: {
    roleDefinitionId: row.roleDefinitionId,
    principalId: row.principalId,
    principalType: row.principalType,
    scope: row.scope,
    description: row.description ?? null,
    condition: row.condition ?? null,
    conditionVersion: row.conditionVersion ?? null,
    createdOn: new Date(row.createdOn).toISOString(),
    updatedOn: new Date(row.createdOn).toISOString(),
    createdBy: row.createdBy,
    updatedBy: row.createdBy,
    delegatedManagedIdentityResourceId: row.delegatedManagedIdentityResourceId ?? null,
  },
})

function put(call: Call) {
  const { world } = call
  const properties = objectOf(call.body['properties'])
  const [roleDefinitionId, principalId] = [textOf(properties['roleDefinitionId']), textOf(properties['principalId'])]
  const guid = call.parameters['guid'] ?? ''
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(guid))
    throw refuse(400, 'InvalidRoleAssignmentId', `The role assignment ID '${guid}' is not valid. The role assignment ID must be a GUID.`)
  if (!roleDefinitionId || !principalId)
    throw refuse(400, 'BadRequestFormat', 'The request was incorrectly formatted: roleDefinitionId and principalId are needed.')
  if (!roleDefinition(world, roleDefinitionId))
    throw refuse(
      400,
      'RoleDefinitionDoesNotExist',
      `The specified role definition with ID '${guidOf(roleDefinitionId).replaceAll('-', '')}' does not exist.`,
    )
  const principalType = checkPrincipal(world, principalId, textOf(properties['principalType']))
  const condition = textOf(properties['condition'])
  if (condition !== undefined) checkCondition(condition)
  const scope = scopeOf(call)
  const before = [...roleAssignments(world).values()].find(({ id }) => guidOf(id) === guid.toLowerCase())
  const same =
    before &&
    sameId(before.scope, scope) &&
    before.principalId === principalId &&
    guidOf(before.roleDefinitionId) === guidOf(roleDefinitionId)
  if (before && !same)
    throw refuse(
      400,
      'RoleAssignmentUpdateNotPermitted',
      'Tenant ID, application ID, principal ID, and scope are not allowed to be updated.',
    )
  const twin = [...roleAssignments(world).values()].find(
    (row) =>
      guidOf(row.id) !== guid.toLowerCase() &&
      row.principalId === principalId &&
      sameId(row.scope, scope) &&
      guidOf(row.roleDefinitionId) === guidOf(roleDefinitionId),
  )
  if (twin)
    throw refuse(
      409,
      'RoleAssignmentExists',
      `The role assignment already exists. The ID of the existing role assignment is ${guidOf(twin.id).replaceAll('-', '')}.`,
    )
  if (!before && roleAssignments(world).size >= mostInSubscription)
    throw refuse(400, 'RoleAssignmentLimitExceeded', 'No more role assignments can be created (code: RoleAssignmentLimitExceeded)')
  const now = world.clock.now()
  const description = textOf(properties['description'])
  const delegated = textOf(properties['delegatedManagedIdentityResourceId'])
  const row: RoleAssignment = {
    id: before?.id ?? `${call.parameters['scope']}/providers/Microsoft.Authorization/roleAssignments/${guid}`,
    scope,
    roleDefinitionId,
    principalId,
    principalType,
    ...(description === undefined ? {} : { description }),
    ...(condition === undefined ? {} : { condition, conditionVersion: textOf(properties['conditionVersion']) ?? '2.0' }),
    ...(delegated === undefined ? {} : { delegatedManagedIdentityResourceId: delegated }),
    createdOn: before?.createdOn ?? now,
    createdBy: before?.createdBy ?? call.claims.oid,
    effectiveAt: before?.effectiveAt ?? now + latencies(world).roleAssignment * (0.3 + 0.7 * world.random()),
  }
  roleAssignments(world).set(keyOf(row.id), row)
  const body = bodyOf(row)
  // Only later reads say who made it.
  return { status: before ? 200 : 201, body: { ...body, properties: { ...body.properties, createdBy: null } } }
}

/** The type of the principal; without it the request must wait until the directory knows the principal everywhere. */
function checkPrincipal(world: World, oid: string, given: string | undefined): string {
  const found = principals(world).get(oid)
  const there = found && !found.deleted && found.visibleAt <= world.clock.now()
  if (there) {
    const actual = found.kind === 'user' ? 'User' : 'ServicePrincipal'
    if (given !== undefined && given.toLowerCase() !== actual.toLowerCase())
      throw refuse(
        400,
        'UnmatchedPrincipalType',
        `The PrincipalId '${oid}' has type '${actual}' , which is different from specified PrinciaplType '${given}'.`,
      )
    return actual
  }
  if (given !== undefined && !(found && !found.deleted && world.random() < unluckyReplica)) return given
  throw refuse(
    400,
    'PrincipalNotFound',
    `Principal ${oid.replaceAll('-', '')} does not exist in the directory ${tenant}. Check that you have the correct principal ID. If you are creating this principal and then immediately assigning a role, this error might be related to a replication delay. In this case, set the role assignment principalType property to a value, such as ServicePrincipal, User, or Group.  See https://aka.ms/docs-principaltype`,
  )
}

function checkCondition(condition: string): void {
  try {
    parseCondition(condition)
  } catch (error) {
    throw refuse(400, 'InvalidCondition', (error as Error).message)
  }
}

function listed(call: Call) {
  const filter = call.url.searchParams.get('$filter') ?? ''
  const scope = scopeOf(call)
  const [, principal] = /(?:principalId eq|assignedTo\()\s*'([^']+)'/i.exec(filter) ?? []
  const rest = filter.replace(/atScope\(\)|principalId eq\s*'[^']*'|assignedTo\('[^']*'\)|\band\b|\s/gi, '')
  if (rest !== '')
    throw refuse(501, 'NotSimulated', `The filter '${filter}' is not simulated: atScope(), principalId eq '…' and assignedTo('…') are.`)
  const here = (row: RoleAssignment): boolean => isWithin(scope, row.scope) || (!/atScope\(\)/i.test(filter) && isWithin(row.scope, scope))
  const rows = [...roleAssignments(call.world).values()].filter(
    (row) => here(row) && (principal === undefined || row.principalId === principal),
  )
  return page(call, rows.map(bodyOf))
}

const attributes = (roleDefinitionId: string, principalType: string, principalId: string): Record<string, string> => ({
  'microsoft.authorization/roleassignments:roledefinitionid': guidOf(roleDefinitionId),
  'microsoft.authorization/roleassignments:principalid': principalId,
  // absent where the request does not say it: a condition on it then fails
  ...(principalType === '' ? {} : { 'microsoft.authorization/roleassignments:principaltype': principalType }),
})

export const roleAssignmentsProvider: Provider = {
  namespace: 'Microsoft.Authorization',
  routes: [
    { method: 'GET', path: list, handle: listed },
    {
      method: 'GET',
      path,
      handle: (call) => {
        const found = find(call.world, call.path)
        if (!found) throw refuse(404, 'RoleAssignmentNotFound', `The role assignment '${call.parameters['guid']}' is not found.`)
        return { status: 200, body: bodyOf(found) }
      },
    },
    {
      method: 'PUT',
      path,
      attributes: (call) => {
        const asked = objectOf(call.body['properties'])
        const text = (name: string): string => textOf(asked[name]) ?? ''
        return { request: attributes(text('roleDefinitionId'), text('principalType'), text('principalId')) }
      },
      handle: put,
    },
    {
      method: 'DELETE',
      path,
      attributes: (call) => {
        const found = find(call.world, call.path)
        return found ? { resource: attributes(found.roleDefinitionId, found.principalType, found.principalId) } : {}
      },
      handle: (call) => {
        const found = find(call.world, call.path)
        if (!found) return { status: 204 }
        removeAssignment(call.world, found)
        return { status: 200, body: bodyOf(found) }
      },
    },
  ],
}
