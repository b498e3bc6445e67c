// A connection: a namespace of a cluster joined to an Azure service.

import type { Auth } from './auth.ts'
import type { DaprProperties } from './dapr.ts'
import type { Federation } from './federation.ts'
import type { Key, Loop } from './loop.ts'
import type { KeptSecret, SecretRef } from './secret-ref.ts'
import type { ServicePrincipal } from './service-principal.ts'
import type { TargetTypeName } from './target-type.ts'
import type { VaultObject } from './vault-object.ts'

export type Origin = 'http' | 'tag' | 'policy' | 'configmap'

/** How the objects of a connection get into its cluster (docs/transports.md). First = default. */
export const transports = ['direct', 'extension', 'run-command', 'flux'] as const
export type TransportName = (typeof transports)[number]
/** `auto`: the app chooses (transports/auto.ts). */
export const declaredTransports = [...transports, 'auto'] as const
export type DeclaredTransport = (typeof declaredTransports)[number]
export const [defaultTransport] = transports

/** What becomes of what was made for a connection when it is removed. First = default. */
export const onDeletes = ['remove', 'keep'] as const
export type OnDelete = (typeof onDeletes)[number]

export const keyNamings = ['perConnection'] as const
export type KeyNaming = (typeof keyNamings)[number]

export const shapes = ['servicebinding'] as const
export type Shape = (typeof shapes)[number]

/** The input of any handler, normalized: every default filled in, every id resolved. */
export type ConnectionSpec = {
  readonly key: Key
  readonly origin: Origin
  /** Of origin `policy`: its name. */
  readonly policy?: string
  /** As its author wrote it; `(cluster, lower-cased name)` is one connection. */
  readonly name: string
  readonly cluster: Loop<'cluster'>
  /** The resource that owns firewall and keys: the storage account. Or an endpoint without an ARM id (`endpointOf`). */
  readonly target: Loop<'target'>
  /** The target as requested, with its child: `…/blobServices/default`. That of the loop where it is an endpoint. */
  readonly targetId: string
  readonly type: TargetTypeName
  /** Absent where the auth type needs none (`secret`). */
  readonly identity?: Loop<'identity'>
  /** The author named the identity, or it is that of an add-on; otherwise the app creates it. */
  readonly provided: boolean
  /** How the identity trusts the pods. Absent: by federated credentials. */
  readonly federation?: Federation
  /** Of auth `service-principal`. */
  readonly servicePrincipal?: ServicePrincipal
  /** For auth types whose secret the author provides; with it the name of its user, where it has one. */
  readonly secret?: SecretRef
  readonly userName?: string
  /** In place of `secret`: one in a Key Vault of the author's. */
  readonly keptSecret?: KeptSecret
  readonly namespace: string
  /** Connections of one (cluster, namespace, workload) share an identity and ServiceAccount, because a pod has one. */
  readonly workload: string
  readonly auth: Auth
  readonly client: string
  /** What the identity is granted: texts of grants (grant.ts), so an Azure role is its GUID; empty = opted out (`role=none`). */
  readonly roles: readonly string[]
  readonly firewall: 'open' | 'keep'
  readonly transport: DeclaredTransport
  /** `configurationInfo.customizedKeys` of Azure Service Connector: default key -> custom key. */
  readonly customizedKeys?: Readonly<Record<string, string>>
  /** Keys contain the connection's name, so that two connections of a type fit into one environment (secret-key-names.ts). */
  readonly keyNaming?: KeyNaming
  /** `configurationInfo.daprProperties`: a Dapr component. */
  readonly dapr?: DaprProperties
  /** A second Secret in the shape of the Service Binding specification. */
  readonly shape?: Shape
  /** `configurationInfo.additionalConfigurations`: keys and values that the author adds to the Secret. No secrets. */
  readonly additionalConfigurations?: Readonly<Record<string, string>>
  /** An extension of the cluster brings the target's content into the namespace: App Configuration as a ConfigMap. */
  readonly kubernetesExtension?: true
  /** Objects of a key vault that its pods mount as files; at least one. */
  readonly vaultObjects?: readonly VaultObject[]
  /** `configurationInfo.additionalConnectionStringProperties`: what the author adds to the end of connection strings. No secrets. */
  readonly additionalConnectionStringProperties?: Readonly<Record<string, string>>
  /** Absent: as the policy says that allows it, or the installation (contract/on-delete.ts). */
  readonly onDelete?: OnDelete
  /** Its author wants nothing to be written for it for now. */
  readonly paused?: true
}

/** `generation` grows with each change of the spec. */
export type Connection = ConnectionSpec & { readonly generation: number }

/** What is not declared over HTTP is declared by the loop of its cluster, which alone decides between tag, policy and the like. */
export const hasSameAuthor = (one: Pick<ConnectionSpec, 'origin'>, other: Pick<ConnectionSpec, 'origin'>): boolean =>
  (one.origin === 'http') === (other.origin === 'http')

/** The ARM id of a connection: an extension resource of its cluster, as with Azure Service Connector. */
export const linkerId = (clusterId: string, name: string): string => `${clusterId}/providers/Microsoft.ServiceLinker/linkers/${name}`

/**
 * How a loop serves a connection. `reading`: it only reads, because it is not known yet whether namespace and target exist. `lapsed`: it only reads
 * again, because the namespace is gone. Absent: fully.
 */
export type Stage = 'reading' | 'lapsed'

/** The loops that it joins once it has consent. */
export const loopsOf = (connection: ConnectionSpec): readonly Loop[] => [
  connection.cluster,
  connection.target,
  ...(connection.identity ? [connection.identity] : []),
]

/**
 * The pods that it serves. A pod has one ServiceAccount, so connections of the same place share an identity, and connections of different places
 * never do.
 */
export const placeOf = ({ cluster, namespace, workload }: Pick<ConnectionSpec, 'cluster' | 'namespace' | 'workload'>): string =>
  `${cluster.id}|${namespace}|${workload}`.toLowerCase()

/** The same place keeps the identity that it has, even if new identities are named differently by now. */
export const withIdentityOf = (before: ConnectionSpec | undefined, spec: ConnectionSpec): ConnectionSpec =>
  before?.identity && spec.identity && !before.provided && !spec.provided && placeOf(before) === placeOf(spec)
    ? { ...spec, identity: before.identity }
    : spec
