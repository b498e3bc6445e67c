// What no program could do in less, each with its reason; docs/performance.md tells them in words. The bench divides what it measured by these.
import { azureLatencies } from '../../src/local/cloud/latencies.ts'

/** The longest chain that Azure itself imposes on a fresh secretless connection: the update of the cluster that makes the issuer. */
export const criticalPathMs = azureLatencies.clusterUpdate

/** Polls of one operation: every 15 seconds, later a quarter of the time that it took so far, at most every 30 seconds. */
export function pollsOf(lastsMs: number): number {
  let polls = 0
  for (let at = 15_000; at < lastsMs; at += Math.max(15_000, Math.min(at / 4, 30_000))) polls++
  return polls
}

/** Calls to ARM for one fresh secretless connection: read, change, read again, for each thing that has to be there. */
export const armCalls = {
  'cluster: read, PUT, read what came of it': 3,
  'operation of that PUT: polls, and the one that finds its end': pollsOf(azureLatencies.clusterUpdate) + 1,
  'outbound address': 1,
  'identity: read, PUT, read': 3,
  'federated credential: read, PUT, read': 3,
  'role assignment: read, PUT, read': 3,
  'storage account: read, PATCH, read': 3,
  'credentials of the API server': 1,
} as const
export const armMinimum = Object.values(armCalls).reduce((sum, n) => sum + n, 0)

/** ARM's buckets for one principal in one subscription: https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling */
const buckets = { reads: { burst: 250, perSecond: 25 }, writes: { burst: 200, perSecond: 10 } }

export type Work = { readonly clusters: number; readonly accounts: number; readonly connections: number }

/** Reads and writes that a fleet needs at least: what is shared once, a role assignment for each pair of identity and account. */
export function fleetCalls({ clusters, accounts }: Work): { readonly reads: number; readonly writes: number } {
  const pairs = clusters * accounts
  return {
    // cluster 2, polls, outbound address 1, identity 2, federated credential 2; of each pair 2; of each account 2
    reads: clusters * (2 + pollsOf(azureLatencies.clusterUpdate) + 1 + 1 + 2 + 2) + pairs * 2 + accounts * 2,
    // cluster, identity, federated credential, credentials of the API server; of each pair 1; of each account 1
    writes: clusters * 4 + pairs + accounts,
  }
}

/** Virtual time in which a fleet can be connected at best: ARM's buckets and the updates of the clusters go on side by side. */
export function fleetOptimumMs(work: Work): number {
  const { reads, writes } = fleetCalls(work)
  const seconds = (calls: number, { burst, perSecond }: { readonly burst: number; readonly perSecond: number }): number =>
    Math.max(0, calls - burst) / perSecond
  return Math.max(criticalPathMs, 1000 * seconds(reads, buckets.reads), 1000 * seconds(writes, buckets.writes))
}
