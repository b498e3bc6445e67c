// By which way the sweep gets into a cluster. A command in it (docs/transports.md) needs a policy that lists `run-command` for the cluster, and is for those whose API
// server does not answer every caller. The call comes first where a connection goes that way: an app that is joined to the cluster's network needs no pod.
import { mayCommand } from '../contract/consent.ts'
import { problemOf } from '../errors/catalogue.ts'
import type { ClusterFacts } from '../model/facts.ts'
import type { Skipped } from '../model/leftover.ts'
import type { Loop } from '../model/loop.ts'
import { past } from '../model/moments.ts'
import { nameOf, timeText } from '../model/words.ts'
import type { Store } from '../ports/store.ts'
import type { Look } from './own-lists.ts'

type Way = 'direct' | 'run-command'
/** `isSeldom`: only whole looks are sent there, so that it is nothing to tell of. */
export type Passed = { readonly skipped: Skipped; readonly isSeldom?: true }

/** At most as often as a whole look is due. A run begins some minutes earlier or later than the one before. */
const commandedEveryMs = 6 * 60 * 60_000 - 30 * 60_000

/** Those that are tried, the first one first. */
export async function waysTo(
  { id }: Loop<'cluster'>,
  found: Awaited<ReturnType<Store['sweeps']['look']>>,
  store: Store,
): Promise<readonly Way[]> {
  const { facts, members = [] } = found ?? {}
  if (facts?.apiServer === undefined || !mayCommand(id, await store.policies())) return ['direct']
  return members.some(({ transport }) => transport === 'direct') ? ['direct', 'run-command'] : ['run-command']
}

/** Why no command is sent; `undefined`: one may be, and counts as sent. */
export async function notCommanded(
  cluster: Loop<'cluster'>,
  { busy, running, gone, state = '' }: Partial<Pick<ClusterFacts, 'busy' | 'running' | 'gone' | 'state'>>,
  look: Look,
  { store, now }: { readonly store: Pick<Store, 'sweeps'>; readonly now: () => number },
): Promise<Passed | undefined> {
  const about = { cluster: nameOf(cluster), id: cluster.id }
  const skip = (code: 'ClusterBusy' | 'CommandNotDue', more: Readonly<Record<string, string>>): Passed => {
    const { text } = problemOf({ code, about: { ...about, ...more } })
    return { skipped: { cluster: cluster.id, code, reason: text }, ...(look === 'evidence' ? { isSeldom: true } : {}) }
  }
  // A look into it says so by itself.
  if (gone || running === false) return undefined
  const row = await store.sweeps.cluster(cluster.key)
  const due = past(row.commandedAt ?? 0, now()) + commandedEveryMs
  if (look === 'evidence' || now() < due) return skip('CommandNotDue', { due: timeText(due) })
  if (busy) return skip('ClusterBusy', { state })
  await store.sweeps.putCluster(cluster.key, { ...row, commandedAt: now() })
  return undefined
}
