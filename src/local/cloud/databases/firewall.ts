// Whom the firewall of a server of databases lets in, by the address that it sees.
import { type Resource, resourcesOf } from '../arm/resources.ts'
import { latencies } from '../latencies.ts'
import type { Location } from '../locations.ts'
import type { World } from '../world.ts'

/** When a rule that was written takes effect, by its id. */
const effects = (world: World): Map<string, number> => world.table<number>('database-rules')

/** Up to five minutes later, as the refusals of Azure SQL and the pages on networks of the others say (https://learn.microsoft.com/azure/postgresql/network/how-to-networking-servers-deployed-public-access-add-firewall-rules). */
export const ruleWritten = (world: World, { id }: Resource): void =>
  void effects(world).set(id.toLowerCase(), world.clock.now() + latencies(world).databaseRule * world.random())

export const letsIn = (world: World, server: Resource, { ip, region }: Location): boolean =>
  rulesInEffect(world, server).some(([from, to]) => isBetween(ip, from, to) || (isAzure(from, to) && region !== undefined))

const rulesInEffect = (world: World, { id, type }: Resource): readonly (readonly [string, string])[] =>
  resourcesOf(world, `${type}/firewallRules`, id)
    .filter((rule) => (effects(world).get(rule.id.toLowerCase()) ?? 0) <= world.clock.now())
    .map(({ properties }) => [String(properties['startIpAddress']), String(properties['endIpAddress'])])

/** The rule that stands for all callers in Azure, of whatever subscription. */
const isAzure = (from: string, to: string): boolean => from === '0.0.0.0' && to === '0.0.0.0'

const isBetween = (ip: string, from: string, to: string): boolean => numberOf(from) <= numberOf(ip) && numberOf(ip) <= numberOf(to)
const numberOf = (ip: string): number => ip.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
