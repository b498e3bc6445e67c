// Whom the network of a key vault lets in, and what its rules may be (https://learn.microsoft.com/azure/key-vault/general/network-security).

import { BlockList, isIPv4 } from 'node:net'
import { locate } from '../locations.ts'
import { includes } from '../ranges.ts'
import type { World } from '../world.ts'
import { refuse } from './errors.ts'
import { parseId, sameId } from './ids.ts'
import { type Body, objectOf } from './provider.ts'
import type { Resource } from './resources.ts'
import { endpointsOf, ipRulesOf, subnetRulesOf } from './storage-network.ts'
import { asRange } from './vault.ts'

const mostIpRules = 1_000
const service = 'Microsoft.KeyVault'

/** How the vault refuses a caller at this location. `firewall`: by its rules, `connection`: there is no public access at all. */
export function vaultRefusal(
  world: World,
  { properties, location: region }: Resource,
  location: string,
): 'firewall' | 'connection' | undefined {
  if (String(properties['publicNetworkAccess'] ?? 'Enabled').toLowerCase() !== 'enabled') return 'connection'
  const rules = objectOf(properties['networkAcls'])
  if (rules['defaultAction'] !== 'Deny') return undefined
  const { ip, subnets = [] } = locate(world, location)
  const byAddress = ipRulesOf(rules).some((range) => includes(range, ip))
  const isLetIn = (subnet: string): boolean => subnetRulesOf(rules).some((rule) => sameId(String(rule['id']), subnet))
  // From a subnet with a service endpoint callers come with private addresses.
  const isAllowed =
    subnets.length === 0 ? byAddress : subnets.every((subnet) => (reaches(world, subnet, region) ? isLetIn(subnet) : byAddress))
  return isAllowed ? undefined : 'firewall'
}

const reaches = (world: World, subnet: string, region: string): boolean =>
  endpointsOf(world, subnet).some((one) => one.service === service && (one.locations.includes('*') || one.locations.includes(region)))

const privateRanges = new BlockList()
for (const [address, bits] of [
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
] as const)
  privateRanges.addSubnet(address, bits)

/** As a vault keeps them: arrays are replaced as a whole, what the request leaves out has its default. */
export function vaultRules(world: World, asked: unknown): Body {
  const rules: Body = { bypass: 'AzureServices', defaultAction: 'Allow', ipRules: [], virtualNetworkRules: [], ...objectOf(asked) }
  const ips = [...new Set(ipRulesOf(rules).map(asRange))]
  for (const ip of ips) {
    const [address = '', bits] = ip.split('/')
    if (!isIPv4(address) || privateRanges.check(address) || !/^([0-9]|[12][0-9]|3[0-2])$/.test(bits ?? ''))
      throw refuse(400, 'BadRequest', `"${ip}" is not a valid IPv4 address or range of the public internet.`)
  }
  if (ips.length > mostIpRules) throw refuse(400, 'BadRequest', `A vault can have at most ${mostIpRules} IP rules.`)
  const virtualNetworkRules = subnetRulesOf(rules).map((rule) => subnetRule(world, rule))
  return { ...rules, ipRules: ips.map((value) => ({ value })), virtualNetworkRules }
}

/** Ids are kept in lower case. The refusal is quoted in https://github.com/hashicorp/terraform-provider-azurerm/issues/11759. */
function subnetRule(world: World, { id, ignoreMissingVnetServiceEndpoint = false }: Body): Body {
  const subnet = String(id)
  if (ignoreMissingVnetServiceEndpoint !== true && !endpointsOf(world, subnet).some((one) => one.service === service))
    throw refuse(
      400,
      'VirtualNetworkNotValid',
      `Validation of network acls failure: SubnetsHaveNoServiceEndpointsConfigured:Subnets ${parseId(subnet).name} of virtual network ${subnet.split('/').at(-3)} do not have ServiceEndpoints for ${service} resources configured. Add ${service} to subnet's ServiceEndpoints collection before trying to ACL ${service} resources to these subnets..`,
    )
  return { id: subnet.toLowerCase(), ignoreMissingVnetServiceEndpoint }
}
