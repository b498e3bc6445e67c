// The ARM bodies that a fleet's short descriptions stand for.

import type { Fleet } from '../fleets/fleet.ts'
import { settle } from './arm/cluster-settling.ts'
import { type Cluster, merged, storeCluster, withState } from './arm/managed-cluster.ts'
import type { Resource } from './arm/resources.ts'
import { bornAccount } from './arm/storage-account.ts'
import type { World } from './world.ts'

export function storageResource(world: World, id: string, account: Fleet['storageAccounts'][number]): Resource {
  const born = bornAccount(world, id, account.region)
  return {
    ...born,
    tags: account.tags,
    properties: {
      ...born.properties,
      allowSharedKeyAccess: account.sharedKeys,
      publicNetworkAccess: publicAccess[account.network] ?? 'Enabled',
      networkAcls: {
        bypass: 'AzureServices',
        virtualNetworkRules: account.subnets.map((subnet) => ({ id: subnet, action: 'Allow', state: 'Succeeded' })),
        ipRules: account.allow.map((value) => ({ value, action: 'Allow' })),
        defaultAction: account.network === 'open' ? 'Allow' : 'Deny',
      },
    },
  }
}

const publicAccess: Readonly<Record<string, string>> = { closed: 'Disabled', perimeter: 'SecuredByPerimeter' }

export function clusterOf(world: World, id: string, one: Fleet['clusters'][number]): Cluster {
  const count = { count: one.outboundIps }
  const cluster = merged(
    world,
    id,
    {
      location: one.region,
      tags: one.tags,
      identity: { type: 'SystemAssigned' },
      properties: {
        aadProfile: { managed: true, enableAzureRBAC: one.azureRbac },
        disableLocalAccounts: true,
        oidcIssuerProfile: { enabled: one.oidcIssuer },
        securityProfile: one.workloadIdentity ? { workloadIdentity: { enabled: true } } : {},
        networkProfile: {
          outboundType: one.outbound,
          ...(one.outbound === 'loadBalancer' ? { loadBalancerProfile: { managedOutboundIPs: count } } : {}),
          ...(one.outbound === 'managedNATGateway'
            ? { natGatewayProfile: { managedOutboundIPProfile: count, idleTimeoutInMinutes: 4 } }
            : {}),
        },
        ...one.properties,
      },
    },
    undefined,
  )
  const settled = settle(world, withState(cluster, 'Succeeded'))
  const powerState = { code: one.stopped ? 'Stopped' : 'Running' }
  return storeCluster(world, { ...settled, properties: { ...settled.properties, powerState } })
}
