// Where callers sit in the network: the name given to the proxy -> the address that services see. `aks-<cluster>` is that cluster's
// first outbound address as it is at this moment, or where Azure does not know it (a firewall of one's own) what the fleet says of that
// name. `internet`, `functions` (the app) and others come from the fleet. `azure-services` are those that firewalls can trust.

import { egressIps } from './arm/egress.ts'
import { type Cluster, clusters } from './arm/managed-cluster.ts'
import { objectOf } from './arm/provider.ts'
import type { World } from './world.ts'

/** `subnets`: from which its traffic comes, where these are known. `reaches`: private clusters whose network it is joined to. */
export type Location = {
  readonly ip: string
  readonly region?: string
  readonly subnets?: readonly string[]
  readonly reaches?: readonly string[]
}

export const locations = (world: World): Map<string, Location> => world.table<Location>('locations')

/** Event Grid, for one: what comes with a managed identity of such a service passes a firewall whose bypass says so. */
export const trustedServices = 'azure-services'

const somewhere: Location = { ip: '198.51.100.7' }

/** An unknown name is somewhere on the internet. */
export function locate(world: World, location: string): Location {
  const [, name] = /^aks-(.+)$/.exec(location) ?? []
  const cluster = name === undefined ? undefined : clusters(world).find((one: Cluster) => one.name.toLowerCase() === name.toLowerCase())
  if (!cluster) return locations(world).get(location) ?? somewhere
  return {
    ip: egressIps(world, cluster)[0] ?? locations(world).get(location)?.ip ?? somewhere.ip,
    region: cluster.location,
    subnets: podSubnets(cluster),
    reaches: [cluster.name],
  }
}

/** Pods with a subnet of their own leave by it, all others by that of the nodes. */
function podSubnets(cluster: Cluster): readonly string[] {
  const pools = cluster.properties['agentPoolProfiles']
  const subnets = (Array.isArray(pools) ? pools.map(objectOf) : []).map((pool) => pool['podSubnetID'] ?? pool['vnetSubnetID'])
  return [...new Set(subnets.filter((subnet) => typeof subnet === 'string'))]
}
