// Microsoft.DBforMySQL/flexibleServers. Surprising: children are written side by side, as azure-service-operator's tests recorded.
import { byLogin, childOf } from './database-children.ts'
import { databaseServers } from './database-servers.ts'
import { refuse } from './errors.ts'
import type { Provider } from './provider.ts'
import { findResource } from './resources.ts'

const type = 'Microsoft.DBforMySQL/flexibleServers'
const stopped = (name: string, doing: string) =>
  refuse(
    409,
    'ServerUnavailableForOperation',
    `Operation '${doing}' cannot be performed as server '${name}' is currently in state 'Stopped'.`,
  )

export const mysqlServers = (): Provider =>
  databaseServers({
    type,
    born: ({ name }, { network }) => ({
      administratorLogin: 'admin1',
      fullyQualifiedDomainName: `${name}.mysql.database.azure.com`,
      version: '8.0.21',
      state: 'Ready',
      network: { publicNetworkAccess: network === 'closed' ? 'Disabled' : 'Enabled' },
      storage: { storageSizeGB: 128, iops: 684, autoGrow: 'Enabled', storageSku: 'Premium_LRS' },
      backup: { backupRetentionDays: 7, geoRedundantBackup: 'Disabled' },
      highAvailability: { mode: 'Disabled', state: 'NotEnabled' },
      replicationRole: 'None',
    }),
    changeable: ['network', 'storage', 'backup'],
    stopped,
    oneAtATime: false,
    children: (server, { localAuth, administrator }) => [
      ...(administrator === undefined ? [] : [childOf(server, 'administrators', 'ActiveDirectory', byLogin(administrator))]),
      {
        id: `${server.id}/configurations/aad_auth_only`,
        name: 'aad_auth_only',
        type: `${type}/configurations`,
        location: server.location,
        properties: { value: localAuth ? 'OFF' : 'ON', defaultValue: 'OFF', dataType: 'Enumeration', source: 'system-default' },
      },
    ],
    routes: [
      {
        method: 'GET',
        path: `/subscriptions/{subscription}/resourceGroups/{group}/providers/${type}/{name}/configurations/{child}`,
        handle(call) {
          const { subscription, group, name = '', child } = call.parameters
          const id = `/subscriptions/${subscription}/resourceGroups/${group}/providers/${type}/${name}`
          if (findResource(call.world, id)?.properties['state'] === 'Stopped') throw stopped(name, 'GetServerParameters')
          const found = findResource(call.world, `${id}/configurations/${child}`)
          if (!found)
            throw refuse(
              404,
              'ResourceNotFound',
              `The requested resource of type '${type}/configurations' with name '${child}' was not found.`,
            )
          const { location: _, ...body } = found
          return { status: 200, body }
        },
      },
    ],
  })
