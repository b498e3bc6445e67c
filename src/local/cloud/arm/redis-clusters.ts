// Microsoft.Cache/redisEnterprise, which is Azure Managed Redis as well (https://learn.microsoft.com/rest/api/redis/redisenterprisecache). Surprising,
// recorded by azure-service-operator's tests: the host name is known at once, an unfinished poll has an end time already, and `resourceState` says
// Running some time after `provisioningState` says Succeeded. The database `default` has port, protocol and keys, and of a new cluster it accepts none.

import { refuse, resourceNotFound } from './errors.ts'
import { keyedResource } from './keyed-resource.ts'
import { base64Key, type Key } from './keyed-resource-keys.ts'
import type { Body, Call, Provider } from './provider.ts'
import { findResource, type Resource } from './resources.ts'
import { withState } from './slow-writes.ts'

const type = 'Microsoft.Cache/redisEnterprise'
const database = 'databases/default'

const databaseOf = (cluster: Resource, localAuth: boolean): Resource => ({
  id: `${cluster.id}/${database}`,
  name: 'default',
  type: `${type}/databases`,
  location: cluster.location,
  properties: {
    clientProtocol: 'Encrypted',
    port: 10000,
    provisioningState: 'Succeeded',
    resourceState: 'Running',
    clusteringPolicy: 'OSSCluster',
    evictionPolicy: 'VolatileLRU',
    accessKeysAuthentication: localAuth ? 'Enabled' : 'Disabled',
  },
})

/** Without what only this cloud keeps of it. */
function readDatabase(call: Call) {
  const found = findResource(call.world, call.path)
  const { group = '', name = '' } = call.parameters
  if (!found) throw resourceNotFound(`${type}/databases`, `${name}/default`, group)
  const { location: _, ...body } = found
  return { status: 200, body }
}

export const redisClusters: Provider = keyedResource({
  type,
  name: /^[A-Za-z0-9]+(-[A-Za-z0-9]+)*$/,
  born: (_world, { name, location }, { network, sku }) => ({
    sku: { name: sku ?? 'Balanced_B0' },
    kind: 'v2',
    properties: {
      provisioningState: 'Succeeded',
      resourceState: 'Running',
      hostName: `${name}.${location}.redis.azure.net`,
      minimumTlsVersion: '1.2',
      publicNetworkAccess: network === 'closed' ? 'Disabled' : 'Enabled',
      privateEndpointConnections: [],
    },
  }),
  children: (_world, cluster, { localAuth }) => [databaseOf(cluster, localAuth)],
  changeable: ['publicNetworkAccess', 'minimumTlsVersion'],
  flows: {
    create: {
      takes: 5 * 60_000,
      meanwhile: (cluster) => withState(cluster, 'Creating', { resourceState: 'Creating' }),
      answer: (body) => ({ status: 201, body }),
    },
  },
  busy: ({ name }) => refuse(409, 'Conflict', `The resource '${name}' is being updated: another operation is in progress.`),
  keys: {
    names: ['Primary', 'Secondary'],
    of: database,
    list: 'listKeys',
    renew: 'regenerateKey',
    value: base64Key,
    answer: (_cluster, all: readonly Key[]): Body => ({ primaryKey: all[0]?.value, secondaryKey: all[1]?.value }),
    wanted: ({ keyType }: Body, all: readonly Key[]) => all.find(({ name }) => name === keyType)?.name,
  },
  routes: [
    {
      method: 'GET',
      path: `/subscriptions/{subscription}/resourceGroups/{group}/providers/${type}/{name}/${database}`,
      handle: readDatabase,
    },
  ],
})
