// Whom the network of a storage account lets in. The data plane's gate asks here.
//
// What decides is the address that the account sees. It is a private one where the caller sits in the account's own region, and where its subnet has a
// service endpoint that covers that region: then IP rules have no effect, and only a virtual network rule for that very subnet lets it in
// (https://learn.microsoft.com/azure/storage/common/storage-network-security-limitations,
// https://learn.microsoft.com/azure/storage/common/storage-network-security-virtual-networks#azure-storage-cross-region-service-endpoints).

import { locate, trustedServices } from '../locations.ts'
import { includes } from '../ranges.ts'
import type { World } from '../world.ts'
import { refuse } from './errors.ts'
import { parseId, sameId } from './ids.ts'
import { type Body, objectOf } from './provider.ts'
import { findResource, type Resource } from './resources.ts'
import { accountNamed } from './storage-account.ts'

/** May a caller at this location reach the account? A perimeter keeps every caller out: its access rules are not simulated. */
export function isAllowed(world: World, account: string, location: string): boolean {
  const found = accountNamed(world, account)
  if (!found) return false
  const access = String(found.properties['publicNetworkAccess'] ?? 'Enabled')
  if (access !== 'Enabled') return false
  const rules = objectOf(found.properties['networkAcls'])
  if (rules['defaultAction'] !== 'Deny') return true
  // https://learn.microsoft.com/azure/storage/common/storage-network-security-trusted-azure-services
  if (location === trustedServices) return /\bAzureServices\b/.test(String(rules['bypass'] ?? 'AzureServices'))
  const { ip, region, subnets = [] } = locate(world, location)
  const byAddress = region !== found.location && ipRulesOf(rules).some((range) => includes(range, ip))
  // A pod can land in any of its cluster's pools.
  return subnets.length === 0 ? byAddress : subnets.every((subnet) => (covers(world, subnet, found) ? letsIn(rules, subnet) : byAddress))
}

/** Has the subnet an endpoint through which it reaches the account with a private address? */
function covers(world: World, subnet: string, account: Resource): boolean {
  return endpointsOf(world, subnet).some(({ service, locations }) => {
    if (service === 'Microsoft.Storage.Global') return true
    return service === 'Microsoft.Storage' && (locations.includes('*') || locations.includes(account.location))
  })
}

export function endpointsOf(world: World, subnet: string): readonly { readonly service: string; readonly locations: readonly string[] }[] {
  const endpoints = findResource(world, subnet)?.properties['serviceEndpoints']
  return (Array.isArray(endpoints) ? endpoints.map(objectOf) : []).map(({ service, locations }) => ({
    service: String(service),
    locations: Array.isArray(locations) ? locations.map(String) : [],
  }))
}

const letsIn = (rules: Body, subnet: string): boolean =>
  subnetRulesOf(rules).some((rule) => sameId(String(rule['id']), subnet) && rule['state'] !== 'NetworkSourceDeleted')

export const ipRulesOf = (rules: Body): string[] =>
  Array.isArray(rules['ipRules']) ? rules['ipRules'].map((rule) => String(objectOf(rule)['value'])) : []

export const subnetRulesOf = (rules: Body): Body[] =>
  Array.isArray(rules['virtualNetworkRules']) ? rules['virtualNetworkRules'].map(objectOf) : []

/** As Storage keeps them. A subnet without an endpoint is refused; the message is quoted in https://github.com/hashicorp/terraform-provider-azurerm/issues/3818. */
export function checkedSubnetRules(world: World, rules: Body, before: Body): Body[] {
  const known = new Map(subnetRulesOf(before).map((rule) => [String(rule['id']).toLowerCase(), rule]))
  const ids = new Map(subnetRulesOf(rules).map((rule) => [String(rule['id']).toLowerCase(), String(rule['id'])]))
  return [...ids.values()].map((id) => {
    const kept = known.get(id.toLowerCase())
    if (kept) return kept
    const isReady = endpointsOf(world, id).some(({ service }) => /^Microsoft\.Storage(\.Global)?$/.test(service))
    if (!isReady)
      throw refuse(
        400,
        'NetworkAclsValidationFailure',
        `Validation of network acls failure: SubnetsHaveNoServiceEndpointsConfigured:Subnets ${parseId(id).name} of virtual network ${id.split('/').at(-3)} do not have ServiceEndpoints for Microsoft.Storage resources configured. Add Microsoft.Storage to subnet's ServiceEndpoints collection before trying to ACL Microsoft.Storage resources to these subnets..`,
      )
    return { id, action: 'Allow', state: 'Succeeded' }
  })
}
