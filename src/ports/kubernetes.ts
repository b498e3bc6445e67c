// How steps reach clusters. Types only.
import type { TransportName } from '../model/connection.ts'
import type { DeclaredInCluster } from '../model/declared-in-cluster.ts'
import type { KubernetesSpec, ManagedKind } from '../model/kubernetes-kind.ts'
import type { Key, Loop } from '../model/loop.ts'
import type { ManagedObject, Need, ObservedState } from '../model/managed-object.ts'
import type { Operation } from '../model/outcome.ts'
import type { Secret } from '../model/secret.ts'

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
