// What the model has to know of a target type to understand a declaration; targets/target-type.ts adds the rest, and the catalogue is passed in.

import type { Auth } from './auth.ts'
import type { ClusterExtensionName } from './cluster-extension.ts'
import type { DaprType } from './dapr.ts'
import type { EndpointService } from './endpoint-target.ts'
import type { Grants } from './grant.ts'

/**
 * What ids of a type have below the resource: nothing, a constant path such as `blobServices/default`, or children with names of their own. `named`:
 * their types in order, `sqlDatabases` or `gremlinDatabases/graphs`.
 */
export type Child =
  | { readonly kind: 'none' }
  | { readonly kind: 'fixed'; readonly path: string }
  | { readonly kind: 'named'; readonly path: string }
export const fixed = (path: string): Child => ({ kind: 'fixed', path })
export const named = (path: string): Child => ({ kind: 'named', path })

/** The names of targets/catalogue.ts, as Azure Service Connector has them. */
export type TargetTypeName =
  | 'storage-blob'
  | 'storage-queue'
  | 'storage-table'
  | 'storage-file'
  | 'appconfig'
  | 'keyvault'
  | 'cosmos-sql'
  | 'cosmos-mongo'
  | 'cosmos-table'
  | 'cosmos-cassandra'
  | 'cosmos-gremlin'
  | 'app-insights'
  | 'redis-enterprise'
  | 'servicebus'
  | 'eventhub'
  | 'signalr'
  | 'webpubsub'
  | 'redis'
  | 'openai'
  | 'cognitiveservices'
  | 'aiservices'
  | 'postgres-flexible'
  | 'mysql-flexible'
  | 'sql'
  | 'postgres'
  | 'mysql'
  | 'confluent-cloud'
  | 'confluent-schema-registry'
  | 'neon-postgres'
  | 'mongodb-atlas'

export type TargetType = {
  readonly type: TargetTypeName
  readonly displayName: string
  /**
   * The resource that owns firewall and keys, by its ARM type in lower case: `microsoft.storage/storageaccounts`. Or the kind of server that is known
   * by its endpoint only. `soldAs`: an ARM type, in lower case, whose ids its users have, and which do not tell the endpoint.
   */
  readonly on: { readonly armType: string } | { readonly endpoint: EndpointService; readonly soldAs?: string }
  readonly child: Child
  /** Children that belong to the server itself: the app makes no user in them. */
  readonly ownChildren?: readonly string[]
  /** Other names for it in tags. */
  readonly aliases: readonly string[]
  /** Azure gives out no credential of it: with auth `secret` the author provides one. Absent: it does. */
  readonly gives?: 'nothing'
  /** First = default. */
  readonly auth: readonly Auth[]
  readonly clients: readonly string[]
  /** Clients that Azure Service Connector documents for some auth types only. */
  readonly clientsByAuth?: Readonly<Partial<Record<Auth, readonly string[]>>>
  readonly grants: Grants
  /** Dapr components on it; first = default. */
  readonly dapr?: readonly DaprType[]
  /** The cluster extension that can bring its content into a namespace. */
  readonly kubernetesExtension?: ClusterExtensionName
  /** Its objects can be mounted into pods: a key vault. */
  readonly mountable?: true
  /** The keys of the Secret before customizing: exactly those of Azure Service Connector. */
  keys(auth: Auth, client: string): readonly string[]
  /** Keys beside those where an extension of the cluster reads the Secret. */
  extensionKeys?(auth: Auth, client: string): readonly string[]
}

/** By its name or an alias, ignoring case. */
export function targetTypeNamed(word: string, types: readonly TargetType[]): TargetType | undefined {
  const name = word.toLowerCase()
  return types.find((type) => [type.type, ...type.aliases].some((other) => other.toLowerCase() === name))
}
