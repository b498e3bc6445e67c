// In which words a server of Azure SQL refuses whom it does not let in
// (https://learn.microsoft.com/azure/azure-sql/database/firewall-configure, https://learn.microsoft.com/azure/azure-sql/database/connectivity-settings).
import type { Resource } from '../arm/resources.ts'
import { letsIn } from '../databases/firewall.ts'
import { locate } from '../locations.ts'
import type { World } from '../world.ts'
import { SqlRefusal } from './protocol.ts'

export function networkRefusal(world: World, server: Resource, location: string): SqlRefusal | undefined {
  if (String(server.properties['publicNetworkAccess'] ?? 'Enabled') !== 'Enabled')
    return new SqlRefusal(
      47073,
      'An instance-specific error occurred while establishing a connection to SQL Server. The public network interface on this server is not accessible.',
    )
  const caller = locate(world, location)
  if (letsIn(world, server, caller)) return undefined
  return new SqlRefusal(
    40615,
    `Cannot open server '${server.name}' requested by the login. Client with IP address '${caller.ip}' is not allowed to access the server. To enable access, use the Azure Management Portal or run sp_set_firewall_rule on the master database to create a firewall rule for this IP address or address range. It may take up to five minutes for this change to take effect.`,
  )
}
