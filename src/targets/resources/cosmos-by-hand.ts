// IP rules of a Cosmos DB account, for people. The Azure CLI replaces all of them, too, so its lines read them first.
import { bicepText, terraformText } from '../../model/as-code.ts'
import { resourceId } from '../../model/resource-id.ts'
import type { ByHand } from '../firewall/firewall.ts'

const list = (texts: readonly string[], written: (text: string) => string): string => texts.map(written).join(', ')

/** `query`: the rules that stay, in JMESPath. */
function command(id: string, query: string, more = ''): string {
  const { subscription, group, names } = resourceId(id)
  const where = `--name '${names[0]}' --resource-group '${group}' --subscription ${subscription}`
  return `az cosmosdb update ${where} --ip-range-filter "$(az cosmosdb show ${where} --query "join(',', ${query})" --output tsv)${more}"`
}

export const cosmosRulesByHand: ByHand = {
  add: (id, { ip }) => command(id, 'ipRules[].ipAddressOrRange', `,${ip}`),
  remove: (id, { ip }) => command(id, `ipRules[?ipAddressOrRange!='${ip}'].ipAddressOrRange`),
  bicep: (_id, { ips }) => `// in the properties of the account
ipRules: [for ip in [${list(ips, bicepText)}]: { ipAddressOrRange: ip }]`,
  terraform: (_id, { ips }) => `# in azurerm_cosmosdb_account
ip_range_filter = [${list(ips, terraformText)}]`,
}
