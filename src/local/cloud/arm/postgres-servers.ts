// Microsoft.DBforPostgreSQL/flexibleServers.
import { byObjectId, childOf } from './database-children.ts'
import { databaseServers } from './database-servers.ts'
import { refuse } from './errors.ts'

export const postgresServers = () =>
  databaseServers({
    type: 'Microsoft.DBforPostgreSQL/flexibleServers',
    born: ({ name }, { network, localAuth }) => ({
      administratorLogin: 'admin1',
      fullyQualifiedDomainName: `${name}.postgres.database.azure.com`,
      version: '16',
      minorVersion: '4',
      state: 'Ready',
      authConfig: { activeDirectoryAuth: 'Enabled', passwordAuth: localAuth ? 'Enabled' : 'Disabled' },
      network: { publicNetworkAccess: network === 'closed' ? 'Disabled' : 'Enabled' },
      storage: { storageSizeGB: 128 },
      backup: { backupRetentionDays: 7, geoRedundantBackup: 'Disabled' },
      highAvailability: { mode: 'Disabled', state: 'NotEnabled' },
      replicationRole: 'Primary',
    }),
    changeable: ['authConfig', 'network', 'storage', 'backup'],
    stopped: (name, doing) =>
      refuse(400, 'ServerStoppedError', `Operation '${doing}' cannot be performed on server '${name}': the server is stopped.`),
    oneAtATime: true,
    children(server, { administrator }) {
      if (administrator === undefined) return []
      const known = byObjectId(administrator)
      return [childOf(server, 'administrators', known.objectId, known)]
    },
  })
