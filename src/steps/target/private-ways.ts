// The words of the code that people run where no firewall rule can help: a private endpoint, or for a server inside a network a peering with that.
import type { Connection } from '../../model/connection.ts'
import { serviceIn } from '../../model/facts.ts'
import type { Fault } from '../../model/problem.ts'
import { parseResourceId, type ResourceId, resourceId } from '../../model/resource-id.ts'
import type { View } from '../../model/view.ts'
import { targetOf } from '../../targets/catalogue.ts'
import { privateLinkOf } from '../../targets/private-link.ts'

/** The code is long, and the outcome of all members is one row of the store. */
const mostWithCode = 50

export function withCode(faults: readonly Fault[], view: View<'target'>): readonly Fault[] {
  const members = new Map(view.members.map((member) => [member.key, member]))
  return faults.map((fault, index): Fault => {
    const member = fault.of === undefined ? undefined : members.get(fault.of)
    if (!member) return fault
    const words = fault.code === 'InsideNetwork' ? peeringWith(member, view) : privateEndpointFor(member, view)
    return index < mostWithCode || words.inside ? { ...fault, about: { ...words, ...fault.about } } : fault
  })
}

/** Words of problems/private-endpoint.ts. */
function privateEndpointFor({ cluster, type }: Connection, view: View<'target'>): Fault['about'] {
  const [target, service] = [targetOf(type), serviceIn(view.facts, type)]
  const link = target && service && privateLinkOf(target, service)
  const { location } = view.of(cluster)
  if (!link || !location) return {}
  const { subscription, group, name } = resourceId(view.loop.id)
  const { subresource, zones } = link
  const { subnetId, network } = networkOf(cluster, view)
  const inNetwork = { subnetId, networkId: network.id, networkName: network.name }
  return { targetId: view.loop.id, subscription, group, name, location, ...inNetwork, subresource, zones: zones.join(' ') }
}

/** Words of problems/peering.ts; `inside`: there is nothing to peer. */
function peeringWith({ cluster }: Connection, view: View<'target'>): Fault['about'] {
  const { injectedInto, privateZone } = view.facts
  const [server, zone] = [networkAt(injectedInto), parseResourceId(privateZone)]
  const { network } = networkOf(cluster, view)
  if (server?.id === network.id) return { inside: 'true' }
  if (!server || !zone) return {}
  return {
    networkId: network.id,
    networkSubscription: network.subscription,
    networkGroup: network.group,
    networkName: network.name,
    serverNetworkId: server.id,
    serverSubscription: server.subscription,
    serverGroup: server.group,
    serverNetworkName: server.name,
    zoneSubscription: zone.subscription,
    zoneGroup: zone.group,
    zone: zone.name,
  }
}

/** Of a network that AKS made itself only its resource group is known (way-in.ts): people fill in the rest. */
const unknownNetwork: Network = { id: 'NETWORK_ID', subscription: 'NETWORK_SUBSCRIPTION', group: 'NETWORK_GROUP', name: 'NETWORK_NAME' }

function networkOf(cluster: Connection['cluster'], view: View<'target'>): { readonly subnetId: string; readonly network: Network } {
  const subnetId = view.of(cluster).subnets?.find((subnet) => networkAt(subnet) !== undefined)
  return { subnetId: subnetId ?? 'SUBNET_ID', network: networkAt(subnetId) ?? unknownNetwork }
}

type Network = Pick<ResourceId, 'id' | 'subscription' | 'group' | 'name'>

/** The virtual network of a subnet. */
const networkAt = (subnetId: string | undefined): Network | undefined =>
  subnetId?.includes('/subnets/') ? parseResourceId(subnetId.split('/subnets/')[0]) : undefined
