// What no policy can allow: the app's own identity, storage and vault, the identities of clusters, and identities created for another workload. A
// connection to one of these would become the app, a cluster's management, or another workload's pods.
import { type ConnectionSpec, placeOf } from '../model/connection.ts'
import { endpointOf } from '../model/endpoint-target.ts'
import type { Guarded } from '../model/guarded.ts'
import { identityKindOf } from '../model/identity-kind.ts'
import { identityIds, isMadeName } from '../model/names.ts'
import type { Fault } from '../model/problem.ts'
import { resourceId, short } from '../model/resource-id.ts'
import { shortKeptSecret } from '../model/secret-ref.ts'
import type { Installation } from '../model/view.ts'

export type Guards = {
  readonly installation: Pick<Installation, 'name' | 'identityGroup' | 'own'>
  readonly guarded?: Guarded | undefined
  /** The place that the identity was created for, if its loop knows. */
  readonly madeFor?: string | undefined
}

/** `undefined`: a policy may allow it. */
export function guardedAgainst(connection: ConnectionSpec, { installation, guarded, madeFor }: Guards): Fault | undefined {
  const target = endpointOf(connection.target) ? undefined : resourceId(connection.target.id)
  const own = {
    'microsoft.storage/storageaccounts': installation.own?.storageAccounts,
    'microsoft.keyvault/vaults': installation.own?.keyVaults,
  }
  const names = Object.entries(own).find(([type]) => type === target?.type)?.[1] ?? []
  if (target && names.includes(target.name.toLowerCase())) return { code: 'OwnResource', about: { target: short(connection.target.id) } }
  const { keptSecret } = connection
  // What the app keeps there belongs to other connections.
  if (keptSecret && installation.own?.keyVaults?.includes(keptSecret.vault.toLowerCase()))
    return { code: 'OwnResource', about: { target: shortKeptSecret(keptSecret) } }
  // An add-on's identity belongs to the cluster, so nothing here lets it through: only a policy that names it does.
  const isNamed = connection.provided && connection.identity !== undefined && identityKindOf(connection.identity) !== 'addon'
  return isNamed ? guardedIdentity(connection, { installation, guarded, madeFor }) : undefined
}

function guardedIdentity(connection: ConnectionSpec, { installation, guarded, madeFor }: Guards): Fault | undefined {
  const { identity, servicePrincipal } = connection
  const ids = [identity?.id, servicePrincipal?.clientId, servicePrincipal?.principalId].flatMap((id) => (id ? [id.toLowerCase()] : []))
  const about = { identity: servicePrincipal?.clientId ?? (identity ? resourceId(identity.id).name : '') }
  if (ids.some((id) => guarded?.ownIdentities.includes(id))) return { code: 'OwnIdentity', about }
  if (ids.some((id) => guarded?.systemIdentities.has(id))) return { code: 'SystemIdentity', about }
  if (madeFor !== undefined && madeFor !== placeOf(connection)) return { code: 'IdentityOfAnother', about }
  if (!identity || servicePrincipal || madeFor !== undefined) return undefined
  // Anyone with the right to tag can remove tags; a name stays.
  const isItsOwn = identityIds(connection, installation).some((id) => id.toLowerCase() === identity.id.toLowerCase())
  return isMadeName(resourceId(identity.id).name) && !isItsOwn ? { code: 'IdentityOfAnother', about } : undefined
}
