// Azure RBAC of the simulated cloud: who may do what where. Every service checks here, ARM for actions, storage and Kubernetes for data actions. A
// role assignment counts only from `effectiveAt` on: Azure takes minutes to spread one
// (https://learn.microsoft.com/azure/role-based-access-control/troubleshooting#symptom---role-assignment-changes-are-not-being-detected). A deleted
// one ends at once here, which is stricter for callers that still need it.

import { isWithin } from './arm/ids.ts'
import type { RoleDefinition } from './built-in-roles/role.ts'
import { type Attributes, parseCondition } from './conditions.ts'
import { latencies } from './latencies.ts'
import { roleDefinition } from './roles.ts'
import type { World } from './world.ts'

export type RoleAssignment = {
  /** ARM id; the table's key is its lower case. */
  readonly id: string
  readonly scope: string
  readonly roleDefinitionId: string
  readonly principalId: string
  readonly principalType: string
  readonly description?: string
  readonly condition?: string
  readonly conditionVersion?: string
  readonly createdOn: number
  readonly createdBy: string
  readonly effectiveAt: number
  /** Time-bound, by Privileged Identity Management: it takes the assignment away then. */
  readonly endsAt?: number
  /** Assigned through Azure Lighthouse. */
  readonly delegatedManagedIdentityResourceId?: string
}

export type Ask = {
  readonly principalId: string
  readonly action?: string
  readonly dataAction?: string
  readonly scope: string
  /** What conditions may look at. */
  readonly request?: Attributes
  readonly resource?: Attributes
}

/** Those that stand now. */
export function roleAssignments(world: World): Map<string, RoleAssignment> {
  const table = world.table<RoleAssignment>('role-assignments')
  for (const [key, { endsAt }] of table) if (endsAt !== undefined && endsAt <= world.clock.now()) table.delete(key)
  return table
}

/** What is assigned at `scope` or at anything in it. */
export function removeAssignmentsWithin(world: World, scope: string): void {
  for (const row of [...roleAssignments(world).values()]) if (isWithin(row.scope, scope)) removeAssignment(world, row)
}

type Gone = { readonly row: RoleAssignment; readonly until: number }
const goneAssignments = (world: World): Map<string, Gone> => world.table<Gone>('resource-graph gone role assignments')

const graphLag = (world: World): number => latencies(world).graphIndex * (0.3 + 0.7 * world.random())

export function removeAssignment(world: World, row: RoleAssignment): void {
  const key = row.id.toLowerCase()
  roleAssignments(world).delete(key)
  goneAssignments(world).set(key, { row, until: world.clock.now() + graphLag(world) })
}

/** As Resource Graph knows them: new ones come late, and those that are gone stay a while. */
export function indexedAssignments(world: World): readonly RoleAssignment[] {
  const now = world.clock.now()
  for (const [key, { until }] of [...goneAssignments(world)]) if (until <= now) goneAssignments(world).delete(key)
  const settled = [...roleAssignments(world).values()].filter(({ createdOn }) => createdOn + latencies(world).graphIndex <= now)
  const settledIds = new Set(settled.map(({ id }) => id.toLowerCase()))
  const lingering = [...goneAssignments(world)].filter(([key]) => !settledIds.has(key)).map(([, { row }]) => row)
  return [...settled, ...lingering]
}

export const mayDo = (world: World, ask: Ask): boolean => decide(world, ask) === 'allowed'

/** `condition` = a role would allow it, but its condition does not. */
export function decide(world: World, ask: Ask): 'allowed' | 'condition' | 'refused' {
  let answer: 'condition' | 'refused' = 'refused'
  for (const assignment of roleAssignments(world).values()) {
    if (assignment.principalId !== ask.principalId || assignment.effectiveAt > world.clock.now()) continue
    if (!isWithin(ask.scope, assignment.scope)) continue
    const role = roleDefinition(world, assignment.roleDefinitionId)
    if (!role || !grants(role, ask)) continue
    if (assignment.condition === undefined || holds(assignment.condition, ask)) return 'allowed'
    answer = 'condition'
  }
  return answer
}

/** What the roles of a principal give it at a scope, assignment by assignment. Conditions are not told: Azure does not tell them either. */
export const permissionsAt = (world: World, principalId: string, scope: string): readonly RoleDefinition[] =>
  [...roleAssignments(world).values()]
    .filter((row) => row.principalId === principalId && row.effectiveAt <= world.clock.now() && isWithin(scope, row.scope))
    .flatMap(({ roleDefinitionId }) => roleDefinition(world, roleDefinitionId) ?? [])

function holds(condition: string, ask: Ask): boolean {
  return parseCondition(condition)({ action: ask.action ?? ask.dataAction ?? '', request: ask.request, resource: ask.resource })
}

function grants(role: RoleDefinition, ask: Ask): boolean {
  if (ask.action !== undefined) return within(ask.action, role.actions, role.notActions)
  return ask.dataAction !== undefined && within(ask.dataAction, role.dataActions, role.notDataActions)
}

const within = (action: string, yes: readonly string[] = [], no: readonly string[] = []): boolean =>
  yes.some((pattern) => matches(action, pattern)) && !no.some((pattern) => matches(action, pattern))

const patterns = new Map<string, RegExp>()

/** `*` stands for any text, also with slashes in it; case does not count. */
function matches(action: string, pattern: string): boolean {
  let expression = patterns.get(pattern)
  if (!expression) {
    expression = new RegExp(`^${pattern.replace(/[.\\+?^${}()|[\]]/g, '\\$&').replaceAll('*', '.*')}$`, 'i')
    patterns.set(pattern, expression)
  }
  return expression.test(action)
}
