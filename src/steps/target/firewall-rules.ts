// The rules that a target's firewall needs for its members; pure. A fault that keeps one member out concerns only that member.
import { fitting } from '../../contract/capacity.ts'
import type { Code } from '../../model/code.ts'
import type { Connection } from '../../model/connection.ts'
import type { DesiredObjects, Need } from '../../model/managed-object.ts'
import { type IpRule, ipRuleId } from '../../model/managed-objects.ts'
import type { Fault } from '../../model/problem.ts'
import type { View } from '../../model/view.ts'
import { minute, nameOf, onlyFor } from '../../model/words.ts'
import type { Firewall } from '../../targets/firewall/firewall.ts'
import { hasNoWayOut, tellsEgress } from '../cluster/cluster-api.ts'
import { outside, wayIn } from '../cluster/way-in.ts'
import { withCode } from './private-ways.ts'

export function desiredRules(view: View<'target'>, firewall: Firewall | undefined): DesiredObjects<IpRule> {
  const { network, gone, missingSince } = view.facts
  const openers = view.members.filter((member) => member.firewall === 'open')
  if (gone || !firewall || openers.length === 0) return { objects: [] }
  // Without rules there is nothing to open, and it can be closed as a whole.
  if (firewall.max === 0 && network !== 'closed') return { objects: [] }
  if (network === undefined || missingSince !== undefined) return { objects: [], waiting: [untilRead(view)], incomplete: true }

  const reach = openers.map((member) => reachOf(member, view, firewall))
  const known = reach.filter(({ ips }) => ips !== undefined)
  const rules = union(view, firewall, known)
  const leaving = [...new Set(known.flatMap((one) => one.leaving))]
  const later = leaving.filter((ip) => !rules.some((rule) => rule.ip === ip)).map((ip) => ruleOf(view, firewall, ip, []))
  const incomplete = known.length < reach.length ? ({ incomplete: true } as const) : {}

  if (network === 'open') return { objects: [], later: [...rules, ...later], ...incomplete }
  if (network === 'closed') {
    const code = view.facts.injectedInto ? 'InsideNetwork' : view.facts.perimeter ? 'SecuredByPerimeter' : 'PublicAccessDisabled'
    const faults = withCode(
      openers.map((member) => shut(code, member, view)),
      view,
    )
    return { objects: [], later: [...rules, ...later], faults, ...incomplete }
  }
  const effective = new Set(
    union(
      view,
      firewall,
      known.filter(({ isInside }) => !isInside),
    ).map(({ id }) => id),
  )
  const { fits, full } = within(
    firewall.max,
    rules.filter(({ id }) => effective.has(id)),
    view,
    openers,
  )
  return {
    objects: fits,
    later: [...rules.filter((rule) => !fits.includes(rule)), ...later],
    waiting: reach.flatMap(({ waiting }) => waiting ?? []),
    faults: [
      ...withCode(
        reach.flatMap(({ faults }) => faults ?? []),
        view,
      ),
      ...full,
    ],
    ...incomplete,
  }
}

type Reach = {
  readonly member: Connection
  /** `undefined`: not known. */
  readonly ips: readonly string[] | undefined
  /** Vanished from the cluster, and still allowed for a while if they are now. */
  readonly leaving: readonly string[]
  /** None of its pods comes from a public address (way-in.ts). */
  readonly isInside: boolean
  readonly faults?: readonly Fault[]
  readonly waiting?: Need
}

function reachOf(member: Connection, view: View<'target'>, firewall: Firewall): Reach {
  const cluster = view.of(member.cluster)
  const leaving = (cluster.leavingIps ?? []).map(({ ip }) => ip)
  const { byAddress, out } = wayIn(cluster, view.facts, firewall)
  const about = { target: nameOf(view.loop), cluster: nameOf(member.cluster), targetId: view.loop.id }
  const barred = outside(cluster, firewall, out, about).map((fault): Fault => ({ ...fault, of: member.key }))
  const base = { member, leaving, isInside: !byAddress, ips: cluster.egressIps, ...(barred.length > 0 ? { faults: barred } : {}) }
  const names = { target: nameOf(view.loop), cluster: nameOf(member.cluster) }
  if (!byAddress || cluster.egressIps) return base
  const { type: outboundType, subnets = [] } = cluster.outbound ?? {}
  if (outboundType !== undefined && !tellsEgress(outboundType)) {
    const words = { ...names, outboundType, ...(subnets[0] === undefined ? {} : { subnet: subnets[0] }) }
    // Not unknown but none: addresses that a policy no longer lists must not stay open.
    const fault: Fault = { code: hasNoWayOut(outboundType) ? 'NoEgress' : 'EgressUnknown', about: words, of: member.key }
    return { ...base, ips: [], faults: [...barred, fault] }
  }
  const text = `waiting until the outbound addresses of cluster ${names.cluster} are known, to let them in to ${names.target}`
  return { ...base, waiting: { of: [member.cluster], text, nextRunAt: view.now + 10 * minute, member: member.key } }
}

/** The addresses that its owner has to allow in some other way. */
function shut(code: Code, { key, cluster }: Connection, view: View<'target'>): Fault {
  const { egressIps = [] } = view.of(cluster)
  const addresses = egressIps.length > 0 ? { addresses: egressIps.join(', ') } : {}
  const { injectedInto: subnet } = view.facts
  return { code, about: { target: nameOf(view.loop), cluster: nameOf(cluster), ...addresses, ...(subnet ? { subnet } : {}) }, of: key }
}

const untilRead = (view: View<'target'>): Need => ({
  of: [view.loop],
  text: `waiting until ${nameOf(view.loop)} has been read`,
  nextRunAt: view.now + minute,
})

/** One rule per address, however many members need it. */
function union(view: View<'target'>, firewall: Firewall, reach: readonly Reach[]): readonly IpRule[] {
  const byIp = new Map<string, Connection[]>()
  for (const { member, ips = [] } of reach) for (const ip of ips) byIp.set(ip, [...(byIp.get(ip) ?? []), member])
  return [...byIp].sort(([a], [b]) => (a < b ? -1 : 1)).map(([ip, members]) => ruleOf(view, firewall, ip, members))
}

const ruleOf = (view: View<'target'>, { nameOf: named }: Firewall, ip: string, members: readonly Connection[]): IpRule => ({
  kind: 'ip-rule',
  id: ipRuleId(view.loop, ip),
  summary: `firewall rule for ${ip} on ${nameOf(view.loop)}`,
  ip,
  ...(named ? { name: named(view.installation.name, ip) } : {}),
  target: view.loop,
  resource: view.loop.id,
  ...onlyFor(members),
})

/** Rules of others take up room; the app's own that are about to be deleted do not. */
function within(
  max: number,
  rules: readonly IpRule[],
  view: View<'target'>,
  openers: readonly Connection[],
): { readonly fits: readonly IpRule[]; readonly full: readonly Fault[] } {
  const there = new Set(view.facts.allowedIps ?? [])
  const ours = new Set(view.tracked('open-firewall').map((row) => (row.object as IpRule).ip))
  const others = [...there].filter((ip) => !ours.has(ip) && !rules.some((rule) => rule.ip === ip))
  const { fits, left } = fitting(rules, ({ ip }) => there.has(ip), max - others.length)
  const out = new Set(left.map(({ ip }) => ip))
  const about = { target: nameOf(view.loop), count: String(others.length + rules.length), max: String(max) }
  const closed = openers.filter((member) => view.of(member.cluster).egressIps?.some((ip) => out.has(ip)))
  return { fits, full: closed.map(({ key }) => ({ code: 'FirewallFull', about, of: key })) }
}
