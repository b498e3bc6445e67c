// Where callers sit in the network: the name given to the proxy -> the address that services see. `aks-<cluster>` is that cluster's
// first outbound address as it is at this moment, or where Azure does not know it (a firewall of one's own) what the fleet says of that
// name. `internet`, `functions` (the app) and others come from the fleet.

import { egressIps } from './arm/egress.ts'
import { type Cluster, clusters } from './arm/managed-cluster.ts'
import type { World } from './world.ts'

export type Location = { readonly ip: string; readonly region?: string }

export const locations = (world: World): Map<string, Location> => world.table<Location>('locations')

const somewhere: Location = { ip: '198.51.100.7' }

/** A name nobody knows is somewhere on the internet. */
export function locate(world: World, location: string): Location {
  const [, name] = /^aks-(.+)$/.exec(location) ?? []
  const cluster = name === undefined ? undefined : clusters(world).find((one: Cluster) => one.name.toLowerCase() === name.toLowerCase())
  if (!cluster) return locations(world).get(location) ?? somewhere
  return { ip: egressIps(world, cluster)[0] ?? locations(world).get(location)?.ip ?? somewhere.ip, region: cluster.location }
}
