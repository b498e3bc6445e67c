// Network rules of a storage account, for people. Bicep and Terraform replace all of them, so they include the existing ones: without these a
// deployment would open the account, or shut out others.
import { bicepText, place, terraformText } from '../../model/as-code.ts'
import type { ByHand } from '../firewall/firewall.ts'

const list = (texts: readonly string[], written: (text: string) => string): string => texts.map(written).join(', ')

const command = (verb: 'add' | 'remove', id: string, ip: string): string =>
  `az storage account network-rule ${verb} ${place(id, '--account-name')} --ip-address ${ip}`

export const networkRulesByHand: ByHand = {
  add: (id, { ip }) => command('add', id, ip),
  remove: (id, { ip }) => command('remove', id, ip),
  bicep: (_id, { ips, subnets, bypass = 'AzureServices' }) => `// in the properties of the account
networkAcls: {
  defaultAction: 'Deny'
  bypass: ${bicepText(bypass)}
  ipRules: [for ip in [${list(ips, bicepText)}]: { value: ip, action: 'Allow' }]
  virtualNetworkRules: [for id in [${list(subnets, bicepText)}]: { id: id, action: 'Allow' }]
}`,
  terraform: (id, { ips, subnets, bypass = 'AzureServices' }) => `resource "azurerm_storage_account_network_rules" "rules" {
  storage_account_id         = "${id}"
  default_action             = "Deny"
  bypass                     = [${list(
    bypass.split(',').map((one) => one.trim()),
    terraformText,
  )}]
  ip_rules                   = [${list(ips, terraformText)}]
  virtual_network_subnet_ids = [${list(subnets, terraformText)}]
}`,
}
