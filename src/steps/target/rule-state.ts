// What is known of a firewall rule, by its name where rules have names, and by its address.
import { covers } from '../../model/egress.ts'
import type { ObservedState } from '../../model/managed-object.ts'
import type { IpRule } from '../../model/managed-objects.ts'
import type { Rule } from '../../targets/firewall/firewall.ts'

export const addressesOf = (rules: readonly Rule[]): readonly string[] => [...new Set(rules.map(({ ip }) => ip))].sort()

/** If rules have names, a rule with the app's name is the app's, and all others are not. */
export function ruleState(rule: IpRule, there: readonly Rule[], isDesired: boolean): ObservedState {
  const { id, ip, name } = rule
  if (name === undefined) return stateByAddress(rule, addressesOf(there), isDesired)
  const named = there.filter((other) => other.name === name)
  if (named.length === 0)
    return isDesired && covers(addressesOf(there), ip) ? { id, state: 'same', mark: 'foreign' } : { id, state: 'absent' }
  if (named.length === 1 && named[0]?.ip === ip) return { id, state: 'same', mark: 'ours' }
  return { id, state: 'different', mark: 'ours', difference: `it lets in ${addressesOf(named).join(', ')}` }
}

/** A wider rule made by others allows the address as well; then there is nothing to create, and nothing to delete later. */
export function stateByAddress({ id, ip }: IpRule, ips: readonly string[], isDesired: boolean): ObservedState {
  if (ips.includes(ip)) return { id, state: 'same', mark: 'none' }
  return isDesired && covers(ips, ip) ? { id, state: 'same', mark: 'foreign' } : { id, state: 'absent' }
}
