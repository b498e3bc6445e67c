// Identity bindings as AKS stores them, and the credential that they share: AKS makes `aks-identity-binding` on the managed identity with the first
// binding, and never removes it (https://learn.microsoft.com/azure/aks/identity-bindings-concepts).
import { type FederatedCredential, federatedCredentials, tenant } from '../entra/directory.ts'
import { latencies } from '../latencies.ts'
import type { World } from '../world.ts'
import { isWithin, keyOf, sameId } from './ids.ts'
import type { Resource } from './resources.ts'

export const bindingType = 'Microsoft.ContainerService/managedClusters/identityBindings'
const bindingCredential = 'aks-identity-binding'
/** Where the public documents of the issuers are, one issuer for each managed identity. */
export const bindingIssuerHost = 'ib.oic.prod-aks.azure.com'

export type Binding = {
  readonly id: string
  readonly name: string
  readonly cluster: string
  readonly identity: string
  readonly clientId: string
  readonly principalId: string
  readonly state: 'Creating' | 'Updating' | 'Deleting' | 'Succeeded' | 'Failed' | 'Canceled'
  readonly operation: string
  readonly eTag: string
}

export const bindings = (world: World): Map<string, Binding> => world.table<Binding>('identity-bindings')
export const bindingsOf = (world: World, cluster: string): readonly Binding[] =>
  [...bindings(world).values()].filter((one) => sameId(one.cluster, cluster))

export function removeBindingsOf(world: World, cluster: string): void {
  for (const [key, { id }] of [...bindings(world)]) if (isWithin(id, cluster)) bindings(world).delete(key)
}

export const bindingIssuer = (clientId: string): string => `https://${bindingIssuerHost}/${tenant}/${clientId}`
/** Neither subject nor audience is documented: these are guesses, and only AKS and Entra ID use them. */
export const bindingSubject = 'aks-identity-binding'
export const bindingAudience = 'api://AzureADTokenExchange'

export const bodyOf = (one: Binding): object => ({
  id: one.id,
  name: one.name,
  type: bindingType,
  eTag: one.eTag,
  properties: {
    managedIdentity: { resourceId: one.identity, objectId: one.principalId, clientId: one.clientId, tenantId: tenant },
    // It shows once AKS has made it.
    ...(one.state === 'Creating' ? {} : { oidcIssuer: { oidcIssuerUrl: bindingIssuer(one.clientId) } }),
    provisioningState: one.state,
  },
})

const credentialKey = (identity: string): string => `${keyOf(identity)}/${bindingCredential}`
const credentialsOn = (world: World, identity: string): readonly FederatedCredential[] =>
  [...federatedCredentials(world).values()].filter(({ identityId }) => sameId(identityId, identity))

/** Of a managed identity; `full`: it has as many credentials as it may, and none of them is this one. */
export function ensureBindingCredential(world: World, identity: Resource): 'there' | 'full' {
  const key = credentialKey(identity.id)
  if (federatedCredentials(world).has(key)) return 'there'
  if (credentialsOn(world, identity.id).length >= 20) return 'full'
  federatedCredentials(world).set(key, {
    identityId: identity.id,
    name: bindingCredential,
    issuer: bindingIssuer(String(identity.properties['clientId'])),
    subject: bindingSubject,
    audiences: [bindingAudience],
    effectiveAt: world.clock.now() + latencies(world).federatedCredential * (0.3 + 0.7 * world.random()),
  })
  return 'there'
}
