// Time-bound role assignments of Privileged Identity Management, as far as identities of workloads can have them: an administrator assigns an active
// role with an end. The assignment then stands in the usual list, which says nothing of its end; only the schedule's instance does.
// https://learn.microsoft.com/rest/api/authorization/role-assignment-schedule-requests/create
// https://learn.microsoft.com/rest/api/authorization/role-assignment-schedule-instances/list-for-scope
//
// Service principals cannot be eligible, because they cannot activate the role:
// https://learn.microsoft.com/entra/id-governance/privileged-identity-management/pim-resource-roles-assign-roles

import { type RoleAssignment, roleAssignments } from '../access.ts'
import { latencies } from '../latencies.ts'
import { refuse } from './errors.ts'
import { keyOf, sameId } from './ids.ts'
import { type Call, objectOf, type Provider, page, textOf } from './provider.ts'

const below = '/{scope*}/providers/Microsoft.Authorization'
const last = (id: string): string => id.slice(id.lastIndexOf('/') + 1)
const scopeOf = ({ path }: Call): string => path.slice(0, path.toLowerCase().lastIndexOf('/providers/microsoft.authorization/'))

/** `PT8H`, `P30D`. */
function durationOf(text: string): number | undefined {
  const [, days, hours, minutes] = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?$/.exec(text) ?? []
  const total = (Number(days ?? 0) * 24 + Number(hours ?? 0)) * 60 + Number(minutes ?? 0)
  return total > 0 ? total * 60_000 : undefined
}

function request(call: Call) {
  const { world } = call
  const properties = objectOf(call.body['properties'])
  const [roleDefinitionId, principalId] = [textOf(properties['roleDefinitionId']), textOf(properties['principalId'])]
  const expiration = objectOf(objectOf(properties['scheduleInfo'])['expiration'])
  const now = world.clock.now()
  const lasts = durationOf(textOf(expiration['duration']) ?? '')
  const end = expiration['type'] === 'AfterDateTime' ? Date.parse(textOf(expiration['endDateTime']) ?? '') : now + (lasts ?? Number.NaN)
  if (properties['requestType'] !== 'AdminAssign' || !roleDefinitionId || !principalId || !(end > now))
    throw refuse(501, 'NotSimulated', 'Only AdminAssign with a role, a principal and an end in the future is simulated.')
  const scope = scopeOf(call)
  const guid = world.uuid()
  const id = `${scope}/providers/Microsoft.Authorization/roleAssignments/${guid}`
  const isThere = [...roleAssignments(world).values()].some(
    (row) => row.principalId === principalId && sameId(row.scope, scope) && last(row.roleDefinitionId) === last(roleDefinitionId),
  )
  if (isThere) throw refuse(400, 'RoleAssignmentExists', 'The Role assignment already exists.')
  const condition = textOf(properties['condition'])
  const row: RoleAssignment = {
    id,
    scope,
    roleDefinitionId,
    principalId,
    principalType: 'ServicePrincipal',
    ...(condition === undefined ? {} : { condition, conditionVersion: '2.0' }),
    createdOn: now,
    createdBy: call.claims.oid,
    effectiveAt: now + latencies(world).roleAssignment * (0.3 + 0.7 * world.random()),
    endsAt: end,
  }
  roleAssignments(world).set(keyOf(id), row)
  return { status: 201, body: { id: call.path, name: last(call.path), properties: { ...properties, scope, status: 'Provisioned' } } }
}

/** A permanent assignment has an instance without an end. */
function instances(call: Call) {
  const [, principal] = /principalId eq '([^']+)'/i.exec(call.url.searchParams.get('$filter') ?? '') ?? []
  const rows = [...roleAssignments(call.world).values()].filter(
    (row) => sameId(row.scope, scopeOf(call)) && (principal === undefined || row.principalId === principal),
  )
  return page(
    call,
    rows.map((row) => ({
      id: `${row.scope}/providers/Microsoft.Authorization/roleAssignmentScheduleInstances/${last(row.id)}`,
      name: last(row.id),
      type: 'Microsoft.Authorization/roleAssignmentScheduleInstances',
      properties: {
        scope: row.scope,
        roleDefinitionId: row.roleDefinitionId,
        principalId: row.principalId,
        principalType: row.principalType,
        status: 'Provisioned',
        assignmentType: 'Assigned',
        memberType: 'Direct',
        originRoleAssignmentId: row.id,
        startDateTime: new Date(row.createdOn).toISOString(),
        endDateTime: row.endsAt === undefined ? null : new Date(row.endsAt).toISOString(),
      },
    })),
  )
}

export const roleAssignmentSchedulesProvider: Provider = {
  namespace: 'Microsoft.Authorization',
  routes: [
    { method: 'GET', path: `${below}/roleAssignmentScheduleInstances`, handle: instances },
    { method: 'PUT', path: `${below}/roleAssignmentScheduleRequests/{guid}`, handle: request },
  ],
}
