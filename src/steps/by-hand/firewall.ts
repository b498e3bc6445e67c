// By hand: the IP rules of a target, in the words of its firewall.
import type { Change } from '../../model/managed-object.ts'
import type { IpRule } from '../../model/managed-objects.ts'
import type { Firewall, NetworkRules } from '../../targets/firewall/firewall.ts'
import { type Commands, commandsOf, lines } from './by-hand.ts'

/** `after`: everything that must exist after the change. */
export function byHandFirewall(
  targetId: string,
  changes: readonly Change<IpRule>[],
  after: NetworkRules,
  { byHand }: Firewall,
): Commands | undefined {
  if (!byHand) return undefined
  const made = changes.filter(({ action }) => action === 'create').map(({ object }) => object)
  return commandsOf({
    cli: lines(changes, {
      make: (rule) => byHand.add(targetId, rule),
      remove: ({ object }) => byHand.remove(targetId, object),
    }),
    bicep: byHand.bicep(targetId, after, made),
    terraform: byHand.terraform(targetId, after, made),
  })
}
