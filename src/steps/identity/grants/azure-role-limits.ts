// What limits a role assignment that serves: a condition, and for one made by others also its end and a delegation. Azure allows
// only one assignment of a role per scope and principal, so the app cannot add its own.

import * as z from 'zod'
import { Failure } from '../../../errors/failure.ts'
import { inShape } from '../../../model/answer-shape.ts'
import type { RoleLimits } from '../../../model/facts.ts'
import { grantFact } from '../../../model/grant-fact.ts'
import type { GrantObject } from '../../../model/managed-objects.ts'
import { sameId } from '../../../model/resource-id.ts'
import type { Ports } from '../../../ports/ports.ts'
import type { Assignment } from './azure-role-assignments.ts'
import type { Limits } from './grant-type.ts'

const scheduleApi = '2020-10-01'
const longest = 300

const scheduledSchema = z.looseObject({
  properties: z.looseObject({
    scope: z.string(),
    roleDefinitionId: z.string(),
    principalId: z.string(),
    endDateTime: z.iso.datetime({ offset: true }).nullish(),
  }),
})

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
    const { properties: its } = inShape(scheduledSchema, one)
    const isIt =
      sameId(its.scope, scope) && sameId(its.roleDefinitionId.split('/').at(-1) ?? '', roleId) && sameId(its.principalId, principalId)
    return isIt && its.endDateTime ? [Date.parse(its.endDateTime)] : []
  })
  return ends.length > 0 ? Math.min(...ends) : undefined
}
