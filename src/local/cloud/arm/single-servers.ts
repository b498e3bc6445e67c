// Retired single servers of PostgreSQL and MySQL (api-version 2017-12-01). Surprising: no new one can be made; those that are there have rules as ever.
import { databaseServers } from './database-servers.ts'
import { refuse } from './errors.ts'
import type { Provider } from './provider.ts'

const singleServers = (type: string, domain: string): Provider =>
  databaseServers({
    type,
    born: ({ name }, { network }) => ({
      administratorLogin: 'admin1',
      fullyQualifiedDomainName: `${name}.${domain}`,
      version: '11',
      state: 'Ready',
      userVisibleState: 'Ready',
      sslEnforcement: 'Enabled',
      publicNetworkAccess: network === 'closed' ? 'Disabled' : 'Enabled',
    }),
    changeable: ['publicNetworkAccess'],
    stopped: (name, doing) => refuse(409, 'ServerUnavailableForOperation', `Operation '${doing}' cannot be performed on server '${name}'.`),
    oneAtATime: true,
  })

export const postgresSingleServers = (): Provider => singleServers('Microsoft.DBforPostgreSQL/servers', 'postgres.database.azure.com')
export const mysqlSingleServers = (): Provider => singleServers('Microsoft.DBforMySQL/servers', 'mysql.database.azure.com')
