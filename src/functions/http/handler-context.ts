// What handlers get. Each file beside this one registers one trigger: it parses, calls and shapes the answer, and contains no rules of its own.
// Everything is created at the first call, not at import: only src/index.ts registers, and clients are created when they are needed.
import type { InvocationContext } from '@azure/functions'
import type { ResourcePlace } from '../../model/connect-rule.ts'
import type { Connection, ConnectionSpec } from '../../model/connection.ts'
import type { DiagnosticCheck } from '../../model/diagnostic-check.ts'
import type { Inventoried, Sought } from '../../model/inventory.ts'
import type { Key, Loop } from '../../model/loop.ts'
import type { Preflight } from '../../model/preflight-report.ts'
import type { Secret } from '../../model/secret.ts'
import type { SecretRef } from '../../model/secret-ref.ts'
import type { TargetType } from '../../model/target-type.ts'
import type { StepNames } from '../../model/timeline.ts'
import type { Installation } from '../../model/view.ts'
import type { Announcing } from '../../ports/announcing.ts'
import type { Observer } from '../../ports/observer.ts'
import type { Store, Wake } from '../../ports/store.ts'
import type { RunInput } from '../../sweep/run.ts'
import type { CallerLimits } from './caller-limits.ts'

/** The durable task hub, bound to one invocation, because its client comes with the invocation. */
export type Hub = {
  readonly wake: Wake
  /** Ends an instance that does not respond any more; one that does not run is not an error. */
  terminate(loop: Loop, reason: string): Promise<void>
  /** Deletes finished instances created before then. Returns their number. */
  purge(before: number): Promise<number>
}

/** The Key Vault for provided secrets. Its methods throw `Failure`. */
export type SecretStorage = {
  /** Where the connection's secret is stored. */
  idOf(connection: Key): string
  put(connection: Key, value: Secret<string>): Promise<SecretRef>
  /** Deletes it, if it is this connection's; one that does not exist or belongs to others is not an error. */
  discard(connection: Key, id: string): Promise<void>
}

export type HandlerContext = {
  readonly store: Store
  /** Absent: none is configured, so no secret can be accepted. */
  readonly vault?: SecretStorage
  readonly hub: (context: InvocationContext) => Hub
  readonly installation: Installation
  /** The target types that can be connected: targets/catalogue.ts. */
  readonly targets: readonly TargetType[]
  /** Names of the steps of each loop, in order: steps/program.ts. */
  readonly steps: StepNames
  readonly now: () => number
  /** Accepted audiences of tokens: `api://<client id>`, `<client id>`. */
  readonly audiences: readonly string[]
  /** `https://…` of this app as its callers see it, if a proxy in front does not report it in headers. */
  readonly publicUrl?: string
  /** How long both keys of a target work when they are rotated, unless the request says otherwise: time to restart pods. */
  readonly keyOverlapMs: number
  /** Seconds that callers are asked to wait between two polls of an operation. */
  readonly pollSeconds: number
  /** Client id of the app's own identity, to recognize echoes of its own writes. */
  readonly ownClientId?: string
  /** ARM id of a user-assigned identity, through Resource Graph. `undefined`: the app can see none. */
  readonly resolveIdentity: (clientId: string, subscriptionId: string) => Promise<string | undefined>
  /** The types that the resource of an id offers, the usual one first, as far as it can be read now: accounts of Cognitive Services tell by their kind. */
  readonly typesOffered: (id: string) => Promise<readonly string[]>
  /** What the sweep reaches, and its settings. */
  readonly sweeping: RunInput['sweeping']
  /** What Resource Graph lists: clusters, the known resources that it can see, what else is sought, and role assignments that the app made. */
  readonly discover: (known: readonly string[], sought?: Sought) => AsyncIterable<Inventoried>
  /** A resource that can be a target, as it is now. `undefined`: it is gone. `unknown`: it could not be read. */
  readonly placeOf: (id: string) => Promise<ResourcePlace | undefined | 'unknown'>
  /** What people inspect by hand when a connection does not work. `account`: the name of its ServiceAccount, if it has one. */
  readonly diagnose: (connection: Connection, account: string | undefined) => Promise<readonly DiagnosticCheck[]>
  /** What is missing for the connections declared on a cluster and for those in the request. `undefined`: there is no such cluster. */
  readonly preflight: (cluster: Loop<'cluster'>, input: readonly ConnectionSpec[]) => Promise<Preflight | undefined>
  /** Absent: what becomes of connections is told to no one. */
  readonly announcing?: Announcing
  /** Limits of a single caller. Absent: unlimited. */
  readonly limits?: CallerLimits
  readonly observer: Observer
}

/** Called for each request. */
export type HandlerContextOf = () => HandlerContext
