// What discovery does for policies that connect: notes the targets that their rules find by now, makes matching clusters known, and forgets deleted policies
// whose connections are gone. The loops of the clusters do the rest.
import type { InvocationContext } from '@azure/functions'
import { mapConcurrent } from '../../contract/map-concurrent.ts'
import type { ResourcePlace } from '../../model/connect-rule.ts'
import { type Loop, loop } from '../../model/loop.ts'
import type { Policy } from '../../model/policy.ts'
import type { HandlerContext, Hub } from '../http/handler-context.ts'
import { effectOf, withdrawsMany } from './policy-effect.ts'
import { findsTheSame } from './policy-targets.ts'
import { paced } from './reconcile-all.ts'

/** `known`: keys of the clusters that have a loop. */
export async function applyRules(
  policies: readonly Policy[],
  listed: readonly ResourcePlace[],
  known: ReadonlySet<string>,
  services: HandlerContext,
  hub: Hub,
  context: InvocationContext,
): Promise<void> {
  const { store } = services
  const concerned = new Map<string, Loop>()
  for (const policy of policies) {
    if (!policy.connect && !policy.ended) continue
    const effect = await effectOf(policy, services, listed)
    if (policy.ended) {
      if (effect.now === 0) await store.settlePolicy(policy, undefined)
      continue
    }
    const clusters = effect.clusters.map(({ id }) => loop('cluster', id))
    const isSame = findsTheSame(policy, effect.policy)
    // A policy that is being written at this moment looks for its targets itself.
    const isNoted =
      isSame || (await store.settlePolicy(policy, { ...effect.policy, ...(withdrawsMany(effect) ? { withdrawsMany: true } : {}) }))
    if (!isNoted) continue
    const changed = isSame
      ? clusters.filter(({ key }) => !known.has(key))
      : [...clusters, ...effect.disconnects.map(({ cluster }) => cluster)]
    for (const one of changed) concerned.set(one.key, one)
  }
  const wake = paced({ services, hub, context })
  await mapConcurrent(concerned.values(), 8, (one) => wake(one, { make: true }))
}
