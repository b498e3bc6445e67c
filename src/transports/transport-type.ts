// The contract of a transport: a way in which objects get into a cluster, and what it can and needs. The adapters that carry it out are in kubernetes/
// and azure/; reach.ts joins each to its name.
import type { ClusterExtensionName } from '../model/cluster-extension.ts'
import type { TransportName } from '../model/connection.ts'
import type { StepName } from '../model/step-name.ts'

export type TransportType<Name extends TransportName = TransportName> = {
  readonly name: Name
  readonly can: {
    /** It reads back what is there: drift is found and repaired. */
    readonly observe: boolean
    /** The app calls the API server itself, and can ask it what the app may do. */
    readonly call: boolean
    /** Namespaces are told how their connections are: ConfigMap and Events. */
    readonly publish: boolean
    /** The API server gives tokens of ServiceAccounts. */
    readonly tokens: boolean
  }
  /** Which objects it can write. */
  readonly carries: 'everything' | 'objects of namespaces' | 'plain Secrets and ServiceAccounts'
  /** What it writes can be read by others than the pods: it carries nothing of connections that have a secret. */
  readonly secretless?: true
  /** What it has been given it writes again and again: an object leaves it before it goes otherwise. */
  readonly holds?: true
  /**
   * `operation`: a change takes minutes and goes on as one; it comes last, one at a time. `together`: each way takes seconds to a minute, so that all
   * changes go at once.
   */
  readonly changes: 'one by one' | 'operation' | 'together'
  /** It writes settings of the cluster itself: a policy must have `changeClusters`. */
  readonly changesCluster: boolean
  /** Steps of the cluster without which nothing gets through. */
  readonly prerequisites: readonly StepName<'cluster'>[]
  /** The cluster extension that takes its objects. */
  readonly extension?: ClusterExtensionName
  /** The tier of infra/actions.json with the rights for it. */
  readonly tier: 'clusters' | 'extension' | 'run-command' | 'flux'
}
