// The store over Table Storage: its parts, put together over one table and one set of caches.
import { instanceOf } from '../model/loop.ts'
import type { Policy } from '../model/policy.ts'
import { steady } from '../model/steady.ts'
import type { Installation } from '../model/view.ts'
import type { Store } from '../ports/store.ts'
import { readBeside } from './beside.ts'
import { dryrunStore } from './dryruns.ts'
import { dueIndex } from './due-index.ts'
import { factsCache } from './facts-cache.ts'
import { guardedStore } from './guarded.ts'
import { historyStore } from './history.ts'
import { ledgerStore } from './ledger.ts'
import { listsOf } from './lists.ts'
import { loopRows } from './loop-rows.ts'
import { memberStore } from './members.ts'
import { policyStore } from './policies.ts'
import { providedSecretStore } from './provided-secrets.ts'
import { ordering, type RecentReads, recentReads } from './recent-reads.ts'
import { restingStore } from './resting.ts'
import { policyPartition } from './rows.ts'
import { gatherMs, sharedRead } from './shared-read.ts'
import { snapshotStore } from './snapshots.ts'
import { specStore } from './spec.ts'
import { sweepStore } from './sweep.ts'
import type { Table } from './table.ts'

/** A connection's view of its other loops is no older than this, and never older than what this instance wrote there. */
const besideMs = 1_000

/** `ownIdentities`: all ids of the app's own identity, lower case. */
export function openStore(
  table: Table,
  installation: Installation,
  now: () => number,
  ownIdentities: () => Promise<readonly string[]> = async () => [],
): Store {
  const order = ordering()
  const clock = steady(now)
  const beside = recentReads(
    sharedRead((partition: string) => readBeside(table, partition, now), gatherMs),
    order,
    clock,
  )
  const policies = policyStore(table, () => policyReads.wrote(policyPartition))
  const policyReads: RecentReads<readonly Policy[]> = recentReads(() => policies.policies(), order, clock)

  const guarded = guardedStore(table, ownIdentities, now)
  const cache = factsCache({ policies: policyReads, beside }, order, clock)
  const index = dueIndex(table, now)
  const rows = loopRows(table, index, now)
  const spec = specStore(table, rows, cache, installation, now)

  return {
    ...snapshotStore(table, { rows, cache, beside, guarded, installation, now }),
    ...spec,
    ...ledgerStore(table, rows, cache, beside.wrote, spec.touch, now),
    ...memberStore(table, rows, cache, spec.touch, now),
    ...restingStore(table, rows, cache, beside.wrote),
    ...listsOf(table, index, rows),
    ...policies,
    ...dryrunStore(table),
    ...historyStore(table),
    ...providedSecretStore(table, now),
    sweeps: sweepStore(table, now),
    guarded,
    beside: (loop) => beside.get(instanceOf(loop), 0, besideMs).value,
  }
}
