// What AKS adds to a cluster when an operation succeeds: its node resource group, the issuer's URL, identities, outbound addresses.

import { tenant } from '../entra/directory.ts'
import type { World } from '../world.ts'
import { settleEgress } from './egress.ts'
import { keyOf } from './ids.ts'
import { type Cluster, nodeGroupId } from './managed-cluster.ts'
import { type Body, objectOf } from './provider.ts'
import { groups } from './resource-groups.ts'
import { makeIdentity } from './user-assigned-identity.ts'

export function settle(world: World, cluster: Cluster): Cluster {
  const id = nodeGroupId(cluster)
  if (!groups(world).has(keyOf(id)))
    groups(world).set(keyOf(id), {
      id,
      name: String(cluster.properties['nodeResourceGroup']),
      location: cluster.location,
      managedBy: cluster.id,
    })
  return settleEgress(world, withAddons(world, withKubelet(world, withIssuer(world, cluster))))
}

function withIssuer(world: World, cluster: Cluster): Cluster {
  const issuer = objectOf(cluster.properties['oidcIssuerProfile'])
  if (issuer['enabled'] !== true || issuer['issuerURL']) return cluster
  // the slash at its end belongs to it: a federated credential must have it too
  const issuerURL = `https://${cluster.location}.oic.prod-aks.azure.com/${tenant}/${world.uuid()}/`
  return { ...cluster, properties: { ...cluster.properties, oidcIssuerProfile: { enabled: true, issuerURL } } }
}

function withKubelet(world: World, cluster: Cluster): Cluster {
  const profile = objectOf(cluster.properties['identityProfile'])
  if (profile['kubeletidentity']) return cluster
  const kubeletidentity = identityFor(world, cluster, `${cluster.name}-agentpool`)
  return { ...cluster, properties: { ...cluster.properties, identityProfile: { ...profile, kubeletidentity } } }
}

/** The Key Vault add-on has an identity of its own; its name is written in more than one casing. */
function withAddons(world: World, cluster: Cluster): Cluster {
  const addons = Object.entries(objectOf(cluster.properties['addonProfiles'])).map(([name, value]): [string, Body] => {
    const addon = objectOf(value)
    if (name.toLowerCase() !== 'azurekeyvaultsecretsprovider' || addon['enabled'] !== true || addon['identity']) return [name, addon]
    return [name, { ...addon, identity: identityFor(world, cluster, `azurekeyvaultsecretsprovider-${cluster.name}`) }]
  })
  return addons.length === 0 ? cluster : { ...cluster, properties: { ...cluster.properties, addonProfiles: Object.fromEntries(addons) } }
}

function identityFor(world: World, cluster: Cluster, name: string): Body {
  const id = `${nodeGroupId(cluster)}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${name}`
  const { properties } = makeIdentity(world, id, cluster.location)
  return { resourceId: id, clientId: properties['clientId'], objectId: properties['principalId'] }
}
