// Allows the members' clusters by their outbound addresses, if the target has a firewall with rules. It never turns an open service into a closed one
// (a first rule can do that), and never opens one that is closed on purpose: then it says what else can be done.
//
// Storage accounts have no ETag, and a PATCH replaces all rules: so they are read right before they are written, after the ledger was, and concurrent
// changes of others are written back as they are then (docs/adr/0021-writes-without-etag.md).

import { answersTo } from '../../contract/answers-to.ts'
import { sendAll } from '../../contract/arm-requests.ts'
import { resourceText } from '../../contract/made-on.ts'
import { passingFor } from '../../contract/passing-rule.ts'
import { isSettled } from '../../contract/settled.ts'
import type { Step } from '../../contract/step.ts'
import { Failure } from '../../errors/failure.ts'
import { covers } from '../../model/egress.ts'
import { endpointOf } from '../../model/endpoint-target.ts'
import type { Loop } from '../../model/loop.ts'
import type { DesiredObjects, ObservedState } from '../../model/managed-object.ts'
import type { IpRule } from '../../model/managed-objects.ts'
import { resourceId } from '../../model/resource-id.ts'
import type { View } from '../../model/view.ts'
import { nameOf } from '../../model/words.ts'
import { resourceOf } from '../../targets/catalogue.ts'
import type { Firewall } from '../../targets/firewall/firewall.ts'
import type { Resource } from '../../targets/resource.ts'
import { byHandFirewall } from '../by-hand/firewall.ts'
import { desiredRules } from './firewall-rules.ts'
import { addressesOf, ruleState, stateByAddress } from './rule-state.ts'
import { movedTo } from './whereabouts.ts'

/** Observing finds the id of the resource. */
type OpenFirewall = Step<'target', IpRule, string>

export const openFirewall: OpenFirewall = openFirewallOn(resourceOf)

/** `find`: the resource by its ARM type. */
export function openFirewallOn(find: typeof resourceOf): OpenFirewall {
  const resourceAt = (loop: Loop): Resource | undefined => (endpointOf(loop) ? undefined : find(resourceId(loop.id).type))
  const firewallOf = (loop: Loop): Firewall | undefined => resourceAt(loop)?.firewall
  return {
    name: 'open-firewall',
    loop: 'target',
    outlives: true,
    after: ['read-target'],
    reads: ['cluster'],

    desired: (view): DesiredObjects<IpRule> => desiredRules(view, firewallOf(view.loop)),

    // Hundreds of clusters can share a target, and the address of one does not concern the others. Members whose addresses are unknown are notified
    // once of the full list.
    concerns(member, { allowedIps: before }, { allowedIps: after = [] }, view) {
      const { egressIps = [] } = view.of(member.cluster)
      return before === undefined || egressIps.some((ip) => covers(before, ip) !== covers(after, ip))
    },

    async observe(view, { objects: rules, desired, tracked }, ports) {
      const { id } = view.loop
      const on = resourceAt(view.loop)
      if (rules.length === 0 || !on) return { observed: [], facts: { allowedIps: undefined }, found: id }
      const { firewall } = on
      const { firewallIps = [] } = view.facts
      // Everything is tracked already, and read-target has just observed it: there is nothing to change, and no body is needed.
      if (isSettled(desired, tracked) && desired.every(({ ip }) => covers(firewallIps, ip)))
        return {
          observed: rules.map((rule) => stateByAddress(rule, firewallIps, true)),
          facts: { allowedIps: [...firewallIps] },
          found: id,
        }
      const here = await answersTo(firewall.observe(id), ports.arm)
      const moved = here[0] === undefined && isLeft(view) ? await movedTo(view, on, ports) : undefined
      const answers = moved === undefined ? here : await answersTo(firewall.observe(moved), ports.arm)
      const there = firewall.rules(answers).filter((rule) => passingFor(rule, firewall, view.installation.name) === undefined)
      // An account that was moved here brought its rules along: those that the app made on it are still the app's.
      const isNew = ({ id, ip }: IpRule): boolean => there.some((rule) => rule.ip === ip) && !tracked.some((row) => row.object.id === id)
      const resource = resourceIn(view)
      const brought = new Set(resource !== undefined && rules.some(isNew) ? await ports.provenance.recall(resource) : [])
      const observed = rules.map((rule): ObservedState => {
        const found = ruleState(rule, there, desired.includes(rule))
        return found.state === 'same' && isNew(rule) && brought.has(rule.ip) ? { ...found, mark: 'ours', made: true } : found
      })
      return { observed, facts: { allowedIps: answers[0] ? addressesOf(there) : undefined }, found: moved ?? id }
    },

    async apply(changes, id, view, ports) {
      const firewall = firewallOf(view.loop)
      const answers = firewall && (await answersTo(firewall.observe(id), ports.arm))
      if (!firewall || !answers?.[0]) return { done: true }
      const there = firewall.rules(answers)
      const add = changes.flatMap(({ action, object }) => (action === 'create' || action === 'update' ? [object] : []))
      const remove = changes.flatMap(({ action, object }) => (action === 'delete' ? [object] : []))
      const requests = firewall.write(id, { add, remove }, answers)
      if (requests.length === 0) return { done: true }
      const made = add.filter(({ ip }) => !there.some((rule) => rule.ip === ip)).map(({ ip }) => ip)
      // It was opened or closed since read-target ran: rules are only added if rules decide.
      if (made.length > 0 && firewall.network(answers).network !== 'rules') {
        const text = `waiting until ${nameOf(view.loop)} has been read again: its network access has just changed`
        return { waiting: [{ of: [view.loop], text, nextRunAt: view.now }] }
      }
      const count = there.filter(({ ip }) => !remove.some((rule) => rule.ip === ip)).length + made.length
      if (made.length > 0 && count > firewall.max) {
        const about = { target: nameOf(view.loop), count: String(count), max: String(firewall.max) }
        throw new Failure({ class: 'manual', code: 'FirewallFull', about })
      }
      if (remove.length > 0 && count === 0 && firewall.opensWhenEmpty?.(answers))
        throw new Failure({ class: 'manual', code: 'LastRuleStays', about: { target: nameOf(view.loop), addresses: ipsOf(remove) } })
      const resource = resourceIn(view)
      if (resource !== undefined && made.length > 0) await ports.provenance.remember(resource, made)
      const { operation, sent } = await sendAll(requests, ports.arm)
      const removed = sent.flatMap(({ removes }) => removes)
      if (resource !== undefined && removed.length > 0) await ports.provenance.forget(resource, removed)
      const what = `change the firewall of ${nameOf(view.loop)}`
      if (operation === undefined) return { done: true }
      const ips = new Set([...removed, ...sent.flatMap(({ adds }) => adds)])
      const objects = changes.filter(({ object }) => ips.has(object.ip)).map(({ object }) => object.id)
      return { started: { url: operation, startedAt: ports.now(), what, objects } }
    },

    byHand(changes, view) {
      const gone = new Set(changes.filter(({ action }) => action === 'delete').map(({ object }) => object.ip))
      const made = changes.filter(({ action }) => action === 'create').map(({ object }) => object.ip)
      const { firewallIps, allowedIps = [], allowedSubnets: subnets = [], bypass } = view.facts
      const ips = [...(firewallIps ?? allowedIps).filter((ip) => !gone.has(ip) && !made.includes(ip)), ...made]
      const firewall = firewallOf(view.loop)
      return firewall && byHandFirewall(view.loop.id, changes, { ips, subnets, ...(bypass === undefined ? {} : { bypass }) }, firewall)
    },
  }
}

/** Its rules are not for anyone here: the last member has left, or the resource is gone. */
const isLeft = ({ facts, members }: View<'target'>): boolean => facts.gone === true || !members.some((member) => member.firewall === 'open')

/** Identifies the resource, wherever it is. A recreated one is different. `undefined`: the service does not tell when it was created. */
function resourceIn({ loop, facts: { createdAt } }: View<'target'>): string | undefined {
  return createdAt === undefined ? undefined : resourceText(loop.id, createdAt)
}

const ipsOf = (rules: readonly IpRule[]): string => rules.map(({ ip }) => ip).join(', ')
