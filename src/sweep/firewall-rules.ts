// Firewall rules of this installation that the ledger of their target does not have: of a store that was restored, of a run that was lost, of a target that the
// store has forgotten. Where the service names rules, a rule with the app's own name is proven by it: a name can be given by anyone, but only to let in the
// very address that it spells. Where it does not, the app's memory of what it made on this very resource proves it, and nothing else. A rule for an
// address that one of the target's clusters comes from is spared.
import { rulesOf, type TargetRule } from '../contract/target-rules.ts'
import { covers } from '../model/egress.ts'
import type { Key, Loop } from '../model/loop.ts'
import { appRuleId, ipRuleId } from '../model/managed-objects.ts'
import { nameOf } from '../model/words.ts'
import type { Store } from '../ports/store.ts'
import type { AzureSweeping } from './azure-sweeping.ts'
import { type Found, plain } from './found-in-azure.ts'
import type { Place } from './places.ts'

/** Throws `Failure` where the target does not answer, or may not be read. */
export async function rulesLeft({ target }: Place, of: AzureSweeping): Promise<readonly Found[]> {
  const { rules = [], resource } = (await rulesOf(target, of.installation, of.arm)) ?? {}
  if (rules.length === 0) return []
  const { tracked = new Set<string>() } = (await of.store.sweeps.look(target)) ?? {}
  const made = new Set(resource === undefined ? [] : await of.azure.provenance.recall(resource))
  const found: Found[] = []
  for (const rule of rules) {
    if (rule.identity === undefined ? tracked.has(ipRuleId(target, rule.ip)) : await isAdmitted(rule, rule.identity, target, of.store))
      continue
    // Where a cluster comes from the address of the app, it has a rule of its own.
    const users = rule.identity === undefined ? await cameFrom(target, rule.ip, of.store) : []
    const isProven = rule.name !== undefined || made.has(rule.ip)
    // Other addresses are the business of the target's owner; that of a cluster of this installation, with no connection here, may be left over.
    if (!isProven && (users.length > 0 || !of.addresses.has(rule.ip))) continue
    found.push(foundOf(rule, target, resource, users, isProven, of))
  }
  return found
}

function foundOf(
  rule: TargetRule,
  target: Loop<'target'>,
  resource: string | undefined,
  users: readonly string[],
  isProven: boolean,
  { store, azure }: AzureSweeping,
): Found {
  const { ip, name } = rule
  const unproven =
    'a cluster of this installation comes from its address, but rules have no names here, and the app does not know that it made it'
  return {
    made: { kind: 'FirewallRule', id: `${target.id}/firewallRules/${name ?? ip}`, owner: target.key },
    finding: { ...plain, users, ...(isProven ? {} : { unproven }) },
    isOwned: async () =>
      rule.identity === undefined
        ? ((await store.sweeps.look(target))?.tracked.has(ipRuleId(target, ip)) ?? false)
        : await isAdmitted(rule, rule.identity, target, store),
    async remove() {
      await rule.remove()
      if (resource !== undefined) await azure.provenance.forget(resource, [ip])
    },
  }
}

/** Whether the identity's ledger has the rule, with which the app lets itself in. */
const isAdmitted = async ({ ip }: TargetRule, key: Key, target: Loop<'target'>, { sweeps }: Store): Promise<boolean> =>
  (await sweeps.look({ kind: 'identity', key }))?.tracked.has(appRuleId(target, ip)) ?? false

/** Clusters of the target's connections that come from this address. */
async function cameFrom(target: Loop<'target'>, ip: string, { sweeps }: Store): Promise<readonly string[]> {
  const { members = [] } = (await sweeps.look(target)) ?? {}
  const clusters = new Map(members.map(({ cluster }) => [cluster.key, cluster]))
  const users: string[] = []
  for (const cluster of clusters.values()) {
    const { egressIps = [], leavingIps = [] } = (await sweeps.look(cluster))?.facts ?? {}
    if ([...egressIps, ...leavingIps.map((one) => one.ip)].some((from) => covers([ip], from))) users.push(`cluster ${nameOf(cluster)}`)
  }
  return users
}
