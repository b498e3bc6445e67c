// Rights on what a body names: ARM asks for them on every write, also where nothing about them changes
// (https://github.com/Azure/AKS/issues/4014, https://github.com/Azure/azure-cli/issues/22232; of subnets that an account's rules name:
// https://learn.microsoft.com/azure/storage/common/storage-network-security-virtual-networks#required-permissions).

import { mayDo } from '../access.ts'
import { refuse } from './errors.ts'
import { isWithin } from './ids.ts'
import { type Cluster, nodeGroupId } from './managed-cluster.ts'
import { type Body, type Call, objectOf } from './provider.ts'

type Link = { readonly id: unknown; readonly action: string }

const join = 'Microsoft.Network/virtualNetworks/subnets/join/action'
const assign = 'Microsoft.ManagedIdentity/userAssignedIdentities/assign/action'
const listOf = (value: unknown): Body[] => (Array.isArray(value) ? value.map(objectOf) : [])

function linksOf(cluster: Cluster): Link[] {
  const { properties } = cluster
  const balancer = objectOf(objectOf(properties['networkProfile'])['loadBalancerProfile'])
  const monitoring = objectOf(objectOf(objectOf(properties['addonProfiles'])['omsagent'])['config'])
  return [
    ...listOf(properties['agentPoolProfiles']).map((pool) => ({ id: pool['vnetSubnetID'], action: join })),
    { id: objectOf(properties['apiServerAccessProfile'])['subnetId'], action: join },
    ...Object.keys(objectOf(objectOf(cluster['identity'])['userAssignedIdentities'])).map((id) => ({ id, action: assign })),
    ...Object.values(objectOf(properties['identityProfile'])).map((one) => ({ id: objectOf(one)['resourceId'], action: assign })),
    { id: properties['diskEncryptionSetID'], action: 'Microsoft.Compute/diskEncryptionSets/read' },
    { id: monitoring['logAnalyticsWorkspaceResourceID'], action: 'Microsoft.OperationalInsights/workspaces/sharedkeys/read' },
    ...listOf(objectOf(balancer['outboundIPs'])['publicIPs']).map(({ id }) => ({
      id,
      action: 'Microsoft.Network/publicIPAddresses/join/action',
    })),
    ...listOf(objectOf(balancer['outboundIPPrefixes'])['publicIPPrefixes']).map(({ id }) => ({
      id,
      action: 'Microsoft.Network/publicIPPrefixes/join/action',
    })),
  ]
}

export function checkLinkedAccess(call: Call, cluster: Cluster): void {
  const made = nodeGroupId(cluster) // what AKS made itself
  checkLinks(
    call,
    'Microsoft.ContainerService/managedClusters/write',
    linksOf(cluster).filter(({ id }) => typeof id === 'string' && !isWithin(id, made)),
  )
}

/** `wanted`: the action of the write that names them. */
export const checkLinkedSubnets = (call: Call, wanted: string, ids: readonly string[]): void =>
  checkLinks(
    call,
    wanted,
    ids.map((id) => ({ id, action: 'Microsoft.Network/virtualNetworks/subnets/joinViaServiceEndpoint/action' })),
  )

/** The managed identity on which the resource provider makes a federated credential: https://learn.microsoft.com/azure/aks/identity-bindings */
export const checkLinkedCredentials = (call: Call, wanted: string, identity: string): void =>
  checkLinks(call, wanted, [
    { id: identity, action: 'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/write' },
  ])

function checkLinks(call: Call, wanted: string, links: readonly Link[]): void {
  const { oid, appid } = call.claims
  const missing = links.filter(
    (link): link is { id: string; action: string } =>
      typeof link.id === 'string' && !mayDo(call.world, { principalId: oid, action: link.action, scope: link.id }),
  )
  if (missing.length === 0) return
  const list = (texts: readonly string[]): string => [...new Set(texts)].join("', '")
  throw refuse(
    403,
    'LinkedAuthorizationFailed',
    `The client '${appid}' with object id '${oid}' has permission to perform action '${wanted}' on scope '${call.path}'; however, it does not have permission to perform action(s) '${list(missing.map(({ action }) => action))}' on the linked scope(s) '${list(missing.map(({ id }) => id))}' (respectively) or the linked scope(s) are invalid.`,
  )
}
