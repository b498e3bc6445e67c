// From a fleet document to a world: everything exists already and has long been settled, nothing is on its way.

import { type Fleet, idOf } from '../fleets/fleet.ts'
import { hostOf } from './arm/cluster-operations.ts'
import { keyOf, parseId } from './arm/ids.ts'
import { clusterId } from './arm/managed-cluster.ts'
import { type FleetType, objectOf } from './arm/provider.ts'
import { leaveUnregistered } from './arm/provider-registrations.ts'
import { groups } from './arm/resource-groups.ts'
import { index, putResource, resources } from './arm/resources.ts'
import { storageType } from './arm/storage-account.ts'
import { subscriptions } from './arm/subscriptions.ts'
import { vaultResource, vaultType } from './arm/vault.ts'
import type { Kubernetes } from './kubernetes/kubernetes.ts'
import { storeOf } from './kubernetes/store.ts'
import { locations } from './locations.ts'
import { customRoles } from './roles.ts'
import { seedPrincipals } from './seed-principals.ts'
import { clusterOf, storageResource } from './seed-resources.ts'
import type { World } from './world.ts'

type At = { readonly subscription?: string | undefined; readonly group: string }

export async function seed(
  world: World,
  fleet: Fleet,
  kubernetes: Pick<Kubernetes, 'addCluster'>,
  fleetTypes: readonly FleetType[],
): Promise<void> {
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
  locations(world).set('functions', { ip: fleet.app.ip, region: fleet.app.region, reaches: fleet.app.reaches })

  for (const resource of fleet.resources) {
    const { name = '', type = '', subscription, group = '' } = parseId(resource.id)
    addGroup({ subscription, group }, resource.location)
    const known = fleetTypes.find((one) => one.type.toLowerCase() === type.toLowerCase())
    putResource(world, known ? known.make(world, resource) : { ...resource, name, type, properties: objectOf(resource['properties']) })
  }
  for (const account of fleet.storageAccounts) {
    addGroup(account, account.region)
    putResource(world, storageResource(world, `${groupId(account)}/providers/${storageType}/${account.name}`, account))
  }
  for (const vault of fleet.keyVaults) {
    addGroup(vault, vault.region)
    const { name, region: location, azureRbac, purgeProtection } = vault
    putResource(
      world,
      vaultResource(world, { id: `${groupId(vault)}/providers/${vaultType}/${name}`, location, azureRbac, purgeProtection }),
    )
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
  addGroup({ group: fleet.app.group }, fleet.app.region)
  seedPrincipals(world, fleet, first)
  for (const id of resources(world).keys()) index(world, id)
}
