// The address by which a target sees a cluster, and whether the target's rules can allow it. Pure.
//
// To Storage, traffic from the target's own region comes from private addresses, and so does traffic from a subnet with a service endpoint that
// covers that region: IP rules have no effect on it, only a virtual network rule for the subnet has
// (https://learn.microsoft.com/azure/storage/common/storage-network-security-limitations).
import type { ClusterFacts, TargetFacts } from '../../model/facts.ts'
import type { Fault } from '../../model/problem.ts'
import { resourceId } from '../../model/resource-id.ts'
import type { Firewall } from '../../targets/firewall/firewall.ts'

type Cluster = Partial<Pick<ClusterFacts, 'location' | 'subnets' | 'endpoints'>>
type Network = Partial<Pick<TargetFacts, 'location' | 'allowedSubnets'>>

export type WayIn = {
  /** Some of its pods come from the cluster's public addresses: IP rules have to allow them. */
  readonly byAddress: boolean
  /** Subnets that no rule allows, and that no IP rule can allow. `undefined`: the subnets are not known. */
  readonly out: readonly (string | undefined)[]
}

type ObservedState = Pick<Firewall, 'serviceEndpoint' | 'sameRegionIsPrivate'>

export function wayIn(cluster: Cluster, target: Network, firewall: ObservedState): WayIn {
  const { serviceEndpoint } = firewall
  if (!serviceEndpoint) return { byAddress: true, out: [] }
  const { subnets = [], location, endpoints = {} } = cluster
  const places: readonly (string | undefined)[] = subnets.length > 0 ? subnets : [undefined]
  const isInside = (subnet: string | undefined): boolean =>
    (firewall.sameRegionIsPrivate === true && location === target.location) ||
    (subnet !== undefined && (endpoints[subnet] ?? []).some((endpoint) => covers(endpoint, serviceEndpoint.name, target.location)))
  const inside = places.filter(isInside)
  return {
    byAddress: inside.length < places.length,
    out: inside.filter((subnet) => subnet === undefined || !(target.allowedSubnets ?? []).some((allowed) => isIn(allowed, subnet))),
  }
}

/** For a network that AKS created itself only its resource group is known. */
const isIn = (allowed: string, subnet: string): boolean => allowed === subnet || allowed.startsWith(`${subnet}/`)

/** `<service>@<location>`; the global one reaches every region. */
function covers(endpoint: string, service: string, location: string | undefined): boolean {
  const [name = '', place] = endpoint.split('@')
  if (name.toLowerCase() === `${service}.global`.toLowerCase()) return true
  return name.toLowerCase() === service.toLowerCase() && (place === '*' || place === location)
}

type About = { readonly cluster: string; readonly target: string; readonly targetId: string }

/** One for each subnet, each with the commands that allow it. */
export function outside(cluster: Cluster, firewall: ObservedState, out: WayIn['out'], about: About): readonly Fault[] {
  const { serviceEndpoint } = firewall
  if (!serviceEndpoint) return []
  const { subscription, group, name } = resourceId(about.targetId)
  const { cluster: clusterName, target } = about
  const { service, allow } = serviceEndpoint
  const common = { cluster: clusterName, target, location: cluster.location ?? '', service, allow, subscription, group, name }
  return out.map((subnet): Fault => {
    if (subnet === undefined || !subnet.includes('/subnets/')) return { code: 'SameRegion', about: common }
    const endpoints = cluster.endpoints?.[subnet]
    const services = [...new Set((endpoints ?? []).map((endpoint) => endpoint.split('@')[0] ?? ''))]
    const named = { ...common, subnet, subnetName: subnet.split('/').at(-1) ?? '' }
    if (services.some((service) => service.startsWith(serviceEndpoint.name))) return { code: 'SubnetNotLetIn', about: named }
    // The command replaces the subnet's endpoints: it is only shown if all of them are known.
    return {
      code: 'SameRegion',
      about: { ...named, ...(endpoints === undefined ? {} : { services: [...services, serviceEndpoint.name].join(' ') }) },
    }
  })
}
