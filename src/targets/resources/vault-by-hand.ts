// Network rules of a key vault, for people. Bicep and Terraform replace all of them, so they include the existing ones. Single addresses are /32, as the
// vault has them: otherwise the Azure CLI removes none, and Terraform finds a difference on each run
// (https://github.com/hashicorp/terraform-provider-azurerm/issues/2164).
import { bicepText, place, terraformText } from '../../model/as-code.ts'
import type { ByHand } from '../firewall/firewall.ts'

const list = (texts: readonly string[], written: (text: string) => string): string => texts.map(written).join(', ')
const range = (ip: string): string => (ip.includes('/') ? ip : `${ip}/32`)

const command = (verb: 'add' | 'remove', id: string, ip: string): string =>
  `az keyvault network-rule ${verb} ${place(id, '--name')} --ip-address ${range(ip)}`

export const vaultRulesByHand: ByHand = {
  add: (id, { ip }) => command('add', id, ip),
  remove: (id, { ip }) => command('remove', id, ip),
  bicep: (_id, { ips, subnets, bypass = 'AzureServices' }) => `// in the properties of the vault
networkAcls: {
  defaultAction: 'Deny'
  bypass: ${bicepText(bypass)}
  ipRules: [for ip in [${list(ips.map(range), bicepText)}]: { value: ip }]
  virtualNetworkRules: [for id in [${list(subnets, bicepText)}]: { id: id }]
}`,
  terraform: (_id, { ips, subnets, bypass = 'AzureServices' }) => `# in azurerm_key_vault
network_acls {
  default_action             = "Deny"
  bypass                     = ${terraformText(bypass)}
  ip_rules                   = [${list(ips.map(range), terraformText)}]
  virtual_network_subnet_ids = [${list(subnets, terraformText)}]
}`,
}
