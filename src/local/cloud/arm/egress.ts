// The public addresses that a cluster's pods are seen with from outside. AKS makes them in the cluster's node resource group and lists
// their ids as `effectiveOutboundIPs`, only once an operation has succeeded; nothing announces that they changed
// (https://learn.microsoft.com/azure/aks/egress-outboundtype).

import type { World } from '../world.ts'
import { isWithin } from './ids.ts'
import { type Cluster, nodeGroupId, storeCluster } from './managed-cluster.ts'
import { type Body, objectOf } from './provider.ts'
import { findResource, putResource, type Resource, removeResource } from './resources.ts'

const ipType = 'Microsoft.Network/publicIPAddresses'

/** Where each outbound type keeps its profile, and the profile its count. */
const profiles = {
  loadBalancer: { profile: 'loadBalancerProfile', managed: 'managedOutboundIPs' },
  managedNATGateway: { profile: 'natGatewayProfile', managed: 'managedOutboundIPProfile' },
} as const

function placeOf(cluster: Cluster) {
  const network = objectOf(cluster.properties['networkProfile'])
  const place = profiles[String(network['outboundType']) as keyof typeof profiles]
  return place ? { network, ...place, settings: objectOf(network[place.profile]) } : undefined
}

const idsOf = (list: unknown): string[] => (Array.isArray(list) ? list.map((one) => String(objectOf(one)['id'])) : [])

/** Makes the effective addresses what the profile asks for: called when an operation succeeds. */
export function settleEgress(world: World, cluster: Cluster): Cluster {
  const place = placeOf(cluster)
  if (!place) return cluster
  const { network, profile, managed, settings } = place
  const own = [
    ...idsOf(objectOf(settings['outboundIPs'])['publicIPs']),
    ...idsOf(objectOf(settings['outboundIPPrefixes'])['publicIPPrefixes']),
  ]
  const before = idsOf(settings['effectiveOutboundIPs']).filter((id) => isWithin(id, nodeGroupId(cluster)))
  const count = own.length > 0 ? 0 : Number(objectOf(settings[managed])['count'] ?? 1)
  const kept = before.slice(0, count)
  for (const id of before.slice(count)) removeResource(world, id)
  const made = Array.from({ length: count - kept.length }, () => newAddress(world, cluster))
  const effective = [...own, ...kept, ...made].map((id) => ({ id }))
  return {
    ...cluster,
    properties: { ...cluster.properties, networkProfile: { ...network, [profile]: { ...settings, effectiveOutboundIPs: effective } } },
  }
}

function newAddress(world: World, cluster: Cluster): string {
  const name = world.uuid()
  const id = `${nodeGroupId(cluster)}/providers/${ipType}/${name}`
  putResource(world, publicAddress(world, id, cluster.location))
  return id
}

/** Public, and in none of the ranges that networks keep for themselves. */
export function publicAddress(
  world: World,
  id: string,
  location: string,
  ipAddress?: string,
): { readonly id: string; readonly name: string; readonly type: string; readonly location: string; readonly properties: Body } {
  const number = (): number => 1 + Math.floor(world.random() * 254)
  return {
    id,
    name: id.slice(id.lastIndexOf('/') + 1),
    type: ipType,
    location,
    properties: {
      provisioningState: 'Succeeded',
      ipAddress: ipAddress ?? `20.${number()}.${number()}.${number()}`,
      publicIPAddressVersion: 'IPv4',
      publicIPAllocationMethod: 'Static',
      idleTimeoutInMinutes: 30,
    },
  }
}

/** The addresses that this cluster's pods have at this moment; of a prefix its first. None where a firewall or nothing lets them out. */
export function egressIps(world: World, cluster: Cluster): readonly string[] {
  const network = objectOf(cluster.properties['networkProfile'])
  const ids =
    network['outboundType'] === 'userAssignedNATGateway'
      ? gatewaysOf(world, cluster).flatMap(({ properties }) => [
          ...idsOf(properties['publicIpAddresses']),
          ...idsOf(properties['publicIpPrefixes']),
        ])
      : idsOf(placeOf(cluster)?.settings['effectiveOutboundIPs'])
  return ids.flatMap((id) => {
    const properties = findResource(world, id)?.properties
    const address = properties?.['ipAddress'] ?? String(properties?.['ipPrefix'] ?? '').split('/')[0]
    return address ? [String(address)] : []
  })
}

/** A NAT gateway of one's own is named by the subnets of the agent pools only. */
function gatewaysOf(world: World, cluster: Cluster): readonly Resource[] {
  const pools = cluster.properties['agentPoolProfiles']
  const subnets = new Set((Array.isArray(pools) ? pools : []).map((pool) => String(objectOf(pool)['vnetSubnetID'] ?? '')))
  return [...subnets].flatMap((subnet) => {
    const gateway = objectOf(findResource(world, subnet)?.properties['natGateway'])['id']
    const found = gateway === undefined ? undefined : findResource(world, String(gateway))
    return found ? [found] : []
  })
}

/** Gives a cluster new managed outbound addresses, as a repair by Azure may. No event says so. */
export const changeEgressIps = (world: World, cluster: Cluster): Cluster =>
  storeCluster(world, settleEgress(world, withoutEgress(world, cluster)))

/** Its managed addresses are given up; settling gives it others. */
export function withoutEgress(world: World, cluster: Cluster): Cluster {
  const place = placeOf(cluster)
  if (!place) return cluster
  for (const id of idsOf(place.settings['effectiveOutboundIPs'])) if (isWithin(id, nodeGroupId(cluster))) removeResource(world, id)
  const { effectiveOutboundIPs: _before, ...settings } = place.settings
  const networkProfile = { ...place.network, [place.profile]: settings }
  return { ...cluster, properties: { ...cluster.properties, networkProfile } }
}
