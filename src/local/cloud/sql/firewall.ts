// Whom a server of Azure SQL lets in, by the address that it sees, and in which words it refuses the others
// (https://learn.microsoft.com/azure/azure-sql/database/firewall-configure, https://learn.microsoft.com/azure/azure-sql/database/connectivity-settings).
import { type Resource, resourcesOf } from '../arm/resources.ts'
import { latencies } from '../latencies.ts'
import { locate } from '../locations.ts'
import type { World } from '../world.ts'
import { SqlRefusal } from './protocol.ts'

const ruleType = 'Microsoft.Sql/servers/firewallRules'
/** When a rule that was written takes effect, by its id. */
const effects = (world: World): Map<string, number> => world.table<number>('sql-rules')

/** "It may take up to five minutes for this change to take effect", its refusals say. */
export const ruleWritten = (world: World, { id }: Resource): void =>
  void effects(world).set(id.toLowerCase(), world.clock.now() + latencies(world).sqlRule * world.random())

export function networkRefusal(world: World, server: Resource, location: string): SqlRefusal | undefined {
  if (String(server.properties['publicNetworkAccess'] ?? 'Enabled') !== 'Enabled')
    return new SqlRefusal(
      47073,
      'An instance-specific error occurred while establishing a connection to SQL Server. The public network interface on this server is not accessible.',
    )
  const { ip, region } = locate(world, location)
  if (rulesInEffect(world, server).some(([from, to]) => isBetween(ip, from, to) || (isAzure(from, to) && region !== undefined)))
    return undefined
  return new SqlRefusal(
    40615,
    `Cannot open server '${server.name}' requested by the login. Client with IP address '${ip}' is not allowed to access the server. To enable access, use the Azure Management Portal or run sp_set_firewall_rule on the master database to create a firewall rule for this IP address or address range. It may take up to five minutes for this change to take effect.`,
  )
}

const rulesInEffect = (world: World, { id }: Resource): readonly (readonly [string, string])[] =>
  resourcesOf(world, ruleType, id)
    .filter((rule) => (effects(world).get(rule.id.toLowerCase()) ?? 0) <= world.clock.now())
    .map(({ properties }) => [String(properties['startIpAddress']), String(properties['endIpAddress'])])

/** The rule that stands for all callers in Azure, of whatever subscription. */
const isAzure = (from: string, to: string): boolean => from === '0.0.0.0' && to === '0.0.0.0'

const isBetween = (ip: string, from: string, to: string): boolean => numberOf(from) <= numberOf(ip) && numberOf(ip) <= numberOf(to)
const numberOf = (ip: string): number => ip.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
