// Facts: the non-secret outputs of a loop, and all that another loop may know of it. Lists are sorted, so equal facts are equal text.
import type { AddonIdentity, AddonName } from './addon-identity.ts'
import type { AdmissionFacts } from './admission.ts'
import type { TransportName } from './connection.ts'
import type { DeclaredInCluster } from './declared-in-cluster.ts'
import type { InvalidTag } from './invalid-tag.ts'
import type { KeyInUse, RotationProgress } from './rotation.ts'
import type { TargetTypeName } from './target-type.ts'
import type { Trouble } from './troubles.ts'

/** Derived from the outcomes of the loop's steps (troubles.ts); no step writes it. */
type Troubled = { readonly troubles?: readonly Trouble[] }

export type Facts = {
  cluster: ClusterFacts & Troubled
  target: TargetFacts & Troubled
  identity: IdentityFacts & Troubled
  connection: ConnectionFacts
}

export type ClusterFacts = {
  readonly location: string
  /** Changes when the cluster was deleted and recreated under the same id: rows of the old one are void. */
  readonly uid: string
  readonly fqdn?: string
  readonly nodeGroup?: string
  /** What can keep the app from reaching the API server: a private network, or authorized address ranges. */
  readonly apiServer?: 'private' | 'ranges'
  /** Why no command runs in it through Azure as the app: the feature is off, or it would run as cluster administrator. Absent: nothing is in the way. */
  readonly commands?: 'off' | 'as administrator'
  /** Its API server is in a virtual network of its owner: AKS offers no identity bindings for such clusters. */
  readonly apiServerInVnet?: true
  readonly running: boolean
  /** Own use only (see `privateFacts`): otherwise each change would wake every reader. */
  readonly state: string
  readonly busy: boolean
  /** The first of the two reads that found it missing (ResourceNotFound); a second one at least 10 minutes later means gone. */
  readonly missingSince?: number
  readonly gone?: true
  readonly issuer?: string
  readonly workloadIdentity: boolean
  readonly tenant?: string
  /**
   * The cluster's own identities, those of its control plane, its kubelet and its add-ons: resource ids, client ids and object ids, lower case. No
   * connection of any cluster may use them.
   */
  readonly systemIdentities: readonly string[]
  /** Identities of enabled add-ons that connections can use. */
  readonly addons?: Readonly<Partial<Record<AddonName, AddonIdentity>>>
  /** All of its node pools are tainted CriticalAddonsOnly: no pod of an extension can be scheduled. */
  readonly criticalOnly?: true
  /** Registration state of Microsoft.KubernetesConfiguration: own use of install-extension. */
  readonly provider?: string
  /** Service Connector's extension: `ready` accepts requests; `unwell` exists, but does not accept them yet or any more. */
  readonly extension?: 'ready' | 'unwell'
  /** The Kubernetes provider of App Configuration, the same. */
  readonly appConfiguration?: 'ready' | 'unwell'
  /** Flux, the same: own use of configure-flux. */
  readonly flux?: 'ready' | 'unwell'
  /** Namespaces for which Flux reads what the app writes. */
  readonly fluxIn?: readonly string[]
  /** The identity of its nodes, by which Flux reads: own use of configure-flux. Absent: it has a service principal. */
  readonly kubelet?: { readonly clientId: string; readonly principalId: string }
  /** Where the outbound addresses come from; `subnets` of nodes and pods, if only their gateways or routes tell. */
  readonly outbound: { readonly type: string; readonly ids: readonly string[]; readonly subnets?: readonly string[] }
  readonly egressIps?: readonly string[]
  /** Subnets from which its pods' traffic comes, lower case; for the network that AKS created itself, its resource group. */
  readonly subnets?: readonly string[]
  /** Service endpoints of these subnets, as `<service>@<location>`; a subnet that is missing here could not be read. */
  readonly endpoints?: Readonly<Record<string, readonly string[]>>
  /** Addresses that vanished: they stay open until `until` (ms since the epoch). */
  readonly leavingIps?: readonly { readonly ip: string; readonly until: number }[]
  /** All of its tags, because policies match by them: own use of read-declarations. */
  readonly tags: Readonly<Record<string, string>>
  /** What ConfigMaps declare: own use of read-declarations. */
  readonly declared?: readonly DeclaredInCluster[]
  /** Tags that are invalid. */
  readonly invalidTags?: readonly InvalidTag[]
  /** Declarations that are gone, by the key of their connection: since when, and how long they are retained. */
  readonly vanished?: Readonly<Record<string, { readonly since: number; readonly graceMs: number }>>
}

/** One service of a resource, as a target type names it. */
export type ServiceFacts = {
  readonly endpoint: string
  /** Of its protocol, if that is not the one of the endpoint. */
  readonly host?: string
  /** Of services that have several: by a name that the type's values use. */
  readonly more?: Readonly<Record<string, string>>
  /** As the service calls it: `West Europe`. */
  readonly region?: string
}

export type TargetFacts = {
  readonly location: string
  /** By target type; a type that this resource does not offer is missing. */
  readonly services: Readonly<Record<string, ServiceFacts>>
  readonly missingSince?: number
  readonly gone?: true
  readonly network: 'open' | 'rules' | 'closed'
  /** Whether the resource's own settings allow keys and connection strings. */
  readonly localAuth: boolean
  /** Azure roles have no effect on its data, as in a vault with access policies. */
  readonly ignoresRoles?: true
  /** Whether it accepts tokens of Entra ID. Absent: it does. */
  readonly tokenAuth?: boolean
  /** Addresses in its firewall as read-target observed them: own use of open-firewall, which publishes `allowedIps`. */
  readonly firewallIps?: readonly string[]
  /** Addresses that its firewall allows. */
  readonly allowedIps?: readonly string[]
  /** Subnets that its virtual network rules allow, lower case. */
  readonly allowedSubnets?: readonly string[]
  /** Which Azure services bypass its firewall, if it is not the usual `AzureServices`: own use of open-firewall. */
  readonly bypass?: string
  /** A network security perimeter decides, regardless of the resource's own rules. */
  readonly perimeter?: true
  /** The subnet that it is inside of, lower case: it has no public address. */
  readonly injectedInto?: string
  /** The private DNS zone that has its name then, lower case. */
  readonly privateZone?: string
  /** Changes when a key does; it is not a key. */
  readonly keyVersion?: string
  /** Which of its keys connections use. Absent: the first, because none was ever rotated. */
  readonly keys?: KeyInUse
  /** How far the last requested rotation is: own use of rotate-keys. */
  readonly rotation?: RotationProgress
  /** When it was created: a resource recreated under the same id is a different one. Absent if the service does not tell. */
  readonly createdAt?: string
}

/** What is known of a type's service. `undefined`: it has not been read, or the resource does not offer it. */
export const serviceIn = ({ services = {} }: Partial<Pick<TargetFacts, 'services'>>, type: TargetTypeName): ServiceFacts | undefined =>
  Object.hasOwn(services, type) ? services[type] : undefined

/** Those of admission are for the loop's own use. */
export type IdentityFacts = AdmissionFacts & {
  readonly clientId: string
  readonly principalId: string
  readonly tenant: string
  /** The place (client-options.ts) that the app created it for. Absent: the app did not create it. */
  readonly madeFor?: string
  /** `<issuer>|<subject>` of each existing credential. */
  readonly credentials?: readonly string[]
  /** Keys of the clusters that it is bound to. */
  readonly bindings?: readonly string[]
  /** `<cluster key>/<namespace>` where the roles of the cluster permit the pods to use it. */
  readonly permitted?: readonly string[]
  /** `<grant>@<scope>` of each existing grant, lower case (grant-fact.ts): `<role id>@<ARM id>` for an Azure role. */
  readonly roles?: readonly string[]
  /** What limits the grants, keyed as in `roles`. `what`: the grant in words. */
  readonly limits?: Readonly<Record<string, RoleLimits>>
  /** `<cluster key>/<namespace>` of each existing ServiceAccount. */
  readonly serviceAccounts?: readonly string[]
}

export type RoleLimits = {
  readonly what: string
  readonly condition?: string
  readonly endsAt?: number
  readonly isDelegated?: true
  /** Of tables that it does not cover. */
  readonly owners?: readonly string[]
}

export type ConnectionFacts = {
  /** `withdrawn`: refused after it had been granted, and still in its grace period. */
  readonly consent: 'granted' | 'withdrawn' | 'refused'
  readonly refusedSince?: number
  /** The policy that allows it. */
  readonly by?: string
  /** Of one that leaves its transport to the app: which it is, and why. */
  readonly transport?: { readonly transport: TransportName; readonly because: string }
  /** The namespace as last read: `<cluster uid>/<namespace>`, and since when it is missing. */
  readonly place?: { readonly of: string; readonly missingSince?: number }
  /** Who holds its Kubernetes name, in words: it then waits, even if a policy allows it. */
  readonly nameTaken?: string
  readonly secretName?: string
  /** The Secret in the shape of the Service Binding specification. */
  readonly bindingSecret?: string
  readonly daprComponent?: string
  /** The Secret of its keys. */
  readonly daprSecret?: string
  /** As `keyOf`, of these two Secrets. */
  readonly shapesKeyOf?: number
  /** The rotation of the target's keys (by when it was requested) whose key its Secret has. */
  readonly keyOf?: number
  readonly serviceAccount?: string
  readonly secretProviderClass?: string
  /** The ConfigMap that an extension of the cluster makes of the target's content. */
  readonly configMap?: string
  /** The ServiceAccount's previous name, and when it changed: pods may still name it. */
  readonly formerAccount?: { readonly name: string; readonly at: number }
  /** Version of the secret that its author provided, if it is in the Key Vault. */
  readonly storedSecret?: string
  /**
   * What was verified, and when. `of`: a digest of credential, roles and target. `what`: `credential` if the target could not be asked. Own use of
   * prove-access and of the conditions.
   */
  readonly proven?: { readonly of: string; readonly at: number; readonly what: 'credential' | 'access' }
  /** Since when verification of that digest has been tried. */
  readonly proving?: { readonly of: string; readonly since: number }
  /** Digest of the status written to its namespace, in which cluster, and when it was last observed there: own use of publish-status. */
  readonly published?: { readonly text: string; readonly clusterUid: string; readonly at: number }
}
