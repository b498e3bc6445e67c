// Rules in a child resource, for people. A deployment of the child replaces all of it, so it declares everything that the firewall's facts say.
import { bicepFor, bicepPlace, bicepValue, place, terraformBlock, type Value } from '../../model/as-code.ts'
import type { ByHand, NetworkRules } from './firewall.ts'

type Fields = { readonly [name: string]: Value }

/** What a resource brings; the engine writes the rest. */
export type ChildByHand = {
  /** The Azure CLI's commands for one rule, without `add` and `remove`: `servicebus namespace network-rule-set ip-rule`. `resource`: the option that names it. */
  readonly cli: { readonly commands: string; readonly resource: string }
  /** Properties of the child beside its IP rules: default action, subnets, trusted services (`bypass`, as `network` answered it). */
  others(rules: NetworkRules): Fields
  /** The block in the declaration of the resource, with its IP rules. */
  readonly terraform: { readonly resource: string; readonly block: string; fields(rules: NetworkRules): Fields }
}

type Shape = {
  readonly apiVersion: string
  readonly child: string
  readonly list: string
  /** One rule as the service writes it. */
  rule(ip: string): Fields
}

export function childByHand({ cli, others, terraform }: ChildByHand, { apiVersion, child, list, rule }: Shape): ByHand {
  const line = (verb: string, id: string, ip: string): string =>
    `az ${cli.commands} ${verb} ${place(id, cli.resource)} --ip-rule ip-address=${ip} action=Allow`
  return {
    add: (id, { ip }) => line('add', id, ip),
    remove: (id, { ip }) => line('remove', id, ip),
    bicep(id, rules) {
      const { type, name } = bicepPlace(`${id}/${child}`)
      const properties = { ...others(rules), [list]: rules.ips.map(rule) }
      const lines = Object.entries(properties).map(([field, value]) => `    ${field}: ${bicepValue(value)}`)
      return bicepFor(id, `resource rules '${type}@${apiVersion}' = {\n  name: '${name}'\n  properties: {\n${lines.join('\n')}\n  }\n}`)
    },
    terraform: (_id, rules) => `# in the ${terraform.resource}\n${terraformBlock(terraform.block, terraform.fields(rules))}`,
  }
}
