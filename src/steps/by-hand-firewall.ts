// By hand: the IP rules of a target. Bicep and Terraform replace all network rules of an account, so they carry those that are there as well: without
// them a deployment would open the account, or shut out others.
import { resourceId } from '../domain/resource-id.ts'
import type { Change } from '../domain/thing.ts'
import { type Commands, commandsOf, lines, place } from './by-hand.ts'
import type { IpRule } from './things.ts'

/** Groups of the Azure CLI whose `network-rule` has `--ip-address`. */
const ruleGroups: Readonly<Record<string, string>> = { 'microsoft.storage/storageaccounts': 'storage account' }

/** All that is to be there after the change. */
export type NetworkRules = { readonly ips: readonly string[]; readonly subnets: readonly string[]; readonly bypass?: string }

export function byHandFirewall(targetId: string, changes: readonly Change<IpRule>[], rules: NetworkRules): Commands | undefined {
  const group = ruleGroups[resourceId(targetId).type]
  if (group === undefined) return undefined
  const where = place(targetId, '--account-name')
  const { ips, subnets, bypass = 'AzureServices' } = rules
  const list = (texts: readonly string[], quote: string): string => texts.map((text) => `${quote}${text}${quote}`).join(', ')
  return commandsOf({
    cli: lines(changes, {
      make: ({ ip }) => `az ${group} network-rule add ${where} --ip-address ${ip}`,
      remove: ({ thing: { ip } }) => `az ${group} network-rule remove ${where} --ip-address ${ip}`,
    }),
    bicep: `// in the properties of the account
networkAcls: {
  defaultAction: 'Deny'
  bypass: '${bypass}'
  ipRules: [for ip in [${list(ips, "'")}]: { value: ip, action: 'Allow' }]
  virtualNetworkRules: [for id in [${list(subnets, "'")}]: { id: id, action: 'Allow' }]
}`,
    terraform: `resource "azurerm_storage_account_network_rules" "rules" {
  storage_account_id         = "${targetId}"
  default_action             = "Deny"
  bypass                     = [${list(
    bypass.split(',').map((one) => one.trim()),
    '"',
  )}]
  ip_rules                   = [${list(ips, '"')}]
  virtual_network_subnet_ids = [${list(subnets, '"')}]
}`,
  })
}
