// What steps may reach, all together. Types only: azure/, databases/, kubernetes/ and store/ implement them, and speak in domain words.
import type { TransportName } from '../model/connection.ts'
import type { Loop } from '../model/loop.ts'
import type { Problem } from '../model/problem.ts'
import type { Arm, Identities, Vault } from './azure.ts'
import type { Blobs } from './blobs.ts'
import type { Databases } from './databases.ts'
import type { Transport } from './kubernetes.ts'
import type { Probe } from './probe.ts'
import type { Registry } from './registry.ts'

/**
 * What the app made on a resource that can be moved: firewall rules and the like move along to the new id, where the old id's ledger does not apply.
 * `resource` identifies it (type, name, creation time) independently of its location.
 */
export interface Provenance {
  recall(resource: string): Promise<readonly string[]>
  /** All on which it made something, each once. */
  resources(): AsyncIterable<string>
  /** Before the objects are created. */
  remember(resource: string, objects: readonly string[]): Promise<void>
  /** After they were deleted. */
  forget(resource: string, objects: readonly string[]): Promise<void>
}

/** The status of a connection, as GET answers it. */
export type ConnectionStatus = {
  readonly state: 'Accepted' | 'Updating' | 'Deleting' | 'Succeeded' | 'Failed' | 'Canceled'
  readonly problem?: Problem
  readonly waits: readonly string[]
  /** In words, with the time until which each holds. */
  readonly conditions?: readonly string[]
}

export type Ports = {
  readonly arm: Arm
  readonly identities: Identities
  /** A transport (`direct` if not given), or the problem why the cluster cannot be reached. `fqdn`: from ARM; the kubeconfig must agree. */
  readonly kubernetes: (cluster: Loop<'cluster'>, fqdn: string | undefined, through?: TransportName) => Promise<Transport | Problem>
  readonly registry: Registry
  readonly vault: Vault
  /** Of the account that Flux reads from. Absent: there is none. */
  readonly blobs?: Blobs
  readonly databases: Databases
  readonly probe: Probe
  readonly provenance: Provenance
  /** Whether Azure Resource Graph knows the resource: a second witness besides ARM. It lags, and may still list what is gone. Throws `Failure`. */
  readonly isListed: (id: string) => Promise<boolean>
  /** Ids of all resources of this one's type and name that Azure Resource Graph knows, wherever they are: a moved one has another id. Throws `Failure`. */
  readonly namesakes: (id: string) => Promise<readonly string[]>
  /** Whether a loop of the app looks after it. */
  readonly isServed: (loop: Loop) => Promise<boolean>
  /** `undefined`: the connection is unknown. */
  readonly status: (connection: Loop<'connection'>) => Promise<ConnectionStatus | undefined>
  /** Object id and client id of the app's own identity, lower case. */
  readonly ownIds: () => Promise<readonly string[]>
  readonly now: () => number
}
