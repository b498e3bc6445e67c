// Network rules of a key vault, for people. Bicep and Terraform replace all of them, so they include the existing ones. Single addresses are /32, as the
// vault has them: otherwise the Azure CLI removes none, and Terraform finds a difference on each run
// (https://github.com/hashicorp/terraform-provider-azurerm/issues/2164).
import { place } from '../../model/as-code.ts'
import type { ByHand } from '../firewall/firewall.ts'

const list = (texts: readonly string[], quote: string): string => texts.map((text) => `${quote}${text}${quote}`).join(', ')
const range = (ip: string): string => (ip.includes('/') ? ip : `${ip}/32`)

const command = (verb: 'add' | 'remove', id: string, ip: string): string =>
  `az keyvault network-rule ${verb} ${place(id, '--name')} --ip-address ${range(ip)}`

export const vaultRulesByHand: ByHand = {
  add: (id, { ip }) => command('add', id, ip),
  remove: (id, { ip }) => command('remove', id, ip),
  bicep: (_id, { ips, subnets, bypass = 'AzureServices' }) => `// in the properties of the vault
networkAcls: {
  defaultAction: 'Deny'
  bypass: '${bypass}'
  ipRules: [for ip in [${list(ips.map(range), "'")}]: { value: ip }]
  virtualNetworkRules: [for id in [${list(subnets, "'")}]: { id: id }]
}`,
  terraform: (_id, { ips, subnets, bypass = 'AzureServices' }) => `# in azurerm_key_vault
network_acls {
  default_action             = "Deny"
  bypass                     = "${bypass}"
  ip_rules                   = [${list(ips.map(range), '"')}]
  virtual_network_subnet_ids = [${list(subnets, '"')}]
}`,
}
