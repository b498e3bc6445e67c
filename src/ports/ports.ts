// What steps may reach. Types only: azure/, kubernetes/ and store/ implement them, and speak in domain words.
import type { ConnectionSpec, Stage, TransportName } from '../model/connection.ts'
import type { DeclaredInCluster } from '../model/declared-in-cluster.ts'
import type { KubernetesSpec, ManagedKind } from '../model/kubernetes-kind.ts'
import type { Key, Loop } from '../model/loop.ts'
import type { ManagedObject, Need, ObservedState } from '../model/managed-object.ts'
import type { Operation } from '../model/outcome.ts'
import type { Problem } from '../model/problem.ts'
import type { Secret } from '../model/secret.ts'
import type { SecretRef } from '../model/secret-ref.ts'
import type { Databases } from './databases.ts'

/** A written resource. `operation`: the absolute poll URL if the write continues as a long-running operation. */
export type Written = { readonly body: unknown; readonly operation?: string; readonly retryAfterMs?: number }
export type OperationState =
  | { readonly state: 'running'; readonly retryAfterMs?: number }
  /** Done, or no longer known (404): observing tells the rest. */
  | { readonly state: 'done' }
  | { readonly state: 'failed'; readonly code: string; readonly message: string }

/** Azure Resource Manager, raw JSON: the SDKs drop fields that they do not know (docs/azure-behaviour.md#sdks-drop-unknown-fields). All methods throw `Failure`. */
export interface Arm {
  /** `undefined` = ResourceNotFound or ResourceGroupNotFound; a 403 or any other refusal throws and never looks like absence. */
  get(id: string, apiVersion: string): Promise<Readonly<Record<string, unknown>> | undefined>
  /** All pages of `value`. `path` may carry a query. */
  list(path: string, apiVersion: string): Promise<readonly Readonly<Record<string, unknown>>[]>
  put(id: string, apiVersion: string, body: unknown, precondition?: { readonly ifMatch: string }): Promise<Written>
  patch(id: string, apiVersion: string, body: unknown): Promise<Written>
  /** POST of an action, e.g. `register`, whose answer is no secret. */
  post(id: string, action: string, apiVersion: string): Promise<Written>
  /** POST of an action that makes a key again. The answer can contain the keys, so nothing of it is read. */
  regenerate(id: string, action: string, apiVersion: string, body: unknown): Promise<Pick<Written, 'operation'>>
  /** Deleting what does not exist is not an error. */
  delete(id: string, apiVersion: string): Promise<Written>
  /** POST of an action that answers a credential, e.g. `listKeys`; without an action the body has it: wrapped at once. */
  secret(id: string, action: string | undefined, apiVersion: string, pick: (answer: unknown) => string): Promise<Secret<string>>
  /** Polls an operation once; only URLs of the app's own ARM host are followed. */
  operation(url: string): Promise<OperationState>
}

export type Identity = {
  readonly id: string
  readonly location: string
  readonly tags: Readonly<Record<string, string>>
  readonly clientId: string
  readonly principalId: string
  readonly tenant: string
}
export type Credential = { readonly name: string; readonly issuer: string; readonly subject: string; readonly audiences: readonly string[] }

/** User-assigned managed identities and their federated credentials. All methods throw `Failure`. */
export interface Identities {
  get(id: string): Promise<Identity | undefined>
  create(id: string, location: string, tags: Readonly<Record<string, string>>): Promise<void>
  delete(id: string): Promise<void>
  /** `undefined` = the identity itself does not exist. */
  credentials(id: string): Promise<readonly Credential[] | undefined>
  addCredential(id: string, credential: Credential): Promise<void>
  deleteCredential(id: string, name: string): Promise<void>
}

export type SecretMetadata = {
  readonly tags: Readonly<Record<string, string>>
  readonly versions: readonly string[]
  readonly newest?: string
}

/** Secrets that authors provide, in the Key Vault of the app. `observe` does not read their values. All methods throw `Failure`. */
export interface Vault {
  /** `newest`: of the versions that are enabled. */
  metadata(id: string): Promise<SecretMetadata | undefined>
  read(secret: SecretRef): Promise<Secret<string>>
  /** Deleting what does not exist is not an error. Key Vault keeps it, recoverable, for the vault's retention time. */
  delete(id: string): Promise<void>
  /** `false`: there is none to recover. */
  recover(id: string): Promise<boolean>
}

/** Memberships and declarations; only check-consent joins and leaves, only read-declarations declares and withdraws. */
export interface Registry {
  /** The member row of `connection` in `loop`: its generation, its stage, and whether it is leaving. `undefined` = none. */
  membership(
    connection: Loop<'connection'>,
    loop: Loop,
  ): Promise<{ readonly generation: number; readonly leaving: boolean; readonly stage?: Stage } | undefined>
  /** Writes member row and loop row (created if absent, due now) in one transaction, then wakes the loop. */
  join(connection: Loop<'connection'>, loop: Loop, stage?: Stage): Promise<void>
  /** `keeping`: what was made for it stays. */
  leave(connection: Loop<'connection'>, loop: Loop, how?: { readonly keeping?: true }): Promise<void>
  /** The spec of a connection and its author. `undefined` = there is no declaration. */
  declared(connection: Loop<'connection'>): Promise<{ readonly spec: ConnectionSpec; readonly removing: boolean } | undefined>
  /** `taken`: another connection of this cluster has the same Kubernetes name, or another origin holds this one. */
  declare(spec: ConnectionSpec): Promise<'declared' | { readonly taken: string }>
  withdraw(connection: Loop<'connection'>): Promise<void>
  /** Which connection holds the Kubernetes name. Only allowed ones count; `taken` says which. */
  holder(connection: Loop<'connection'>): Promise<NameHolder>
  /** Takes the Kubernetes name for the connection. */
  claim(connection: Loop<'connection'>): Promise<NameHolder>
}

export type NameHolder = 'own' | 'free' | { readonly taken: string }

/** A desired Kubernetes object. `data` of a Secret is wrapped. The transport adds the app's labels and annotations. */
export type KubernetesObject = {
  readonly kind: ManagedKind
  readonly namespace: string
  readonly name: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly data?: Secret<Readonly<Record<string, string>>>
  /** Of a Secret. Absent: `Opaque`. */
  readonly type?: string
  /** What else objects of its kind have, as the API calls it: the rules of a ClusterRole. */
  readonly fields?: Readonly<Record<string, unknown>>
  /** Of a custom resource: plain, without a secret. */
  readonly spec?: KubernetesSpec
}

/** A managed object in a cluster: `id` = `<cluster key>/<namespace>/<kind>/<name>`, with an empty
 * namespace where it has none. `owner`: key of the owning loop, in the app's label. */
export type ManagedKubernetesObject = ManagedObject & {
  readonly kind: ManagedKind
  readonly cluster: Loop<'cluster'>
  /** The cluster's uid when it was written: in a recreated cluster the object no longer exists. */
  readonly clusterUid: string
  readonly namespace: string
  readonly name: string
  readonly owner: string
  /** How it is written and deleted. Absent: the default. */
  readonly transport?: TransportName
}

/** `started`: the change continues as a long-running operation. */
export type Carried = { readonly done: true } | { readonly waiting: Omit<Need, 'of' | 'nextRunAt'> } | { readonly started: Operation }

/** How a cluster is reached. All methods throw `Failure`. */
export interface Transport {
  readonly name: TransportName
  /**
   * One state per object. `desired` may lack the content of a tracked object: then only presence, mark and version are read. `tracked`: ids of the
   * ledger.
   */
  observe(
    objects: readonly ManagedKubernetesObject[],
    desired: ReadonlyMap<string, KubernetesObject>,
    tracked?: ReadonlySet<string>,
  ): Promise<readonly ObservedState[]>
  /** The observed `version` is the precondition if the object exists; foreign objects are never forced. */
  apply(object: ManagedKubernetesObject, content: KubernetesObject, observed: ObservedState): Promise<Carried>
  /** With the observed uid and resourceVersion as preconditions, if the transport knows them; already gone is fine. */
  remove(object: ManagedKubernetesObject, observed: ObservedState): Promise<Carried>
  /** Whether the namespace exists; one that is being deleted does not. Absent if nothing can be read back. */
  namespace?(name: string): Promise<'there' | 'missing'>
  /**
   * A token of the ServiceAccount, as its pods get one, for the shortest lifetime that Kubernetes allows. Absent if the app does not reach the
   * cluster directly.
   */
  token?(namespace: string, serviceAccount: string, audience: string): Promise<Secret<string>>
  /** ConfigMaps that declare connections, key by key. Absent if nothing can be read back. */
  declarations?(): Promise<readonly DeclaredInCluster[]>
  /** Absent if nothing can be read back. */
  readonly publisher?: StatusPublisher
}

/** Where an app team reads the status of its connections: one ConfigMap in the namespace, with one key per connection. Methods throw `Failure`. */
export interface StatusPublisher {
  /** `undefined`: there is no ConfigMap. `isOurs`: it carries this installation's mark. */
  read(place: StatusKey): Promise<{ readonly isOurs: boolean; readonly text?: string } | undefined>
  /** `false`: the namespace does not exist. */
  write(place: StatusKey, text: string): Promise<boolean>
  /** Deletes the connection's key, and with the last one the ConfigMap; its Events too. */
  clear(place: StatusKey): Promise<void>
  /** Emits a Kubernetes Event. Nothing depends on it, so a missing right is not an error. */
  emit(place: StatusKey, event: StatusEvent & { readonly at: number }): Promise<void>
}
export type StatusEvent = { readonly type: 'Normal' | 'Warning'; readonly reason: string; readonly message: string }
export type StatusKey = { readonly namespace: string; readonly connection: string; readonly key: Key }

/**
 * What the app made on a resource that can be moved: firewall rules and the like move along to the new id, where the old id's ledger does not apply.
 * `resource` identifies it (type, name, creation time) independently of its location.
 */
export interface Provenance {
  recall(resource: string): Promise<readonly string[]>
  /** Before the objects are created. */
  remember(resource: string, objects: readonly string[]): Promise<void>
  /** After they were deleted. */
  forget(resource: string, objects: readonly string[]): Promise<void>
}

/** Who signs in: the identity, with a token of the ServiceAccount that it trusts. */
/** `scope`: of what the token is for; without it, of Azure Resource Manager. */
type SignIn = { readonly tenant: string; readonly clientId: string; readonly assertion: Secret<string>; readonly scope?: string }
/** `error`: Entra's error number, or the target's error code. `text`: the message, redacted. */
export type Refused = { readonly status: number; readonly error: string; readonly text: string }

/** Connects as a pod of the connection would. Methods throw `Failure` if no answer came. */
export interface Probe {
  signIn(who: SignIn): Promise<{ readonly token: Secret<string> } | Refused>
  /** One harmless read. */
  read(
    token: Secret<string>,
    request: { readonly url: string; readonly headers: Readonly<Record<string, string>> },
  ): Promise<'read' | Refused>
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
