// What the doors are given. Each file beside this one registers one trigger: it parses, calls and shapes the answer, and holds no rules of its own.
// Everything is asked for at the first call, not at import: only src/index.ts registers, and clients are made when they are needed.
import type { InvocationContext } from '@azure/functions'
import type { Connection, ConnectionSpec } from '../model/connection.ts'
import type { DiagnosticCheck } from '../model/diagnostic-check.ts'
import type { Inventoried } from '../model/inventory.ts'
import type { Key, Loop } from '../model/loop.ts'
import type { Preflight } from '../model/preflight-report.ts'
import type { Problem } from '../model/problem.ts'
import type { Secret } from '../model/secret.ts'
import type { SecretRef } from '../model/service-principal.ts'
import type { TargetType } from '../model/target-type.ts'
import type { StepNames } from '../model/timeline.ts'
import type { Installation } from '../model/view.ts'
import type { Observer } from '../ports/observer.ts'
import type { Store, Wake } from '../ports/store.ts'
import type { CallerLimits } from './caller-limits.ts'

/** The durable task hub, bound to one invocation, for its client comes with the invocation. */
export type Hub = {
  readonly wake: Wake
  /** Ends an instance that does not answer any more; one that does not run is no error. */
  terminate(loop: Loop, reason: string): Promise<void>
  /** Deletes finished instances made before then. Answers how many. */
  purge(before: number): Promise<number>
}

/** A Kubernetes object with our own labels, as a metadata-only list shows it. */
export type OwnObject = {
  readonly kind: string
  readonly namespace: string
  readonly name: string
  /** Key of the loop that owns it, as its label says. */
  readonly owner: string
  /** Changes with every write, and when it is made again. */
  readonly version: string
}

/** The Key Vault for secrets that authors give. Its methods throw `Failure`. */
export type SecretStorage = {
  /** Where the connection's secret lies. */
  idOf(connection: Key): string
  put(connection: Key, value: Secret<string>): Promise<SecretRef>
  /** Deletes it, if it is this connection's; one that is not there or not ours is no error. */
  discard(connection: Key, id: string): Promise<void>
}

export type HandlerContext = {
  readonly store: Store
  /** Absent: none is configured, so that no secret can be taken. */
  readonly vault?: SecretStorage
  readonly hub: (context: InvocationContext) => Hub
  readonly installation: Installation
  /** The target types that can be connected: targets/catalogue.ts. */
  readonly targets: readonly TargetType[]
  /** Names of the steps of each loop, in order: steps/program.ts. */
  readonly steps: StepNames
  readonly now: () => number
  /** Audiences of tokens that are meant for this app: `api://<client id>`, `<client id>`. */
  readonly audiences: readonly string[]
  /** `https://…` of this app as its callers see it, where a proxy in front does not say so in headers. */
  readonly publicUrl?: string
  /** Seconds that callers are told to wait between two polls of an operation. */
  readonly pollSeconds: number
  /** Client id of the app's own identity, to know echoes of its own writes. */
  readonly ownClientId?: string
  /** ARM id of a user-assigned identity, through Resource Graph. `undefined`: there is none that the app can see. */
  readonly resolveIdentity: (clientId: string, subscriptionId: string) => Promise<string | undefined>
  /** What Resource Graph shows: clusters, those of the known resources that it can see, and role assignments that we made. */
  readonly discover: (known: readonly string[]) => AsyncIterable<Inventoried>
  /** Objects with our installation's label in a cluster, or why they could not all be seen. `evidence`: without the boards. */
  readonly ownObjects: (cluster: Loop<'cluster'>, what: 'everything' | 'evidence') => Promise<readonly OwnObject[] | Problem>
  /** What people look at by hand when a connection does not work. `account`: the name of its ServiceAccount, if it has one. */
  readonly diagnose: (connection: Connection, account: string | undefined) => Promise<readonly DiagnosticCheck[]>
  /** What is missing for the connections declared on a cluster and for those asked about. `undefined`: there is no such cluster. */
  readonly preflight: (cluster: Loop<'cluster'>, input: readonly ConnectionSpec[]) => Promise<Preflight | undefined>
  /** What a single caller may have looked up. Absent: as much as it likes. */
  readonly limits?: CallerLimits
  readonly observer: Observer
}

/** Asked at each call. */
export type HandlerContextOf = () => HandlerContext
