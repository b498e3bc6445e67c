// An assignment on the data of a resource whose name is as the app gives it. The name says for which identity, on what and which role it is, by digests; so it
// is computed again, and never read as anything.
import { type CosmosRoleKind, ofKind } from '../../../model/grant.ts'
import { grantFact } from '../../../model/grant-fact.ts'
import { isAssignmentOf, isNamedAsAssignment } from '../../../model/names.ts'
import { sameId } from '../../../model/resource-id.ts'
import type { NamedGrant } from '../../../ports/sweep.ts'

type Assignment = {
  readonly id: string
  readonly name: string
  readonly scope: string
  readonly principalId: string
  readonly roleId: string
  readonly remove: () => Promise<unknown>
}

/** Empty: it is of others. `scope`: an ARM id. */
export function namedAs(
  kind: Extract<NamedGrant['kind'], 'CosmosDataRole' | 'RedisAccessPolicy'>,
  grant: CosmosRoleKind | 'redisAccessPolicy',
  { id, name, scope, principalId, roleId, remove }: Assignment,
): readonly NamedGrant[] {
  if (!isNamedAsAssignment(name, scope, principalId, roleId)) return []
  return [
    {
      ...{ kind, id, facts: [grantFact(ofKind(grant, roleId), scope)] },
      isNamedFor: (identity) => isAssignmentOf(name, identity),
      isHeldBy: async (holder) => sameId(holder.principalId, principalId),
      remove: async () => void (await remove()),
    },
  ]
}
