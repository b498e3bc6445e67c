// What the servers of Azure Database for PostgreSQL and MySQL have in common in front of their databases: a name while the public network leads to them, and
// tokens of Entra ID in place of passwords.

import { objectOf } from '../arm/provider.ts'
import { type Resource, resourcesOf } from '../arm/resources.ts'
import type { World } from '../world.ts'

/** https://learn.microsoft.com/azure/postgresql/security/security-entra-configure, https://learn.microsoft.com/azure/mysql/flexible-server/how-to-azure-ad */
export const audiences = ['https://ossrdbms-aad.database.windows.net']

/** `domain`: of the names of its servers. */
export type Kind = { readonly type: string; readonly domain: string; readonly port: number }

/**
 * One that the public network leads to: started, and neither closed nor inside a virtual network. To any other no connection comes about, whatever the
 * firewall's rules are.
 */
export function serverAt(world: World, hostname: string, { type, domain }: Kind): Resource | undefined {
  const [name, ...rest] = hostname.toLowerCase().split('.')
  if (rest.join('.') !== domain) return undefined
  const server = resourcesOf(world, type).find((one) => one.name.toLowerCase() === name)
  const network = objectOf(server?.properties['network'])
  const isOpen = network['publicNetworkAccess'] === 'Enabled' && !network['delegatedSubnetResourceId']
  return isOpen && server?.properties['state'] === 'Ready' ? server : undefined
}

/** By their names, as ARM has them. */
export const databasesOf = (world: World, { id, type }: Resource): readonly string[] =>
  resourcesOf(world, `${type}/databases`, id).map(({ name }) => name)

export const administratorsOf = (world: World, { id, type }: Resource): readonly Resource[] =>
  resourcesOf(world, `${type}/administrators`, id)
