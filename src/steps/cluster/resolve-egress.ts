// The public addresses from which the cluster reaches the internet: those that ARM reports (outbound-addresses.ts), and those that policies list for
// it. A vanished address stays `leaving` for a while, so that firewalls open the new one before they close the old one.

import type { Step } from '../../contract/step.ts'
import { policyEgress } from '../../declare/consent.ts'
import type { ClusterFacts } from '../../model/facts.ts'
import { within } from '../../model/moments.ts'
import type { Fault } from '../../model/problem.ts'
import type { View } from '../../model/view.ts'
import { minute } from '../../model/words.ts'
import { tellsEgress } from './cluster-api.ts'
import { addressesOf, type Reader, readNetworks } from './outbound-addresses.ts'
import { endpointsIn } from './service-endpoints.ts'

export const resolveEgress: Step<'cluster'> = {
  name: 'resolve-egress',
  loop: 'cluster',
  after: ['read-cluster'],
  reads: [],
  inputs: (view) => ({
    outbound: view.facts.outbound,
    subnets: view.facts.subnets,
    missing: view.facts.missingSince !== undefined,
    // If the addresses are known, another connection that needs them changes nothing.
    openers: Math.min(openersOf(view).length, view.facts.egressIps ? 1 : Number.POSITIVE_INFINITY),
    declared: policyEgressOf(view),
  }),
  serves: ({ firewall }) => firewall === 'open',
  desired: () => ({ objects: [] }),

  async observe(view, _what, ports) {
    const nothing = { observed: [], found: undefined } as const
    const { outbound } = view.facts
    // For a missing cluster the addresses mean nothing; the former ones stand until it is back or gone.
    if (!outbound || view.facts.missingSince !== undefined) return nothing
    const read = readNetworks(ports)
    const { facts: addresses, ...rest } = await findAddresses(outbound, view, read)
    return {
      ...nothing,
      ...rest,
      facts: { ...addresses, endpoints: openersOf(view).length > 0 ? await endpointsIn(view.facts.subnets ?? [], read) : undefined },
    }
  },
}

type Addresses = ReturnType<typeof withLeaving> & { readonly faults?: readonly Fault[] }

async function findAddresses(outbound: ClusterFacts['outbound'], view: View<'cluster'>, read: Reader): Promise<Addresses> {
  const declared = policyEgressOf(view)
  if (!tellsEgress(outbound.type)) return withLeaving(view, declared.length > 0 ? declared : undefined)
  const { rules, isWhole, faults } = await addressesOf(outbound, view.loop, read)
  const found = [...new Set([...rules, ...declared])].sort()
  // An address that could not be read may be the one that the pods use: what was known before is kept. The author of policy addresses knows those
  // that the app may not read.
  const denied = declared.length > 0 ? [] : faults
  const isEnough = isWhole || (faults.length > 0 && denied.length === 0)
  const now = isEnough ? found : [...new Set([...found, ...(view.facts.egressIps ?? [])])].sort()
  const { facts, nextRunAt } = withLeaving(view, now.length > 0 ? now : undefined)
  // A forbidden read is retried with the growing backoff of any missing right.
  const again = isEnough || denied.length > 0 || openersOf(view).length === 0 ? undefined : view.now + minute
  const next = Math.min(nextRunAt ?? Number.POSITIVE_INFINITY, again ?? Number.POSITIVE_INFINITY)
  const deniedFaults = openersOf(view).flatMap(({ key }) => denied.map((fault) => ({ ...fault, of: key })))
  return { facts, faults: deniedFaults, ...(Number.isFinite(next) ? { nextRunAt: next } : {}) }
}

const policyEgressOf = (view: View<'cluster'>): readonly string[] => policyEgress(view.loop.id, view.policies)

/** Only they need the addresses; without them the cluster is not read again for this. */
const openersOf = (view: View<'cluster'>) => [...view.members, ...view.readers].filter(({ firewall }) => firewall === 'open')

type Egress = Pick<ClusterFacts, 'egressIps' | 'leavingIps'>

function withLeaving(
  view: View<'cluster'>,
  now: readonly string[] | undefined,
): { readonly facts: { readonly [P in keyof Egress]: Egress[P] | undefined }; readonly nextRunAt?: number } {
  const known = new Map((view.facts.leavingIps ?? []).map(({ ip, until }) => [ip, within(until, view.now, view.installation.leavingMs)]))
  for (const ip of view.facts.egressIps ?? []) known.set(ip, view.now + view.installation.leavingMs)
  for (const ip of now ?? []) known.delete(ip)
  const leaving = [...known].filter(([, until]) => until > view.now).map(([ip, until]) => ({ ip, until }))
  leaving.sort((a, b) => (a.ip < b.ip ? -1 : 1))
  const facts = { egressIps: now, leavingIps: leaving.length > 0 ? leaving : undefined }
  return leaving.length > 0 ? { facts, nextRunAt: Math.min(...leaving.map(({ until }) => until)) } : { facts }
}
