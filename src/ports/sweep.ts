// What the sweep reaches: the objects of one cluster, and its own rows in the store. Types only.
import type { Connection } from '../model/connection.ts'
import type { ClusterFacts, IdentityFacts } from '../model/facts.ts'
import type { ListedObject, ObjectRef, ReportEntry, Suspect, SweepReport, SweptKind } from '../model/leftover.ts'
import type { Key, Loop } from '../model/loop.ts'
import type { Problem } from '../model/problem.ts'
import type { Credential, Identity } from './azure.ts'
import type { Provenance } from './ports.ts'

/** What refers to objects. `missing`: kinds that could not be listed, so that their objects may be users, too. `unchecked`: kinds that are only a bonus. */
export type Users = {
  of(object: ObjectRef): readonly string[]
  readonly missing: readonly string[]
  readonly unchecked: readonly string[]
}

/** A cluster as the sweep sees it. All methods throw `Failure`. */
export interface SweptCluster {
  /** Marks and deletes of a round go at the same time, and at most so many. Absent: one after the other. */
  readonly atOnce?: number
  /**
   * Every object of the kind with this installation's labels, or every one that is named as connections name theirs, if not all, by metadata alone.
   * `undefined`: the cluster has no such kind.
   */
  list(kind: SweptKind, which: 'own' | 'all'): Promise<readonly ListedObject[] | undefined>
  hasNamespace(name: string): Promise<boolean>
  /** At most one list for each kind that can use an object. Refusals are in `missing`. */
  usersOf(objects: readonly ObjectRef[]): Promise<Users>
  /** Annotation and Event, under the object's uid and resourceVersion. Returns the version that it has then, if the answer says so. */
  mark(object: ListedObject, text: string, at: number): Promise<string | undefined>
  unmark(object: ListedObject): Promise<string | undefined>
  /** Under its uid and resourceVersion; already gone is fine. */
  remove(object: ListedObject): Promise<void>
}

/** What commands in the cluster see: all of it was listed by one when this answers. Throws `Failure`. */
export type OpenByCommand = (cluster: Loop<'cluster'>) => Promise<SweptCluster>

/** How a cluster is opened for the sweep; a problem says why it cannot be. `fqdn`: from ARM. */
export type OpenSwept = (cluster: Loop<'cluster'>, fqdn: string | undefined) => Promise<SweptCluster | Problem>

/** What the sweep remembers of a cluster. */
export type SweptRow = {
  /** The extension of Azure Service Connector was seen there, on the cluster with this uid. */
  readonly extensionOf?: string
  /** Ids of objects, hashed, that installations of this app handed to the extension: its settings as they were last seen. */
  readonly handed?: readonly string[]
  /** When a command of the sweep was last sent to it, in ms since the epoch. */
  readonly commandedAt?: number
}

/** A loop as the sweep sees it. `tracked`: ids of the objects in its ledger. */
type Looked = {
  readonly self?: Connection
  readonly members: readonly Connection[]
  readonly facts: Partial<ClusterFacts & IdentityFacts>
  readonly tracked: ReadonlySet<string>
}

/** By scope, the version of the request. */
export type Requests = ReadonlyMap<string, string>

/** The sweep's own rows, and its way to read those of loops. */
export interface SweepStore {
  /** All rows of a loop, past the caches of the store: a run over a fleet would fill them. `undefined`: there is no such loop. */
  look(loop: Pick<Loop, 'kind' | 'key'>): Promise<Looked | undefined>
  /** `scope`: key of a cluster, or `azure`. */
  suspects(scope: string): Promise<readonly Suspect[]>
  suspect(id: string): Promise<Suspect | undefined>
  /** Writes what differs from `before`; one that was approved meanwhile keeps the approval. */
  note(before: readonly Suspect[], after: readonly Suspect[]): Promise<void>
  approve(id: string, approved: NonNullable<Suspect['approved']>): Promise<Suspect | undefined>
  cluster(cluster: Key): Promise<SweptRow>
  putCluster(cluster: Key, row: SweptRow): Promise<void>
  /** A whole look at the cluster with the next run. `scope`: key of a cluster, or `fleet`. */
  request(scope: string): Promise<void>
  requested(): Promise<Requests>
  /** One that was made again since it was read stays. */
  answered(scope: string, request: string): Promise<void>

  begin(report: SweepReport): Promise<void>
  add(report: string, entries: readonly ReportEntry[]): Promise<void>
  finish(report: SweepReport): Promise<void>
  report(id: string): Promise<SweepReport | undefined>
  /** The newest first. */
  reports(most: number): Promise<readonly SweepReport[]>
  /** In the order of their ids, after that one. */
  entries(report: string, after: string | undefined): AsyncIterable<ReportEntry>
  /** Deletes reports that began before then. */
  purgeReports(before: number): Promise<number>
}

/** What is looked for in Azure. */
export type AzureKind =
  | 'ManagedIdentity'
  | 'RoleAssignment'
  | 'FirewallRule'
  | 'CosmosDataRole'
  | 'RedisAccessPolicy'
  | 'DatabaseUser'
  | 'FederatedCredential'
  | 'VaultAccessPolicy'

/** A resource with this installation's mark or name. `owner`: key of the loop that the mark names. `grant`: of a role assignment, as far as a list tells. */
export type MadeInAzure = {
  readonly kind: AzureKind
  readonly id: string
  readonly owner: string
  readonly grant?: { readonly scope: string; readonly principalId: string; readonly roleId: string }
}
export type AssignmentInAzure = Readonly<Record<'scope' | 'principalId' | 'roleDefinitionId' | 'description', string>>

/** An identity that may have a grant. `key`: of its loop. */
export type Holder = { readonly key: Key; readonly principalId: string; readonly clientId: string }

/** A grant that has no mark but a name as the app gives it: on the data of a resource, or a user of a database. */
export type NamedGrant = {
  readonly kind: Extract<AzureKind, 'CosmosDataRole' | 'RedisAccessPolicy' | 'DatabaseUser'>
  /** Of its own, or of the resource followed by its name. */
  readonly id: string
  /** What ledgers and members of an identity may call it (model/grant-fact.ts). */
  readonly facts: readonly string[]
  /** Whether that identity's loop would give it this name. */
  isNamedFor(identity: Key): boolean
  isHeldBy(holder: Holder): Promise<boolean>
  /** Takes it from this holder alone. */
  remove(holder: Holder): Promise<void>
}

/** All methods throw `Failure`. */
export interface NamedGrants {
  /** Types of the resources that can have such grants, lower case. */
  readonly types: readonly string[]
  /** `isKnown`: the store has this target. */
  on(resource: string, isKnown: boolean): Promise<readonly NamedGrant[]>
}

/** Azure as the sweep sees it. All methods throw `Failure`; deleting what does not exist is not an error. */
export interface SweptAzure {
  /** By Resource Graph, of what the app may read: it lags. */
  made(): AsyncIterable<MadeInAzure>
  /** Ids of all resources of these types, by Resource Graph. */
  ofTypes(types: readonly string[]): AsyncIterable<string>
  /** Ids of all resources of those types and names, by Resource Graph. */
  namesakes(of: readonly { readonly type: string; readonly names: readonly string[] }[]): Promise<readonly string[]>
  /** Whether Resource Graph shows the resource with this id. */
  isListed(id: string): Promise<boolean>
  identity(id: string): Promise<Identity | undefined>
  credentials(id: string): Promise<readonly Credential[] | undefined>
  assignment(id: string): Promise<AssignmentInAzure | undefined>
  removeIdentity(id: string): Promise<void>
  removeAssignment(id: string): Promise<void>
  removeCredential(identity: string, name: string): Promise<void>
  readonly grants: NamedGrants
  readonly provenance: Provenance
}
