// Roles that the app is to assign, but that the condition of its own role assignments excludes. ARM reports that the permission exists; the condition
// is in the assignments, one list for each target.

import * as z from 'zod'
import { isDelegation, mayGive } from '../declare/delegation.ts'
import { problemOf } from '../errors/catalogue.ts'
import { closed, Failure } from '../errors/failure.ts'
import { inShape } from '../model/answer-shape.ts'
import type { Connection } from '../model/connection.ts'
import { grantName, parseGrant } from '../model/grant.ts'
import { grants, type Permission } from '../model/preflight-report.ts'
import { nameOf } from '../model/words.ts'
import type { Arm } from '../ports/azure.ts'
import { targetOf } from '../targets/catalogue.ts'
import type { Found, MissingRight } from './found.ts'

const api = '2022-04-01'
const assignmentSchema = z.looseObject({ properties: z.looseObject({ condition: z.string().nullish() }) })
const action = 'Microsoft.Authorization/roleAssignments/write'

/** A role that the app is about to assign. */
export type Pending = { readonly connection: Connection; readonly role: string; readonly principalId?: string | undefined }

/** For one target. `permissions`: what the app may do there, role by role. */
export async function forbiddenRoles(
  scope: string,
  permissions: readonly Permission[],
  pending: readonly Pending[],
  arm: Arm,
  principal: string,
): Promise<Found> {
  const giving = permissions.filter((permission) => grants([permission], action)).length
  if (pending.length === 0 || giving === 0) return { missing: [], notes: [] }
  const conditions = await conditionsAt(scope, arm, principal)
  if (conditions === undefined)
    return {
      missing: [],
      notes: [`The conditions on the rights of the app at ${scope} could not be read: it may not read role assignments there.`],
    }
  // More roles grant it than have conditions on it: one of them is unconditional.
  if (giving > conditions.length) return { missing: [], notes: [] }
  const judged = pending.map((one) => ({
    ...one,
    may: conditions.map((condition) => mayGive(condition, { roleId: parseGrant(one.role).id, principalId: one.principalId })),
  }))
  const isOpen = ({ may }: (typeof judged)[number]): boolean => !may.includes(true) && may.includes(undefined)
  return {
    missing: judged
      .filter(({ may }) => may.every((known) => known === false))
      .map(({ connection, role }): MissingRight => {
        const word = grantName(targetOf(connection.type)?.grants, role) ?? role
        const about = { action, scope, doing: `give the role ${word} on ${nameOf(connection.target)}`, principal, provided: word }
        return { step: 'assign-roles', connections: [connection.name], problem: problemOf({ code: 'ConditionForbids', about }) }
      }),
    notes: judged.some(isOpen) ? [`A condition on the right of the app to give roles at ${scope} could not be judged.`] : [],
  }
}

/** Conditions on assigning roles, of the app itself and its groups; `undefined`: it may not read them. */
async function conditionsAt(scope: string, arm: Arm, principal: string): Promise<readonly string[] | undefined> {
  const filter = encodeURIComponent(`atScope() and assignedTo('${principal}')`)
  try {
    const rows = await arm.list(`${scope}/providers/Microsoft.Authorization/roleAssignments?$filter=${filter}`, api)
    return rows.flatMap((row) => {
      const { condition } = inShape(assignmentSchema, row).properties
      return condition && isDelegation(condition) ? [condition] : []
    })
  } catch (error) {
    if (!(error instanceof Failure) || !closed(error)) throw error
    return undefined
  }
}
