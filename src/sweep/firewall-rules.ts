// Firewall rules with this installation's names that the ledger of their target does not have: of a store that was restored, or of a run that was lost.
// Looked for on the targets that the store knows, of services whose rules have names. A name can be given by anyone, but only to let in the very
// address that it spells; a rule for an address that one of the target's clusters comes from is spared.
import { mapConcurrent } from '../contract/map-concurrent.ts'
import { type OwnRule, ownRules } from '../contract/own-rules.ts'
import { Failure } from '../errors/failure.ts'
import { covers } from '../model/egress.ts'
import type { Loop } from '../model/loop.ts'
import { ipRuleId } from '../model/managed-objects.ts'
import { nameOf } from '../model/words.ts'
import type { Arm } from '../ports/azure.ts'
import type { Store } from '../ports/store.ts'
import type { Found } from './found-in-azure.ts'

/** Targets that are read at a time. */
const atOnce = 8

type RulesOf = { readonly store: Store; readonly installation: string; readonly arm: Pick<Arm, 'get' | 'list' | 'delete'> }

/** A target that does not answer, or that the app may not read, is passed over: nothing of it is left over. */
export async function rulesLeft(of: RulesOf): Promise<readonly Found[]> {
  const found = await mapConcurrent(of.store.loops('target'), atOnce, async ({ loop }) => {
    const rules = await ownRules(loop, of.installation, of.arm).catch((error: unknown) => {
      if (error instanceof Failure) return []
      throw error
    })
    return await Promise.all(rules.map((rule) => leftIn(loop, rule, of)))
  })
  return found.flat().filter((one) => one !== undefined)
}

async function leftIn(target: Loop<'target'>, { ip, name, remove }: OwnRule, { store }: RulesOf): Promise<Found | undefined> {
  const isOwned = async (): Promise<boolean> => (await store.sweeps.look(target))?.tracked.has(ipRuleId(target, ip)) ?? false
  if (await isOwned()) return undefined
  const users = await cameFrom(target, ip, store)
  const made = { kind: 'FirewallRule', id: `${target.id}/firewallRules/${name}`, owner: target.key } as const
  return { made, isOwned, remove, finding: { isOwned: false, isSystem: false, isGoing: false, isMarked: false, users } }
}

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
