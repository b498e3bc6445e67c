// What no policy can allow: the app's own identity, storage and vault, the identities of clusters, and those that were made for another workload.
// Whoever could use them would be the app, a cluster's management, or somebody else's pods.
import { type ConnectionSpec, placeOf } from '../model/connection.ts'
import type { Guarded } from '../model/guarded.ts'
import { identityIds, isMadeName } from '../model/names.ts'
import type { Fault } from '../model/problem.ts'
import { resourceId, short } from '../model/resource-id.ts'
import type { Installation } from '../model/view.ts'

export type Guards = {
  readonly installation: Pick<Installation, 'name' | 'identityGroup' | 'own'>
  readonly guarded?: Guarded | undefined
  /** The place that the identity was made for, where its loop knows. */
  readonly madeFor?: string | undefined
}

/** `undefined`: a policy may allow it. */
export function guardedAgainst(connection: ConnectionSpec, { installation, guarded, madeFor }: Guards): Fault | undefined {
  const target = resourceId(connection.target.id)
  const own = {
    'microsoft.storage/storageaccounts': installation.own?.storageAccounts,
    'microsoft.keyvault/vaults': installation.own?.keyVaults,
  }
  const names = Object.entries(own).find(([type]) => type === target.type)?.[1] ?? []
  if (names.includes(target.name.toLowerCase())) return { code: 'OwnResource', about: { target: short(connection.target.id) } }
  return connection.provided ? guardedIdentity(connection, { installation, guarded, madeFor }) : undefined
}

function guardedIdentity(connection: ConnectionSpec, { installation, guarded, madeFor }: Guards): Fault | undefined {
  const { identity, servicePrincipal } = connection
  const ids = [identity?.id, servicePrincipal?.clientId, servicePrincipal?.principalId].flatMap((id) => (id ? [id.toLowerCase()] : []))
  const about = { identity: servicePrincipal?.clientId ?? (identity ? resourceId(identity.id).name : '') }
  if (ids.some((id) => guarded?.ownIdentities.includes(id))) return { code: 'OwnIdentity', about }
  if (ids.some((id) => guarded?.systemIdentities.has(id))) return { code: 'SystemIdentity', about }
  if (madeFor !== undefined && madeFor !== placeOf(connection)) return { code: 'IdentityOfAnother', about }
  if (!identity || servicePrincipal || madeFor !== undefined) return undefined
  // Tags can be taken off by anybody who may write tags; a name stays.
  const isItsOwn = identityIds(connection, installation).some((id) => id.toLowerCase() === identity.id.toLowerCase())
  return isMadeName(resourceId(identity.id).name) && !isItsOwn ? { code: 'IdentityOfAnother', about } : undefined
}
