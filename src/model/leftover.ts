// Leftovers: objects whose connection is gone, and what the sweep decides about each (docs/cleanup.md).
import { keyOf, type Loop } from './loop.ts'

/** Kinds that the sweep looks for in clusters. ConfigMap: the one with the status of a namespace's connections. */
export type SweptKind = 'Secret' | 'ServiceAccount' | 'SecretProviderClass' | 'ConfigMap'

/** Whose connection it was: one of this installation, or one of Azure Service Connector. */
export type Product = 'installation' | 'azure-service-connector'

/** An object of a cluster as a metadata-only list shows it: no value of a Secret is among it. */
export type ListedObject = {
  readonly kind: SweptKind
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly resourceVersion: string
  readonly labels: Readonly<Record<string, string>>
  /** Only those that the sweep reads. */
  readonly annotations: Readonly<Record<string, string>>
  /** Field managers. `marks`: it wrote the owner's label. */
  readonly writers: readonly { readonly name: string; readonly marks: boolean }[]
  /** Keys of its data, as far as field managers tell. */
  readonly dataKeys: readonly string[]
  /** It has an owner of its own, which takes it along. */
  readonly isOwned: boolean
  /** Deleted already; finalizers hold it. */
  readonly isGoing: boolean
}

export type ObjectRef = Pick<ListedObject, 'kind' | 'namespace' | 'name'>
export const refText = ({ kind, namespace, name }: ObjectRef): string => `${kind} ${namespace}/${name}`

export const verdicts = [
  'left over',
  'marked',
  'waiting',
  'deleted',
  'used',
  'unknown',
  'opted out',
  'unproven',
  'system',
  'refused',
  'recovered',
  'gone',
] as const
/**
 * `left over`: deletion is off. `marked`: the grace runs. `waiting`: a cap was reached. `used`, `opted out`: spared. `unknown`: not all of its possible
 * users could be read. `unproven`: it carries the marks, but no proof that the product made it. `system`: in a namespace where nothing is deleted.
 * `refused`: the delete failed. `recovered`: it has an owner again. `gone`: it is not there any more, or another object has its name.
 */
export type Verdict = (typeof verdicts)[number]

/** What the store remembers of a leftover, by its uid: a mark on the object itself can be forged. Times in ms since the epoch. */
export type Suspect = {
  readonly id: string
  readonly uid: string
  readonly kind: string
  readonly place: string
  readonly product: Product
  /** First seen without an owner. */
  readonly since: number
  /** Since when it was free in every look that could tell. */
  readonly freeSince?: number
  /** When it was marked. */
  readonly markedAt?: number
  readonly verdict: Verdict
  readonly reason: string
  readonly users?: readonly string[]
  /** Key of the identity that has it, which goes after it. */
  readonly heldBy?: string
  /** A person approved its deletion. */
  readonly approved?: { readonly by: string; readonly at: number }
  /** Of an object in a cluster: its resourceVersion when it was last looked at, or marked. */
  readonly version?: string
  readonly etag?: string
}

/** One line of a report. `before`: its verdict in the previous run; absent where it is new. */
export type ReportEntry = Omit<Suspect, 'etag'> & { readonly cluster?: string; readonly before?: Verdict; readonly deletableAt?: number }

export type Skipped = { readonly cluster: string; readonly code: string; readonly reason: string }

/** Sums of a run. `objects`: how many of the installation's own were listed. */
export type SweepReport = {
  readonly id: string
  readonly mode: SweepMode
  /** `requested`: only clusters in which something happened. */
  readonly scope: 'fleet' | 'requested'
  readonly startedAt: number
  readonly finishedAt?: number
  /** Why the run ended before its first cluster. */
  readonly stopped?: string
  readonly clusters: number
  readonly skipped: readonly Skipped[]
  readonly skippedCount: number
  readonly objects: number
  readonly verdicts: Readonly<Partial<Record<Verdict, number>>>
  readonly changed: number
}

/** `report`: nothing is deleted but what a person approves. `own`: leftovers of this installation. `all`: also those of Azure Service Connector. */
export const sweepModes = ['report', 'own', 'all'] as const
export type SweepMode = (typeof sweepModes)[number]

export type SweepSettings = {
  readonly mode: SweepMode
  readonly graceMs: number
  /** Objects that one run deletes. */
  readonly most: number
  /** Of the objects that a cluster has of the product, the part that one run deletes there; one is always allowed. */
  readonly share: number
}

/** A request for a run that looks at everything, also in Azure. */
export const wholeFleet = 'fleet'

/** Where its row is, and what it is: an object that is made again under the same name is another one. */
export const suspectId = (cluster: Loop<'cluster'>, ref: ObjectRef, uid: string): string =>
  `${cluster.key}-${keyOf(`${refText(ref)} ${uid}`)}`
/** Ids of what is left over in Azure begin with this instead of a cluster's key. */
export const azureScope = 'azure'
export const azureSuspectId = (resource: string): string => `${azureScope}-${keyOf(resource)}`
export const isSuspectId = (text: string): boolean => /^([a-z2-7]{26}|azure)-[a-z2-7]{26}$/.test(text)

/** `20261127T143000000Z`: sorts by time. */
export const reportId = (at: number): string => new Date(at).toISOString().replaceAll(/[-:.]/g, '')
export const isReportId = (text: string): boolean => /^\d{8}T\d{9}Z$/.test(text)
