// How long things take in the simulated cloud, in milliseconds. Kept in the world, so that effects, lags and propagation agree and a
// test can change a number while the cloud runs.
//
// `answer` alone is waited for by a caller, and only in real time; everything else is computed from the clock.

import type { World } from './world.ts'

export type Latencies = {
  /** What a synchronous answer takes (real time only). */
  readonly answer: number
  readonly clusterCreate: number
  readonly clusterUpdate: number
  readonly clusterDelete: number
  readonly clusterStartStop: number
  /** AKS reconciles a cluster after its tags changed. */
  readonly tagReconcile: number
  readonly extensionInstall: number
  readonly extensionUpdate: number
  /** How long an extension's add-on handler has the cluster's lock. */
  readonly extensionLock: number
  /** Flux in a cluster tells Azure how it is. Not documented; minutes were seen. */
  readonly fluxReport: number
  /** From a request to run a command in a cluster to its end: the pod has to start. Zero: it ends while the request is answered. */
  readonly command: number
  readonly roleAssignment: number
  readonly directoryReplication: number
  readonly federatedCredential: number
  /** A change of a Cosmos DB account. Recordings of tests show seven to nine minutes until a rule of its firewall is there. */
  readonly cosmosUpdate: number
  /** A firewall rule of a server of databases is in effect after at most this. */
  readonly databaseRule: number
  /** Deleting and recovering a secret of a Key Vault. */
  readonly vault: number
  /** Resource Graph learns of a change after at most this. */
  readonly graphIndex: number
  /** An event is delivered after at most this; the retry schedule shrinks with it (`eventRetry` = 1 is Azure's own). */
  readonly eventDelivery: number
  readonly eventRetry: number
  /** Shares of events that come twice, and that come twenty times later than usual. */
  readonly eventDuplicates: number
  readonly eventStragglers: number
  /**
   * Share of starts after which a cluster has other managed outbound addresses. That it may is documented, how often is not
   * (https://learn.microsoft.com/azure/aks/start-stop-cluster).
   */
  readonly egressChangesAtStart: number
  /** A poll URL answers 404 this long after its operation ended. */
  readonly operationRetention: number
}

/** What Azure takes, roughly. */
export const azureLatencies: Latencies = {
  answer: 80,
  clusterCreate: 6 * 60_000,
  clusterUpdate: 4 * 60_000,
  clusterDelete: 5 * 60_000,
  clusterStartStop: 3 * 60_000,
  tagReconcile: 2 * 60_000,
  extensionInstall: 4 * 60_000,
  extensionUpdate: 90_000,
  extensionLock: 60_000,
  fluxReport: 60_000,
  command: 8_000,
  roleAssignment: 3 * 60_000,
  directoryReplication: 30_000,
  federatedCredential: 20_000,
  cosmosUpdate: 7 * 60_000,
  databaseRule: 60_000,
  vault: 8_000,
  graphIndex: 45_000,
  eventDelivery: 15_000,
  eventRetry: 1,
  eventDuplicates: 0.1,
  eventStragglers: 0.03,
  egressChangesAtStart: 0.5,
  operationRetention: 3_600_000,
}

export const latencies = (world: World): Latencies => world.table<Latencies>('settings').get('latencies') ?? azureLatencies

export function setLatencies(world: World, change: Partial<Latencies>): void {
  world.table<Latencies>('settings').set('latencies', { ...latencies(world), ...change })
}
