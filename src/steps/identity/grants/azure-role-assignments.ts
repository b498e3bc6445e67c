// Role assignments as ARM lists them. One list per scope and principal; what is inherited from above or lies below is left out.
import { surelyAbsent } from '../../../contract/missing.ts'
import { isFilled, notUnderstood } from '../../../errors/answer.ts'
import { Failure } from '../../../errors/failure.ts'
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

function assignmentIn(one: Listed[number], { scope, principalId }: Place): readonly Assignment[] {
  const properties = one['properties'] as Readonly<Record<string, unknown>>
  // An incomplete entry could be the very one that is needed.
  if (![properties['scope'], properties['principalId'], properties['roleDefinitionId']].every(isFilled))
    throw notUnderstood('list the role assignments', 'an entry of its list is not a role assignment')
  if (!sameId(String(properties['scope'] ?? ''), scope) || !sameId(String(properties['principalId'] ?? ''), principalId)) return []
  const definition = String(properties['roleDefinitionId'] ?? '')
  const { condition, delegatedManagedIdentityResourceId: delegated } = properties
  return [
    {
      id: String(one['id'] ?? ''),
      name: String(one['name'] ?? ''),
      roleId: definition.split('/').at(-1) ?? '',
      description: String(properties['description'] ?? ''),
      ...(typeof condition === 'string' && condition.trim() !== '' ? { condition } : {}),
      ...(typeof delegated === 'string' && delegated !== '' ? { isDelegated: true as const } : {}),
    },
  ]
}
