// Access policies of key vaults that an identity still has where none of its connections leads. Only reported: such a policy carries neither name nor mark, a vault has one for each
// principal, and people give the same one by hand (docs/adr/0101-what-is-only-reported-in-azure.md).
import { notUnderstood } from '../errors/answer.ts'
import { isRecord } from '../errors/raw.ts'
import type { Key, Loop } from '../model/loop.ts'
import { resourceId } from '../model/resource-id.ts'
import type { AzureSweeping } from './azure-sweeping.ts'
import { type Found, plain } from './found-in-azure.ts'
import type { Principal } from './identities-left.ts'
import type { Place } from './places.ts'

export type PolicyThere = { readonly vault: Loop<'target'>; readonly principalId: string }

const vaultApi = '2025-05-01'
const unproven =
  'access policies of vaults carry neither name nor mark, so that a person may have given it; no connection of its identity leads there'

/** Of a vault of the store. Throws `Failure` where it does not answer. */
export async function policiesAt({ target, isKnown }: Place, { arm }: AzureSweeping): Promise<readonly PolicyThere[]> {
  if (!isKnown || resourceId(target.id).type !== 'microsoft.keyvault/vaults') return []
  const body = await arm.get(target.id, vaultApi)
  if (body === undefined) return []
  const { properties } = body
  const policies = isRecord(properties) ? (properties['accessPolicies'] ?? []) : undefined
  if (!isRecord(properties) || !Array.isArray(policies))
    throw notUnderstood(`read ${target.id}`, 'it has no access policies, as a vault has')
  if (properties['enableRbacAuthorization'] === true) return []
  return policies.filter(isRecord).flatMap(({ objectId, permissions }) => {
    const words = isRecord(permissions) && Array.isArray(permissions['secrets']) ? permissions['secrets'] : []
    const isReader = typeof objectId === 'string' && words.some((word) => /^get$/i.test(String(word)))
    return isReader ? [{ vault: target, principalId: objectId.toLowerCase() }] : []
  })
}

/** `principals`: of identities that are left over themselves. */
export async function policiesLeft(
  there: readonly PolicyThere[],
  principals: readonly Principal[],
  { store }: AzureSweeping,
): Promise<readonly Found[]> {
  if (there.length === 0) return []
  const byPrincipal = Map.groupBy(there, ({ principalId }) => principalId)
  const found = principals.flatMap(({ key, principalId }) =>
    (byPrincipal.get(principalId.toLowerCase()) ?? []).map((one) => foundOf(one, key)),
  )
  for await (const { loop } of store.loops('identity')) {
    const { facts, members = [], tracked = [] } = (await store.sweeps.look(loop)) ?? {}
    for (const one of byPrincipal.get(facts?.principalId?.toLowerCase() ?? '') ?? []) {
      const isTracked = [...tracked].some((id) => id.startsWith('vaultaccesspolicy:') && id.includes(`@${one.vault.id.toLowerCase()}|`))
      if (!isTracked && !members.some(({ target }) => target.key === one.vault.key)) found.push(foundOf(one, loop.key))
    }
  }
  return found
}

const foundOf = ({ vault, principalId }: PolicyThere, owner: Key): Found => ({
  made: { kind: 'VaultAccessPolicy', id: `${vault.id}/accessPolicies/${principalId}`, owner },
  finding: { ...plain, users: [], unproven },
  isOwned: async () => false,
  async remove() {
    throw new TypeError('An access policy is never removed by the sweep')
  },
})
