// From a fleet document to a world: everything exists already and has long been settled, nothing is on its way.

import { type Fleet, type Grant, idOf } from '../fleets/fleet.ts'
import { roleAssignments } from './access.ts'
import { hostOf } from './arm/cluster-operations.ts'
import { settle } from './arm/cluster-settling.ts'
import { publicAddress } from './arm/egress.ts'
import { keyOf, parseId } from './arm/ids.ts'
import { type Cluster, clusterId, merged, storeCluster, withState } from './arm/managed-cluster.ts'
import { leaveUnregistered } from './arm/provider-registrations.ts'
import { groups } from './arm/resource-groups.ts'
import { index, putResource, resources } from './arm/resources.ts'
import { keysOf, storageType } from './arm/storage-account.ts'
import { subscriptions } from './arm/subscriptions.ts'
import { identityType, makeIdentity } from './arm/user-assigned-identity.ts'
import { principals } from './entra/directory.ts'
import type { Kubernetes } from './kubernetes/kubernetes.ts'
import { storeOf } from './kubernetes/store.ts'
import { locations } from './locations.ts'
import { allRoles, customRoles } from './roles.ts'
import type { World } from './world.ts'

/** The connector's own identity. */
export type App = { readonly principalId: string; readonly clientId: string; readonly resourceId: string; readonly audience: string }

type At = { readonly subscription?: string | undefined; readonly group: string }

export async function seed(world: World, fleet: Fleet, kubernetes: Pick<Kubernetes, 'addCluster'>): Promise<void> {
  const first = fleet.subscriptions[0]?.id ?? ''
  const groupId = ({ subscription = first, group }: At): string => `/subscriptions/${subscription}/resourceGroups/${group}`
  const addGroup = (at: At, location: string, tags = {}): void => {
    const id = groupId(at)
    if (!groups(world).has(keyOf(id))) groups(world).set(keyOf(id), { id, name: at.group, location, tags })
  }

  for (const one of fleet.subscriptions) subscriptions(world).set(one.id.toLowerCase(), one)
  for (const { name, region, tags, ...at } of fleet.groups) addGroup({ ...at, group: name }, region, tags)
  for (const role of fleet.customRoles) {
    const id = idOf(`role ${role.name}`)
    customRoles(world).set(id, { ...role, id, custom: true })
  }
  for (const namespace of fleet.unregisteredProviders) leaveUnregistered(world, first, namespace)
  for (const { name, ip, region } of fleet.locations) locations(world).set(name, { ip, ...(region ? { region } : {}) })
  locations(world).set('functions', { ip: fleet.app.ip, region: fleet.app.region })

  for (const resource of fleet.resources) {
    const { name = '', type = '', subscription, group = '' } = parseId(resource.id)
    addGroup({ subscription, group }, resource.location)
    const properties = type.endsWith('/publicIPAddresses')
      ? { ...publicAddress(world, resource.id, resource.location).properties, ...resource.properties }
      : resource.properties
    putResource(world, { ...resource, name, type, properties })
  }
  for (const account of fleet.storageAccounts) {
    addGroup(account, account.region)
    putResource(world, storageResource(world, `${groupId(account)}/providers/${storageType}/${account.name}`, account))
  }
  for (const one of fleet.clusters) {
    addGroup(one, one.region)
    const cluster = clusterOf(world, clusterId(one.subscription ?? first, one.group, one.name), one)
    await kubernetes.addCluster(hostOf(cluster))
    const objects = storeOf(world, keyOf(cluster.id))
    for (const namespace of one.namespaces)
      objects.put('namespaces', {
        kind: 'Namespace',
        apiVersion: 'v1',
        metadata: {
          name: namespace,
          uid: world.uuid(),
          creationTimestamp: new Date(world.clock.now()).toISOString().replace(/\.\d+/, ''),
          labels: { 'kubernetes.io/metadata.name': namespace },
        },
        spec: { finalizers: ['kubernetes'] },
        status: { phase: 'Active' },
      })
  }
  seedPrincipals(world, fleet, first, addGroup)
  for (const id of resources(world).keys()) index(world, id)
}

function storageResource(world: World, id: string, account: Fleet['storageAccounts'][number]) {
  const endpoint = (service: string): string => `https://${account.name}.${service}.core.windows.net/`
  keysOf(world, id)
  return {
    id,
    name: account.name,
    type: storageType,
    location: account.region,
    tags: account.tags,
    sku: { name: 'Standard_LRS', tier: 'Standard' },
    kind: 'StorageV2',
    properties: {
      provisioningState: 'Succeeded',
      creationTime: new Date(world.clock.now()).toISOString(),
      primaryLocation: account.region,
      statusOfPrimary: 'available',
      primaryEndpoints: Object.fromEntries(['blob', 'queue', 'table', 'file', 'dfs'].map((service) => [service, endpoint(service)])),
      supportsHttpsTrafficOnly: true,
      minimumTlsVersion: 'TLS1_2',
      allowBlobPublicAccess: false,
      allowSharedKeyAccess: account.sharedKeys,
      publicNetworkAccess: account.network === 'closed' ? 'Disabled' : 'Enabled',
      networkAcls: {
        bypass: 'AzureServices',
        virtualNetworkRules: [],
        ipRules: account.allow.map((value) => ({ value, action: 'Allow' })),
        defaultAction: account.network === 'open' ? 'Allow' : 'Deny',
      },
    },
  }
}

function clusterOf(world: World, id: string, one: Fleet['clusters'][number]): Cluster {
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

function seedPrincipals(world: World, fleet: Fleet, subscription: string, addGroup: (at: At, location: string) => void): void {
  const { app, people } = fleet
  addGroup({ group: app.group }, app.region)
  const ids = { principalId: idOf(`principal ${app.name}`), clientId: idOf(`client ${app.name}`) }
  const resourceId = `/subscriptions/${subscription}/resourceGroups/${app.group}/providers/${identityType}/${app.name}`
  const identity = makeIdentity(world, resourceId, app.region, {}, ids)
  world.table<App>('settings').set('app', { ...ids, resourceId: identity.id, audience: app.audience })
  app.kubernetes.forEach((grant, at) => {
    const found = [...resources(world).values()].find(({ name, type }) => name === grant.cluster && /managedclusters$/i.test(type))
    if (!found) throw new Error(`The fleet grants Kubernetes rights on an unknown cluster '${grant.cluster}'`)
    world.table('kubernetes-grants').set(`fleet ${at}`, { ...grant, cluster: keyOf(found.id), oid: ids.principalId })
  })
  for (const person of people) {
    const oid = idOf(`principal ${person.name}`)
    principals(world).set(oid, {
      oid,
      appId: idOf(`client ${person.name}`),
      kind: 'user',
      name: person.name,
      createdAt: 0,
      visibleAt: 0,
      appRoles: { [app.audience]: person.appRoles },
      secrets: [secretOf(person.name)],
    })
    for (const grant of person.roles) assign(world, subscription, oid, 'User', grant)
  }
  for (const grant of app.roles) assign(world, subscription, ids.principalId, 'ServicePrincipal', grant)
  // nothing of the fleet is new to the directory
  for (const [oid, principal] of principals(world)) principals(world).set(oid, { ...principal, visibleAt: 0 })
}

/** What a person signs in with here; real people have better ways. */
export const secretOf = (name: string): string => `secret-of-${name}`

function assign(world: World, subscription: string, principalId: string, principalType: string, { role, on, condition }: Grant): void {
  const definition = allRoles(world).find(({ id, name }) => id === role.toLowerCase() || name.toLowerCase() === role.toLowerCase())
  if (!definition) throw new Error(`The fleet grants an unknown role '${role}'`)
  const scope = scopeOf(world, subscription, on)
  const id = `${scope}/providers/Microsoft.Authorization/roleAssignments/${idOf(`${scope} ${principalId} ${definition.id}`)}`
  roleAssignments(world).set(keyOf(id), {
    id,
    scope,
    roleDefinitionId: `/subscriptions/${subscription}/providers/Microsoft.Authorization/roleDefinitions/${definition.id}`,
    principalId,
    principalType,
    ...(condition === undefined ? {} : { condition, conditionVersion: '2.0' }),
    createdOn: 0,
    createdBy: '',
    effectiveAt: 0,
  })
}

function scopeOf(world: World, subscription: string, on: string): string {
  if (on === 'subscription') return `/subscriptions/${subscription}`
  if (on.startsWith('/')) return on
  const [kind, name] = on.split(':')
  if (kind === 'group') return `/subscriptions/${subscription}/resourceGroups/${name}`
  const type = kind === 'cluster' ? 'managedclusters' : kind === 'storage' ? 'storageaccounts' : undefined
  const found = [...resources(world).values()].find(
    (row) => row.name === name && type !== undefined && row.type.toLowerCase().endsWith(`/${type}`),
  )
  if (!found) throw new Error(`The fleet grants a role on an unknown '${on}'`)
  return found.id
}
