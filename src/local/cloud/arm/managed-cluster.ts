// A managed cluster as AKS stores and answers it. Ids have `resourcegroups` in lower case and the type a capital M, as in recordings of
// the real one; properties that this simulator does not know are kept as they came.

import { createHash } from 'node:crypto'
import { tenant } from '../entra/directory.ts'
import type { World } from '../world.ts'
import { parseId } from './ids.ts'
import { type Body, objectOf } from './provider.ts'
import { findResource, putResource, type Resource, resourcesOf } from './resources.ts'

export const clusterType = 'Microsoft.ContainerService/ManagedClusters'

export type Cluster = Resource & { readonly eTag: string }

export const clusters = (world: World): readonly Cluster[] => resourcesOf(world, clusterType) as Cluster[]

export const isCluster = (resource: Resource): resource is Cluster => resource.type.toLowerCase() === clusterType.toLowerCase()

export function findCluster(world: World, id: string): Cluster | undefined {
  const found = findResource(world, id)
  return found && isCluster(found) ? found : undefined
}

export const clusterId = (subscription: string, group: string, name: string): string =>
  `/subscriptions/${subscription}/resourcegroups/${group}/providers/Microsoft.ContainerService/managedClusters/${name}`

/** Stores a change; every one gives a new ETag. */
export function storeCluster(world: World, cluster: Cluster): Cluster {
  const stored = { ...cluster, eTag: world.uuid() }
  putResource(world, stored)
  return stored
}

export const stateOf = (cluster: Cluster): string => String(cluster.properties['provisioningState'])
export const isStopped = (cluster: Cluster): boolean => objectOf(cluster.properties['powerState'])['code'] === 'Stopped'
export const nodeGroupId = (cluster: Cluster): string =>
  `/subscriptions/${parseId(cluster.id).subscription}/resourceGroups/${cluster.properties['nodeResourceGroup']}`

export const withState = (cluster: Cluster, provisioningState: string): Cluster => ({
  ...cluster,
  properties: { ...cluster.properties, provisioningState },
})

/** What AKS owns: a PUT cannot set these, whatever its body says. */
const readOnly = [
  'provisioningState',
  'powerState',
  'currentKubernetesVersion',
  'fqdn',
  'privateFQDN',
  'azurePortalFQDN',
  'nodeResourceGroup',
  'resourceUID',
  'maxAgentPools',
] as const

/** The body that a PUT makes of `body`, over what was there. What the body leaves out goes back to its default. */
export function merged(world: World, id: string, body: Body, before: Cluster | undefined): Cluster {
  const { subscription = '', group = '', name = '' } = parseId(id)
  const location = String(body['location']).replaceAll(' ', '').toLowerCase()
  const asked = objectOf(body['properties'])
  const properties = {
    enableRBAC: true,
    publicNetworkAccess: 'Enabled',
    disableLocalAccounts: false,
    ...asked,
    networkProfile: networkOf(objectOf(asked['networkProfile']), objectOf(before?.properties['networkProfile'])),
    oidcIssuerProfile: issuerOf(objectOf(asked['oidcIssuerProfile']), objectOf(before?.properties['oidcIssuerProfile'])),
    securityProfile: objectOf(asked['securityProfile']),
    identityProfile: objectOf(before?.properties['identityProfile']),
    agentPoolProfiles: poolsOf(asked['agentPoolProfiles']),
    ...(before ? readOnlyOf(before) : born(world, id, location, asked)),
  }
  return {
    ...body,
    id: before?.id ?? clusterId(subscription, group, name),
    name: before?.name ?? name,
    type: clusterType,
    location,
    eTag: before?.eTag ?? world.uuid(),
    sku: { name: 'Base', tier: 'Free', ...objectOf(body['sku']) },
    identity: {
      ...objectOf(body['identity']),
      ...(before ? objectOf(before['identity']) : { type: 'SystemAssigned', principalId: world.uuid(), tenantId: tenant }),
    },
    properties,
  }
}

const readOnlyOf = (cluster: Cluster): Body => Object.fromEntries(readOnly.map((name) => [name, cluster.properties[name]]))

function born(world: World, id: string, location: string, asked: Body): Body {
  const { subscription = '', group = '', name = '' } = parseId(id)
  const uid = createHash('sha256').update(`${id} ${world.uuid()}`).digest('hex')
  const isPrivate = objectOf(asked['apiServerAccessProfile'])['enablePrivateCluster'] === true
  const prefix = String(asked['dnsPrefix'] ?? name).toLowerCase()
  const fqdn = `${prefix}-${subscription.slice(0, 6)}-${uid.slice(0, 8)}`
  return {
    provisioningState: 'Creating',
    powerState: { code: 'Running' },
    currentKubernetesVersion: '1.34.1',
    kubernetesVersion: String(asked['kubernetesVersion'] ?? '1.34'),
    fqdn: `${fqdn}.hcp.${location}.azmk8s.io`,
    ...(isPrivate ? { privateFQDN: `${fqdn}.privatelink.${location}.azmk8s.io` } : {}),
    azurePortalFQDN: `${fqdn}.portal.hcp.${location}.azmk8s.io`,
    nodeResourceGroup: String(asked['nodeResourceGroup'] ?? `MC_${group}_${name}_${location}`),
    resourceUID: uid.slice(0, 24),
    maxAgentPools: 100,
  }
}

/** The issuer's URL is AKS's own, and leaving the profile out does not switch the issuer off. */
function issuerOf(asked: Body, before: Body): Body {
  const enabled = asked['enabled'] === true || before['enabled'] === true
  return enabled ? { enabled, ...(before['issuerURL'] ? { issuerURL: before['issuerURL'] } : {}) } : { enabled }
}

/** Effective addresses are AKS's own. */
function networkOf(asked: Body, before: Body): Body {
  const outboundType = String(asked['outboundType'] ?? before['outboundType'] ?? 'loadBalancer')
  const usual = { networkPlugin: 'azure', serviceCidr: '10.0.0.0/16', ...asked, outboundType, loadBalancerSku: 'Standard' }
  const profile = (name: string, fallback: Body): Body => {
    const { effectiveOutboundIPs: _theirs, ...wanted } = objectOf(asked[name])
    const effective = objectOf(before[name])['effectiveOutboundIPs']
    return { ...(Object.keys(wanted).length > 0 ? wanted : fallback), ...(effective ? { effectiveOutboundIPs: effective } : {}) }
  }
  const { loadBalancerProfile: _lb, natGatewayProfile: _nat, ...rest } = usual as Body
  if (outboundType === 'loadBalancer')
    return { ...rest, loadBalancerProfile: profile('loadBalancerProfile', { managedOutboundIPs: { count: 1 } }) }
  if (outboundType === 'managedNATGateway')
    return { ...rest, natGatewayProfile: profile('natGatewayProfile', { managedOutboundIPProfile: { count: 1 }, idleTimeoutInMinutes: 4 }) }
  return rest
}

function poolsOf(asked: unknown): readonly Body[] {
  const pools =
    Array.isArray(asked) && asked.length > 0
      ? asked.map(objectOf)
      : [{ name: 'system', mode: 'System', count: 1, vmSize: 'Standard_D4s_v5' }]
  return pools.map((pool) => ({ ...pool, provisioningState: 'Succeeded', powerState: { code: 'Running' } }))
}
