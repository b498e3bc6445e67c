// Role assignments as ARM lists them. One list per scope and principal; what is inherited from above or lies below is left out.
import * as z from 'zod'
import { surelyAbsent } from '../../../contract/missing.ts'
import { Failure } from '../../../errors/failure.ts'
import { inShape } from '../../../model/answer-shape.ts'
import { resourceId, sameId } from '../../../model/resource-id.ts'
import type { Ports } from '../../../ports/ports.ts'
import { resourceOf } from '../../../targets/catalogue.ts'
import type { Granted, Place } from './grant-type.ts'

export type Assignment = Granted & {
  readonly id: string
  readonly name: string
  readonly description: string
  readonly condition?: string
  readonly isDelegated?: true
}

export const authorizationApi = '2022-04-01'
export const roleAssignments = 'providers/Microsoft.Authorization/roleAssignments'

type Listed = Awaited<ReturnType<Ports['arm']['list']>>

/** An incomplete entry could be the very one that is needed, and a condition that cannot be read could forbid everything. */
const assignmentSchema = z.looseObject({
  id: z.string(),
  name: z.string().nullish(),
  properties: z.looseObject({
    scope: z.string().min(1),
    principalId: z.string().min(1),
    roleDefinitionId: z.string().min(1),
    description: z.string().nullish(),
    condition: z.string().nullish(),
    delegatedManagedIdentityResourceId: z.string().nullish(),
  }),
})

export async function assignmentsAt(place: Place, ports: Ports): Promise<readonly Assignment[]> {
  return (await listed(place, ports)).flatMap((one) => assignmentIn(one, place))
}

async function listed({ scope, owner = scope, principalId }: Place, ports: Ports): Promise<Listed> {
  const filter = encodeURIComponent(`principalId eq '${principalId}'`)
  try {
    return await ports.arm.list(`${scope}/${roleAssignments}?$filter=${filter}`, authorizationApi)
  } catch (error) {
    // The resource may be gone, and its assignments with it; only reading the resource itself tells that from other reasons.
    const type = resourceOf(resourceId(owner).type)
    if (!(error instanceof Failure) || error.fields.status !== 404 || !type) throw error
    if ((await ports.arm.get(owner, type.apiVersion)) !== undefined) throw error
    await surelyAbsent(owner, resourceId(owner).name, ports)
    return []
  }
}

function assignmentIn(one: Listed[number], place: Place): readonly Assignment[] {
  const { id, name, properties } = inShape(assignmentSchema, one)
  const { scope, principalId, roleDefinitionId, description, condition, delegatedManagedIdentityResourceId: delegated } = properties
  if (!sameId(scope, place.scope) || !sameId(principalId, place.principalId)) return []
  return [
    {
      id,
      name: name ?? '',
      roleId: roleDefinitionId.split('/').at(-1) ?? '',
      description: description ?? '',
      ...(condition?.trim() ? { condition } : {}),
      ...(delegated ? { isDelegated: true as const } : {}),
    },
  ]
}
