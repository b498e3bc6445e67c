// What limits a role assignment that serves: a condition, and for one made by others also its end and a delegation. Azure allows
// only one assignment of a role per scope and principal, so the app cannot add its own.

import { Failure } from '../../../errors/failure.ts'
import type { RoleLimits } from '../../../model/facts.ts'
import { grantFact } from '../../../model/grant-fact.ts'
import type { GrantObject } from '../../../model/managed-objects.ts'
import { sameId } from '../../../model/resource-id.ts'
import type { Ports } from '../../../ports/ports.ts'
import type { Assignment } from './azure-role-assignments.ts'
import type { Limits } from './grant-type.ts'

const scheduleApi = '2020-10-01'
const longest = 300

export async function limitsOf(
  desired: readonly GrantObject[],
  adopted: readonly GrantObject[],
  foundOf: (object: GrantObject) => Assignment | undefined,
  ports: Ports,
): Promise<Limits> {
  const ends = new Map(await Promise.all(adopted.map(async (object) => [object.id, await endOf(object, ports)] as const)))
  const limits = desired.flatMap((object): (readonly [string, RoleLimits])[] => {
    const { condition, isDelegated } = foundOf(object) ?? {}
    const endsAt = ends.get(object.id)
    if (condition === undefined && !isDelegated && endsAt === undefined) return []
    const limit = {
      what: object.summary,
      ...(condition === undefined ? {} : { condition: condition.length > longest ? `${condition.slice(0, longest)}…` : condition }),
      ...(endsAt === undefined ? {} : { endsAt }),
      ...(isDelegated ? { isDelegated } : {}),
    }
    return [[grantFact(object.roleId, object.scope), limit]]
  })
  const known = [...ends.values()].filter((end) => end !== undefined)
  return {
    limits: Object.fromEntries(limits),
    ...(known.length > 0 ? { endsAt: Math.min(...known) } : {}),
  }
}

/**
 * When Privileged Identity Management removes the assignment. A tenant without the licence refuses the request, and then nothing is time-bound.
 * https://learn.microsoft.com/rest/api/authorization/role-assignment-schedule-instances/list-for-scope
 */
async function endOf({ scope, principalId, roleId }: GrantObject, ports: Ports): Promise<number | undefined> {
  const filter = encodeURIComponent(`principalId eq '${principalId}'`)
  const path = `${scope}/providers/Microsoft.Authorization/roleAssignmentScheduleInstances?$filter=${filter}`
  const list = await ports.arm.list(path, scheduleApi).catch((error: unknown) => {
    const status = error instanceof Failure ? error.fields.status : undefined
    if (status === 400 || status === 403 || status === 404) return []
    throw error
  })
  const ends = list.flatMap((one) => {
    const properties = (one['properties'] ?? {}) as Readonly<Record<string, unknown>>
    const role =
      String(properties['roleDefinitionId'] ?? '')
        .split('/')
        .at(-1) ?? ''
    const isIt =
      sameId(String(properties['scope'] ?? ''), scope) &&
      sameId(role, roleId) &&
      sameId(String(properties['principalId'] ?? ''), principalId)
    const end = Date.parse(String(properties['endDateTime'] ?? ''))
    return isIt && Number.isFinite(end) ? [end] : []
  })
  return ends.length > 0 ? Math.min(...ends) : undefined
}
