// Rules are an array in one child resource, such as `networkRuleSets/default`. A PUT replaces the child: everything writable in it goes back as it
// was read. Without a child the resource has no rules yet.
import { type ChildByHand, childByHand } from './child-by-hand.ts'
import { type Body, type Firewall, type Network, propertiesOf, type ServiceEndpoint } from './firewall.ts'
import { type ArrayShape, changedIn, ruleOf, rulesIn, wholeOf } from './rule-array.ts'

type Data = ArrayShape & {
  readonly apiVersion: string
  /** Below the resource: `networkRuleSets/default`. */
  readonly child: string
  readonly max: number
  readonly serviceEndpoint?: ServiceEndpoint
  /** Properties of the child that Azure writes itself. */
  readonly readOnly: readonly string[]
  network(resource: Body, child: Body): Network
  /** Whether everyone is let in as soon as the array is empty. Absent: another property decides that. */
  opensWhenEmpty?(resource: Body, child: Body): boolean
  readonly byHand?: ChildByHand
}

export function inChild(data: Data): Firewall {
  const { apiVersion, child, max, serviceEndpoint, byHand } = data
  const idOf = (id: string): string => `${id}/${child}`
  return {
    max,
    ...(serviceEndpoint === undefined ? {} : { serviceEndpoint }),
    observe: (id) => [
      { id, apiVersion },
      { id: idOf(id), apiVersion },
    ],
    rules: ([, set]) => rulesIn(propertiesOf(set), data),
    network: ([body, set]) => data.network(propertiesOf(body), propertiesOf(set)),
    opensWhenEmpty: ([body, set]) => data.opensWhenEmpty?.(propertiesOf(body), propertiesOf(set)) === true,
    write(id, change, [, set]) {
      const before = propertiesOf(set)
      const list = changedIn(before, data, change)
      if (!list) return []
      const writable = Object.fromEntries(Object.entries(before).filter(([name]) => !data.readOnly.includes(name)))
      const body = { properties: { ...writable, [data.list]: list } }
      return [{ method: 'PUT', id: idOf(id), apiVersion, body, ...wholeOf(change) }]
    },
    ...(byHand ? { byHand: childByHand(byHand, { apiVersion, child, list: data.list, rule: (ip) => ruleOf(ip, data) }) } : {}),
  }
}
