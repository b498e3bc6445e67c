// The public addresses from which the cluster reaches the internet, where ARM tells them. An address that vanished goes on being
// `leaving` for a while, so that firewalls open the new one before they close the old one.

import { rulesOf } from '../domain/egress.ts'
import type { ClusterFacts } from '../domain/facts.ts'
import type { Fault } from '../domain/problem.ts'
import { parseResourceId } from '../domain/resource-id.ts'
import type { View } from '../domain/view.ts'
import { Failure } from '../errors/failure.ts'
import { networkApi, tellsEgress } from './cluster-api.ts'
import type { Ports } from './ports.ts'
import type { Step } from './step.ts'
import { minute, nameOf } from './words.ts'

export const resolveEgress: Step<'cluster'> = {
  name: 'resolve-egress',
  loop: 'cluster',
  after: ['read-cluster'],
  reads: [],
  inputs: (view) => ({ outbound: view.facts.outbound, missing: view.facts.missingSince !== undefined, openers: openersOf(view) }),
  wanted: () => ({ things: [] }),

  async observe(view, _wanted, _held, ports) {
    const nothing = { seen: [], found: undefined } as const
    const { outbound } = view.facts
    // Of a missing cluster the addresses say nothing any more; the former ones stand until it is back or gone.
    if (!outbound || view.facts.missingSince !== undefined) return nothing
    if (!tellsEgress(outbound.type)) return { ...nothing, ...withLeaving(view, undefined) }
    const looks = await Promise.all(outbound.ids.map((id) => addressesOf(id, view, ports)))
    const found = [...new Set(looks.flatMap(({ rules }) => rules))].sort()
    const faults = looks.flatMap(({ faults }) => faults)
    // One that could not be read may be the very one that the pods come from: what was known before is kept.
    const isWhole = looks.length > 0 && looks.every(({ isKnown }) => isKnown)
    const now = isWhole ? found : [...new Set([...found, ...(view.facts.egressIps ?? [])])].sort()
    const { facts, lookAt } = withLeaving(view, now.length > 0 ? now : undefined)
    const again = isWhole || openersOf(view) === 0 ? undefined : view.now + minute
    const next = Math.min(lookAt ?? Number.POSITIVE_INFINITY, again ?? Number.POSITIVE_INFINITY)
    return { ...nothing, facts, faults, ...(Number.isFinite(next) ? { lookAt: next } : {}) }
  },
}

/** Only they need the addresses; a cluster without them is not looked at again for their sake. */
const openersOf = (view: View<'cluster'>): number => view.members.filter(({ firewall }) => firewall === 'open').length

type Addresses = { readonly rules: readonly string[]; readonly isKnown: boolean; readonly faults: readonly Fault[] }

async function addressesOf(id: string, view: View<'cluster'>, ports: Ports): Promise<Addresses> {
  const unknown: Addresses = { rules: [], isKnown: false, faults: [] }
  const type = parseResourceId(id)?.type
  if (type !== 'microsoft.network/publicipaddresses' && type !== 'microsoft.network/publicipprefixes') return unknown
  try {
    const body = await ports.arm.get(id, networkApi)
    const properties = (body?.['properties'] ?? {}) as { readonly [name: string]: unknown }
    if (properties['publicIPAddressVersion'] === 'IPv6') return { ...unknown, isKnown: true }
    // Both are absent until Azure has allocated them.
    const address = properties['ipAddress'] ?? properties['ipPrefix']
    return typeof address === 'string' ? { rules: rulesOf(address), isKnown: true, faults: [] } : unknown
  } catch (error) {
    if (!(error instanceof Failure) || error.fields.class !== 'permission') throw error
    const about = { id, cluster: nameOf(view.loop), message: Object.values(error.fields.about).join(' ') }
    const openers = view.members.filter(({ firewall }) => firewall === 'open')
    return { ...unknown, faults: openers.map(({ key }) => ({ code: 'UnreadableEgress', about, of: key })) }
  }
}

type Egress = Pick<ClusterFacts, 'egressIps' | 'leavingIps'>

function withLeaving(
  view: View<'cluster'>,
  now: readonly string[] | undefined,
): { readonly facts: { readonly [P in keyof Egress]: Egress[P] | undefined }; readonly lookAt?: number } {
  const known = new Map((view.facts.leavingIps ?? []).map(({ ip, until }) => [ip, until]))
  for (const ip of view.facts.egressIps ?? []) known.set(ip, view.now + view.rules.leavingMs)
  for (const ip of now ?? []) known.delete(ip)
  const leaving = [...known].filter(([, until]) => until > view.now).map(([ip, until]) => ({ ip, until }))
  leaving.sort((a, b) => (a.ip < b.ip ? -1 : 1))
  const facts = { egressIps: now, leavingIps: leaving.length > 0 ? leaving : undefined }
  return leaving.length > 0 ? { facts, lookAt: Math.min(...leaving.map(({ until }) => until)) } : { facts }
}
