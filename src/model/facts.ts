// Facts: the non-secret outputs of a loop, all that another loop may know of it. Lists are sorted, so that equal facts are equal text.

import type { InvalidTag } from './invalid-tag.ts'
import type { LoopKind } from './loop.ts'
import type { Trouble } from './troubles.ts'

/** Read off the outcomes of the loop's steps (troubles.ts), not written by any of them. */
type Troubled = { readonly troubles?: readonly Trouble[] }

export type Facts = {
  cluster: ClusterFacts & Troubled
  target: TargetFacts & Troubled
  identity: IdentityFacts & Troubled
  connection: ConnectionFacts
}

export type ClusterFacts = {
  readonly location: string
  /** Changes when the cluster was deleted and made again under the same id: rows of the old one are void. */
  readonly uid: string
  readonly fqdn?: string
  readonly nodeGroup?: string
  /** What can keep the app from its API server: a private network, or authorized address ranges. */
  readonly apiServer?: 'private' | 'ranges'
  readonly running: boolean
  /** Own use only (see `privateFacts`): would wake every reader at each change. */
  readonly state: string
  readonly busy: boolean
  /** First of the two looks that found it missing (ResourceNotFound), and the second, at least 10 minutes later: gone. */
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
  /** All of its node pools are tainted CriticalAddonsOnly: no pod of an extension can be scheduled. */
  readonly criticalOnly?: true
  /** Registration state of Microsoft.KubernetesConfiguration: own use of install-extension. */
  readonly provider?: string
  /** The extension of Service Connector: `ready` takes what is handed over, `unwell` is there, but does not yet or no longer. */
  readonly extension?: 'ready' | 'unwell'
  /** Where the outbound addresses come from; `subnets` of the nodes and pods, where only their gateways or routes tell. */
  readonly outbound: { readonly type: string; readonly ids: readonly string[]; readonly subnets?: readonly string[] }
  readonly egressIps?: readonly string[]
  /** Subnets from which its pods' traffic comes, lower case; of the network that AKS made itself the group that it lies in. */
  readonly subnets?: readonly string[]
  /** Service endpoints of these subnets, as `<service>@<location>`; one that is not listed could not be read. */
  readonly endpoints?: Readonly<Record<string, readonly string[]>>
  /** Addresses that vanished: they stay open until `until` (ms since the epoch). */
  readonly leavingIps?: readonly { readonly ip: string; readonly until: number }[]
  /** Tags whose name begins with `connect-`: own use of read-declarations. */
  readonly tags: Readonly<Record<string, string>>
  /** Tags that are not understood. */
  readonly invalidTags?: readonly InvalidTag[]
  /** Declarations whose tag is gone, since when, and how long they are kept. */
  readonly vanished?: Readonly<Record<string, { readonly since: number; readonly graceMs: number }>>
}

/** One service of a resource, as a target type names it. */
export type ServiceFacts = { readonly endpoint: string }

export type TargetFacts = {
  readonly location: string
  /** By target type; one that this resource does not offer is missing. */
  readonly services: Readonly<Record<string, ServiceFacts>>
  readonly missingSince?: number
  readonly gone?: true
  readonly network: 'open' | 'rules' | 'closed'
  /** Whether the resource's own settings allow keys and connection strings. */
  readonly localAuth: boolean
  /** Addresses in its firewall as read-target saw them: own use of open-firewall, which tells others. */
  readonly firewallIps?: readonly string[]
  /** Addresses that its firewall lets in. */
  readonly allowedIps?: readonly string[]
  /** Subnets that its virtual network rules let in, lower case. */
  readonly allowedSubnets?: readonly string[]
  /** Which of Azure's own services its firewall lets pass, where it is not the usual `AzureServices`: own use of open-firewall. */
  readonly bypass?: string
  /** A network security perimeter decides, whatever its own rules say. */
  readonly perimeter?: true
  /** Changes when a key does; it is no key. */
  readonly keyVersion?: string
  /** When it was made: deleted and made again under the same id, it is another one. Absent where the service does not tell. */
  readonly createdAt?: string
}

/** What is known of the service of a type. `undefined`: it has not been read, or the resource does not offer it. */
export const serviceIn = ({ services = {} }: Partial<Pick<TargetFacts, 'services'>>, type: string): ServiceFacts | undefined =>
  Object.hasOwn(services, type) ? services[type] : undefined

export type IdentityFacts = {
  readonly clientId: string
  readonly principalId: string
  readonly tenant: string
  /** The place (client-options.ts) that we made it for. Absent: we did not make it. */
  readonly madeFor?: string
  /** `<issuer>|<subject>` of each credential that is there. */
  readonly credentials?: readonly string[]
  /** `<role id>@<scope>` of each assignment that is there, lower case. */
  readonly roles?: readonly string[]
  /** What limits those of them that are not ours, by their names above. `what`: the assignment in words. */
  readonly limits?: Readonly<Record<string, RoleLimits>>
  /** `<cluster key>/<namespace>` of each ServiceAccount that is there. */
  readonly serviceAccounts?: readonly string[]
}

export type RoleLimits = {
  readonly what: string
  readonly condition?: string
  readonly endsAt?: number
  readonly isDelegated?: true
}

export type ConnectionFacts = {
  /** `withdrawn`: refused after it had been granted, and still in its grace time. */
  readonly consent: 'granted' | 'withdrawn' | 'refused'
  readonly refusedSince?: number
  /** The policy that allows it. */
  readonly by?: string
  /** The namespace as it was last looked at: `<cluster uid>/<namespace>`, and since when it is missing. */
  readonly place?: { readonly of: string; readonly missingSince?: number }
  /** Who has its Kubernetes name, in words: then it waits, though a policy allows it. */
  readonly nameTaken?: string
  readonly secretName?: string
  readonly serviceAccount?: string
  /** The name that the ServiceAccount had before, and when it got another one: pods name it. */
  readonly formerAccount?: { readonly name: string; readonly at: number }
  /** Version of the secret that its author gave, where it is in the Key Vault. */
  readonly storedSecret?: string
  /**
   * What was proven, and when. `of`: a digest of credential, roles and target. `what`: `credential` where the target could not be asked. Own use of
   * prove-access and of the conditions.
   */
  readonly proven?: { readonly of: string; readonly at: number; readonly what: 'credential' | 'access' }
  /** Since when the proof of that digest is tried. */
  readonly proving?: { readonly of: string; readonly since: number }
  /** What its namespace was told, as a digest, in which cluster, and when it was last seen there: own use of publish-status. */
  readonly published?: { readonly text: string; readonly clusterUid: string; readonly at: number }
}

/**
 * What the other loops use of a cluster's facts: they see no others, and only a change of these wakes them. A hundred clusters have one target, and
 * what only their identities need must not wake it a hundred times. All facts of targets and identities are for connections.
 */
const clusterFactsFor = {
  cluster: [],
  target: ['location', 'egressIps', 'leavingIps', 'outbound', 'subnets', 'endpoints'],
  identity: [
    'uid',
    'gone',
    'missingSince',
    'location',
    'running',
    'fqdn',
    'apiServer',
    'issuer',
    'systemIdentities',
    'criticalOnly',
    'extension',
  ],
  connection: [
    ...['uid', 'gone', 'missingSince', 'location', 'running', 'fqdn', 'apiServer', 'issuer'],
    ...['workloadIdentity', 'egressIps', 'subnets', 'endpoints', 'criticalOnly', 'extension', 'troubles'],
  ] as (keyof Facts['cluster'])[],
} as const satisfies { readonly [K in LoopKind]: readonly (keyof Facts['cluster'])[] }

/** Facts of a loop as those of another kind may know them. */
export function factsFor(reader: LoopKind, of: LoopKind, facts: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  if (of !== 'cluster') return facts
  const names = new Set<string>(clusterFactsFor[reader])
  return Object.fromEntries(Object.entries(facts).filter(([name]) => names.has(name)))
}

/** Facts that only their own loop uses: a change of them wakes nobody. */
export const privateFacts: { readonly [K in LoopKind]: readonly (keyof Facts[K])[] } = {
  cluster: ['state', 'busy', 'tags', 'invalidTags', 'vanished', 'outbound', 'missingSince', 'provider'],
  target: ['missingSince', 'firewallIps', 'bypass'],
  identity: [],
  connection: [
    'consent',
    'refusedSince',
    'by',
    'nameTaken',
    'place',
    'secretName',
    'serviceAccount',
    'formerAccount',
    'proven',
    'proving',
    'storedSecret',
    'published',
  ],
}
