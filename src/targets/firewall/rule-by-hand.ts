// Rules that are resources, for people: one command or declaration for each, under the app's own name. Each waits for the one before, because a
// server that changes one rule refuses to change another.
import { bicepFor, bicepPlace, bicepValue, numbered, place, Reference, terraformBlock, type Value } from '../../model/as-code.ts'
import { spanOf } from '../../model/egress.ts'
import { resourceId } from '../../model/resource-id.ts'
import type { ByHand, Rule } from './firewall.ts'

/** What a resource brings; the engine writes the rest. */
export type RuleByHand = {
  /** The Azure CLI's commands for one rule, without `create` and `delete`: `sql server firewall-rule`; and its options. */
  readonly cli: {
    readonly commands: string
    readonly resource: string
    readonly rule: string
    readonly first: string
    readonly last: string
    /** Where it asks before it deletes: `--yes`. */
    readonly confirm?: string
  }
  /** `parent`: the argument that takes the id of the resource, or those that take its name and group. */
  readonly terraform: {
    readonly type: string
    readonly parent: string | { readonly name: string; readonly group: string }
    readonly first: string
    readonly last: string
  }
}

type Shape = { readonly apiVersion: string; readonly child: string; readonly first: string; readonly last: string }

export function ruleByHand({ cli, terraform }: RuleByHand, { apiVersion, child, first, last }: Shape): ByHand {
  const one = (verb: string, id: string, { name = '' }: Rule): string =>
    `az ${cli.commands} ${verb} ${place(id, cli.resource)} ${cli.rule} ${name}`
  return {
    add(id, rule) {
      const [from, to] = spanOf(rule.ip)
      return `${one('create', id, rule)} ${cli.first} ${from} ${cli.last} ${to}`
    },
    remove: (id, rule) => `${one('delete', id, rule)}${cli.confirm === undefined ? '' : ` ${cli.confirm}`}`,
    bicep: (id, _after, made) =>
      bicepFor(
        id,
        made
          .map(({ name, ip }, index) => {
            const { type, name: path } = bicepPlace(`${id}/${child}/${name}`)
            const [from, to] = spanOf(ip)
            const after = index === 0 ? '' : `\n  dependsOn: [${numbered('rule', index - 1)}]`
            return `resource ${numbered('rule', index)} '${type}@${apiVersion}' = {\n  name: '${path}'\n  properties: ${bicepValue({ [first]: from, [last]: to })}${after}\n}`
          })
          .join('\n'),
      ),
    terraform: (id, _after, made) =>
      made
        .map((rule, index) => terraformBlock(`resource "${terraform.type}" "${numbered('rule', index)}"`, fields(id, rule, index)))
        .join('\n'),
  }

  function fields(id: string, { name = '', ip }: Rule, index: number): { readonly [field: string]: Value } {
    const [from, to] = spanOf(ip)
    const { names, group } = resourceId(id)
    const { type, parent, first: start, last: end } = terraform
    return {
      name,
      ...(typeof parent === 'string' ? { [parent]: id } : { [parent.name]: names[0] ?? '', [parent.group]: group }),
      [start]: from,
      [end]: to,
      ...(index === 0 ? {} : { depends_on: [new Reference(`${type}.${numbered('rule', index - 1)}`)] }),
    }
  }
}
