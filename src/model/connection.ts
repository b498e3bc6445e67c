// A connection: a namespace of a cluster joined to an Azure service.
import type { Key, Loop } from './loop.ts'
import type { SecretRef, ServicePrincipal } from './service-principal.ts'

export type Origin = 'http' | 'tag' | 'policy'

/** How the objects of a connection get into its cluster (docs/transports.md). First = default. */
export const transports = ['direct', 'extension'] as const
export type TransportName = (typeof transports)[number]

/** What a door asked for, normalised: every default filled in, every id resolved. */
export type ConnectionSpec = {
  readonly key: Key
  readonly origin: Origin
  /** As its author wrote it; `(cluster, lower-cased name)` is one connection. */
  readonly name: string
  readonly cluster: Loop<'cluster'>
  /** The resource that owns firewall and keys: the storage account. */
  readonly target: Loop<'target'>
  /** The target as asked for, with its child: `…/blobServices/default`. */
  readonly targetId: string
  /** The target type: `storage-blob`. */
  readonly type: string
  /** Absent where the auth type needs none (`secret`). */
  readonly identity?: Loop<'identity'>
  /** The identity was named by the user; otherwise it is made by us. */
  readonly provided: boolean
  /** Of auth `service-principal`. */
  readonly servicePrincipal?: ServicePrincipal
  /** Of auth types whose secret the author gives. */
  readonly secret?: SecretRef
  readonly namespace: string
  /** Connections of one (cluster, namespace, workload) share an identity and ServiceAccount, because a pod has one. */
  readonly workload: string
  readonly auth: string
  readonly client: string
  /** Role definition ids (GUIDs), lower case; empty = opted out (`role=none`). */
  readonly roles: readonly string[]
  readonly firewall: 'open' | 'keep'
  readonly transport: TransportName
  /** The original's `configurationInfo.customizedKeys`: default key -> own key. */
  readonly customizedKeys?: Readonly<Record<string, string>>
}

/** `generation` grows with each change of what is desired. */
export type Connection = ConnectionSpec & { readonly generation: number }

/** The ARM id of a connection: it is an extension resource of its cluster, as in the original. */
export const linkerId = (clusterId: string, name: string): string => `${clusterId}/providers/Microsoft.ServiceLinker/linkers/${name}`

/**
 * How a loop serves a connection. `reading`: it only looks, for nobody knows yet that namespace and target are there. `lapsed`: it only looks again, for
 * the namespace is gone. Absent: in full.
 */
export type Stage = 'reading' | 'lapsed'

/** The loops it joins once it has consent. */
export const loopsOf = (connection: ConnectionSpec): readonly Loop[] => [
  connection.cluster,
  connection.target,
  ...(connection.identity ? [connection.identity] : []),
]

/** Whose pods it is for. A pod has one ServiceAccount, so the connections of one place share an identity, and those of two never do. */
export const placeOf = ({ cluster, namespace, workload }: Pick<ConnectionSpec, 'cluster' | 'namespace' | 'workload'>): string =>
  `${cluster.id}|${namespace}|${workload}`.toLowerCase()

/** The same place keeps the identity that it has, whatever the names are by now of those that are made. */
export const withIdentityOf = (before: ConnectionSpec | undefined, spec: ConnectionSpec): ConnectionSpec =>
  before?.identity && spec.identity && !before.provided && !spec.provided && placeOf(before) === placeOf(spec)
    ? { ...spec, identity: before.identity }
    : spec
