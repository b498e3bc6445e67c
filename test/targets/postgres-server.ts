// Flexible servers for tests of the fourth firewall shape, whose rules are child resources. Here such a server takes four rules.
import { parseId } from '../../src/local/cloud/arm/ids.ts'
import { putResource, resourcesOf } from '../../src/local/cloud/arm/resources.ts'
import type { World } from '../../src/local/cloud/world.ts'
import type { Resource as TargetResource } from '../../src/targets/resource.ts'
import { postgresServer as real } from '../../src/targets/resources/postgres-server.ts'

const type = 'Microsoft.DBforPostgreSQL/flexibleServers'

export const postgresServer: TargetResource = { ...real, firewall: { ...real.firewall, max: 4 } }

export function putServer(world: World, id: string, properties: Readonly<Record<string, unknown>> = {}): void {
  putResource(world, { id, name: parseId(id).name ?? '', type, location: 'northeurope', properties: { state: 'Ready', ...properties } })
}
export function putRule(world: World, id: string, from: string, to = from): void {
  const properties = { startIpAddress: from, endIpAddress: to }
  putResource(world, { id, name: id.split('/').at(-1) ?? '', type: `${type}/firewallRules`, location: 'northeurope', properties })
}
/** `name from-to` of each rule. */
export const rulesOf = (world: World, server?: string): readonly string[] =>
  resourcesOf(world, `${type}/firewallRules`, server)
    .map(({ name, properties }) => `${name} ${properties['startIpAddress']}-${properties['endIpAddress']}`)
    .sort()
