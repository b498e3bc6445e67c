// Lets the members' clusters in by their outbound addresses, where the target has a firewall with rules. It never turns an open service into
// a closed one (a first rule can do that), and never opens one that is closed on purpose: then it says what else can be done.
//
// Storage accounts have no ETag, and a PATCH replaces all rules: so they are read right before they are written, after the ledger was, and what others
// changed meanwhile goes back as it is then (docs/adr/0021-writes-without-etag.md).
import { covers } from '../domain/egress.ts'
import { resourceId } from '../domain/resource-id.ts'
import type { Seen, Wanted } from '../domain/thing.ts'
import type { View } from '../domain/view.ts'
import { Failure } from '../errors/failure.ts'
import { byHandFirewall } from './by-hand-firewall.ts'
import { wantedRules } from './firewall-rules.ts'
import { kindOf } from './read-target.ts'
import { isSettled } from './settled.ts'
import type { Step } from './step.ts'
import type { IpRule } from './things.ts'
import { nameOf } from './words.ts'

export const openFirewall: Step<'target', IpRule> = {
  name: 'open-firewall',
  loop: 'target',
  after: ['read-target'],
  reads: ['cluster'],

  wanted: (view): Wanted<IpRule> => wantedRules(view, kindOf(view.loop, view.members[0]?.type)),

  // Hundreds of clusters can share a target: the address of one of them is no news for the others. Who does not know his own yet hears of them all once.
  concerns(member, { allowedIps: before }, { allowedIps: after = [] }, view) {
    const { egressIps = [] } = view.of(member.cluster)
    return before === undefined || egressIps.some((ip) => covers(before, ip) !== covers(after, ip))
  },

  async observe(view, wanted, held, ports) {
    const rules = [...new Map([...held.map((row) => row.thing), ...wanted].map((rule) => [rule.id, rule])).values()]
    const type = kindOf(view.loop, rules[0]?.type)
    if (rules.length === 0 || !type?.firewallIps) return { seen: [], facts: { allowedIps: undefined }, found: undefined }
    const { firewallIps = [] } = view.facts
    // All is held already, and read-target has just seen it: then there is nothing to change, and no body to change it in.
    if (isSettled(wanted, held) && wanted.every(({ ip }) => covers(firewallIps, ip)))
      return { seen: rules.map((rule) => look(rule, firewallIps, true)), facts: { allowedIps: [...firewallIps] }, found: undefined }
    const body = await ports.arm.get(view.loop.id, type.apiVersion)
    const ips = body ? type.firewallIps(body) : []
    // An account that was moved here brought its rules along: those that we made on it are still ours.
    const isNew = ({ id, ip }: IpRule): boolean => ips.includes(ip) && !held.some((row) => row.thing.id === id)
    const resource = resourceOf(view)
    const brought = new Set(resource !== undefined && rules.some(isNew) ? await ports.provenance.recall(resource) : [])
    const seen = rules.map((rule): Seen => {
      const found = look(rule, ips, wanted.includes(rule))
      return found.state === 'same' && isNew(rule) && brought.has(rule.ip) ? { ...found, mark: 'ours', made: true } : found
    })
    return { seen, facts: { allowedIps: body ? [...ips].sort() : undefined }, found: undefined }
  },

  async apply(changes, _found, view, ports) {
    const type = kindOf(view.loop, changes[0]?.thing.type)
    const body = type?.firewallBody && (await ports.arm.get(view.loop.id, type.apiVersion))
    if (!body || !type?.firewallBody) return { done: true }
    const there = type.firewallIps?.(body) ?? []
    const made = changes.flatMap(({ action, thing: { ip } }) => (action === 'create' && !there.includes(ip) ? [ip] : []))
    const gone = new Set(changes.filter(({ action }) => action === 'delete').map(({ thing }) => thing.ip))
    const ips = [...there.filter((ip) => !gone.has(ip)), ...made]
    if (made.length === 0 && ips.length === there.length) return { done: true }
    const read = type.read(body)
    // It was opened or closed since read-target looked: rules are added only where rules decide.
    if (made.length > 0 && 'network' in read && read.network !== 'rules') {
      const text = `waiting until ${nameOf(view.loop)} has been read again: its network access has just changed`
      return { waiting: [{ of: [view.loop], text, lookAt: view.now }] }
    }
    if (made.length > 0 && ips.length > type.firewall.max) {
      const about = { target: nameOf(view.loop), count: String(ips.length), max: String(type.firewall.max) }
      throw new Failure({ class: 'person', code: 'FirewallFull', about })
    }
    const resource = resourceOf(view)
    if (resource !== undefined && made.length > 0) await ports.provenance.remember(resource, made)
    const written = await ports.arm.patch(view.loop.id, type.apiVersion, type.firewallBody(body, ips))
    if (resource !== undefined && gone.size > 0) await ports.provenance.forget(resource, [...gone])
    const what = `change the firewall of ${nameOf(view.loop)}`
    return written.operation ? { started: { url: written.operation, startedAt: ports.now(), what } } : { done: true }
  },

  byHand(changes, view) {
    const gone = new Set(changes.filter(({ action }) => action === 'delete').map(({ thing }) => thing.ip))
    const made = changes.filter(({ action }) => action === 'create').map(({ thing }) => thing.ip)
    const { firewallIps, allowedIps = [], allowedSubnets: subnets = [], bypass } = view.facts
    const ips = [...(firewallIps ?? allowedIps).filter((ip) => !gone.has(ip) && !made.includes(ip)), ...made]
    return byHandFirewall(view.loop.id, changes, { ips, subnets, ...(bypass === undefined ? {} : { bypass }) })
  },
}

/** What the resource is, wherever it is. Made again it is another one. `undefined`: the service does not tell when it was made. */
function resourceOf({ loop, facts: { createdAt } }: View<'target'>): string | undefined {
  const { type, names } = resourceId(loop.id)
  return createdAt === undefined ? undefined : `${type}/${names.join('/')} ${createdAt}`.toLowerCase()
}

/** A wider rule of somebody else lets the address in as well; then there is nothing of ours to make, and nothing to take back later. */
function look({ id, ip }: IpRule, ips: readonly string[], isWanted: boolean): Seen {
  if (ips.includes(ip)) return { id, state: 'same', mark: 'none' }
  return isWanted && covers(ips, ip) ? { id, state: 'same', mark: 'foreign' } : { id, state: 'absent' }
}
