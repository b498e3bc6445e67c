// What a step may read: its loop, the loop's members, facts. No I/O, no clock but `now`.
import type { Connection, OnDelete } from './connection.ts'
import type { Facts } from './facts.ts'
import type { Guarded, OwnResources } from './guarded.ts'
import type { Loop, LoopKind } from './loop.ts'
import type { LedgerEntry } from './managed-object.ts'
import type { Policy } from './policy.ts'
import type { Rotation } from './rotation.ts'
import type { StepName } from './step-name.ts'

/** The installation's settings that pure code needs. Times in milliseconds. */
export type Installation = {
  /** Short text in every owner mark, so that two installations never touch each other's objects. */
  readonly name: string
  readonly tenant: string
  /** A withdrawn declaration or consent is honoured for this long. */
  readonly graceMs: number
  /** … and this long where at least four and more than half vanish in one read. */
  readonly massGraceMs: number
  /**
   * A missing target is gone if it is still missing this long after the first read; a cluster only once its grace period has passed as well
   * (contract/missing.ts).
   */
  readonly goneAfterMs: number
  /** An egress address that is no longer used stays open this long. */
  readonly leavingMs: number
  /** Resource group id for the identities that the app creates; absent = the cluster's group. */
  readonly identityGroup?: string
  /** Resources of the app itself. */
  readonly own?: OwnResources
  /** `false`: no connection status is written to namespaces. */
  readonly publishStatus?: false
  /** What becomes of what was made for connections that are removed, where neither they nor their policy say so. Absent: it is removed. */
  readonly onDelete?: OnDelete
  /** App teams declare connections in ConfigMaps of their namespaces. */
  readonly declareInCluster?: true
  /** A target's own tag is consent. */
  readonly targetConsent?: true
  /** The addresses that the app goes out with, as firewall rules: at servers of databases it may let them in. Absent: it never lets itself in. */
  readonly ownAddresses?: readonly string[]
  /** Name of the storage account that Flux reads from. Absent: no connection goes by Flux. */
  readonly fluxAccount?: string
  /** Whether a pod can connect is tried out before a connection is `Succeeded`. */
  readonly proveAccess?: true
}

export type View<K extends LoopKind = LoopKind> = {
  readonly loop: Loop<K>
  /** Of a connection's own loop. */
  readonly self?: Connection
  readonly removing: boolean
  /** Those that consented and are not leaving. */
  readonly members: readonly Connection[]
  /** Those for which the loop only reads: before anything is created for them, or because their namespace or target is gone. */
  readonly readers: readonly Connection[]
  /** A connection is leaving: what no other needs goes. */
  readonly leaving?: true
  /** Those that are leaving, and whose objects stay. */
  readonly keeping?: readonly Connection[]
  /** This loop's own facts, so far. */
  readonly facts: Partial<Facts[K]>
  /** The facts of a loop of a kind that the step `reads`; empty where it is not known yet. */
  of<O extends LoopKind>(loop: Loop<O>): Partial<Facts[O]>
  /** The ledger of this loop, by step. */
  tracked(step: StepName): readonly LedgerEntry[]
  readonly policies: readonly Policy[]
  /** Identities that no policy can allow. Absent if the step's members provide none. */
  readonly guarded?: Guarded
  readonly installation: Installation
  /** Of a connection: when its current generation was requested. */
  readonly desiredAt?: number
  /** When a person last requested a reconcile. */
  readonly requestedAt?: number
  /** Of a target: the last rotation of its keys that a person requested. */
  readonly rotation?: Rotation
  /** App id of the last other writer of the loop's resource, according to events. */
  readonly writer?: { readonly app: string; readonly at: number }
  readonly now: number
}
