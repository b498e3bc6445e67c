// Each rule is a child resource with first and last address, `firewallRules/<name>`. Its name is the owner mark: an installation's rules carry its
// digest, so rules of others are distinguishable, and two writers never replace each other's rules.
import { createHash } from 'node:crypto'
import * as z from 'zod'
import { inShape } from '../../model/answer-shape.ts'
import { rangesBetween, spanOf } from '../../model/egress.ts'
import {
  type ArmRequest,
  type Body,
  type Firewall,
  type Network,
  objectsAt,
  propertiesOf,
  type Rule,
  type ServiceEndpoint,
} from './firewall.ts'
import { type RuleByHand, ruleByHand } from './rule-by-hand.ts'

type Data = {
  readonly apiVersion: string
  /** Below the resource: `firewallRules`. */
  readonly child: string
  readonly max: number
  /** Names of the fields with first and last address. */
  readonly first: string
  readonly last: string
  network(properties: Body, rules: readonly Rule[]): Network
  /** Rules for subnets are children of another type: their field with the id of the subnet. */
  readonly subnets?: { readonly child: string; readonly field: string }
  readonly serviceEndpoint?: ServiceEndpoint
  /** Everyone is let in as soon as there is no rule. */
  readonly opensWhenEmpty?: true
  readonly byHand?: RuleByHand
}

export function perRule(data: Data): Firewall {
  const { apiVersion, child, max, byHand, subnets, serviceEndpoint } = data
  const rules: Firewall['rules'] = ([, list]) => objectsAt(list ?? {}, 'value').flatMap((rule) => rulesOf(rule, data))
  return {
    max,
    ...(serviceEndpoint ? { serviceEndpoint } : {}),
    observe: (id) => [
      { id, apiVersion },
      { id: `${id}/${child}`, apiVersion, list: true },
      ...(subnets ? [{ id: `${id}/${subnets.child}`, apiVersion, list: true as const }] : []),
    ],
    rules,
    network: (answers) => ({
      ...data.network(propertiesOf(answers[0]), rules(answers)),
      ...(subnets ? allowedIn(answers[2], subnets.field) : {}),
    }),
    opensWhenEmpty: () => data.opensWhenEmpty === true,
    nameOf: ruleName,
    write(id, { add, remove }, answers) {
      const there = rules(answers)
      const put = add.filter((rule) => !isExactly(rule, there))
      const gone = remove.filter(({ name }) => there.some((rule) => rule.name === name))
      const at = ({ name = '' }: Rule): string => `${id}/${child}/${name}`
      return [
        ...gone.map((rule): ArmRequest => ({ method: 'DELETE', id: at(rule), apiVersion, adds: [], removes: [rule.ip] })),
        ...put.map(
          (rule): ArmRequest => ({ method: 'PUT', id: at(rule), apiVersion, body: bodyOf(rule, data), adds: [rule.ip], removes: [] }),
        ),
      ]
    },
    ...(byHand ? { byHand: ruleByHand(byHand, data) } : {}),
  }
}

/** Whether the rule of that name spans this address or range, and nothing else. */
function isExactly({ name, ip }: Rule, there: readonly Rule[]): boolean {
  const named = there.filter((rule) => rule.name === name)
  return named.length === 1 && named[0]?.ip === ip
}

function allowedIn(list: Body | undefined, field: string): Pick<Network, 'allowedSubnets'> {
  const ids = objectsAt(list ?? {}, 'value').map((rule) => propertiesOf(rule)[field])
  const allowed = ids.filter((id) => typeof id === 'string').map((id) => id.toLowerCase())
  return allowed.length > 0 ? { allowedSubnets: allowed.sort() } : {}
}

/** Letters, digits and `_`: what the strictest of these services allows in a name. */
const ruleName = (installation: string, ip: string, of?: string): string =>
  ['sc', createHash('sha256').update(installation).digest('hex').slice(0, 12), ...(of ? [of] : []), ip.replaceAll(/[^0-9]/g, '_')].join('_')

/** A rule can span what is not one range. 0.0.0.0 to 0.0.0.0 allows Azure's own services, and is not an address; one to 255.255.255.255 is everyone. */
function rulesOf(rule: Body, { first, last }: Data): readonly Rule[] {
  const { name, properties } = inShape(ruleSchema(first, last), rule)
  const { [first]: from = '', [last]: to = '' } = properties
  if (to === '0.0.0.0') return []
  // Redis answers `<cache>/<rule>`.
  return rangesBetween(from, to).map((ip) => ({ ip, name: name.split('/').at(-1) ?? name }))
}

const ruleSchema = (first: string, last: string) =>
  z.looseObject({ name: z.string().min(1), properties: z.looseObject({ [first]: z.ipv4(), [last]: z.ipv4() }) })

function bodyOf({ ip }: Rule, { first, last }: Data): Body {
  const [from, to] = spanOf(ip)
  return { properties: { [first]: from, [last]: to } }
}
