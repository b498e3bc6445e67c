// The contract of a transport: a way in which objects get into a cluster, and what it can and needs. The adapters that carry it out are in kubernetes/
// and azure/; reach.ts joins each to its name.
import type { TransportName } from '../model/connection.ts'
import type { StepName } from '../model/step-name.ts'

export type TransportType<Name extends TransportName = TransportName> = {
  readonly name: Name
  readonly can: {
    /** The app calls the API server itself: it reads back what is there. */
    readonly observe: boolean
    /** Namespaces are told how their connections are: ConfigMap and Events. */
    readonly publish: boolean
    /** The API server gives tokens of ServiceAccounts. */
    readonly tokens: boolean
  }
  /** A change takes minutes and goes on as an operation: it comes last, one at a time. */
  readonly slow: boolean
  /** It writes settings of the cluster itself: a policy must have `changeClusters`. */
  readonly changesCluster: boolean
  /** Steps of the cluster without which nothing gets through. */
  readonly prerequisites: readonly StepName<'cluster'>[]
  /** The tier of infra/actions.json with the rights for it. */
  readonly tier: 'clusters' | 'extension'
}
