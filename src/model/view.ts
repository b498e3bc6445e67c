// What a step may look at: its loop, the loop's members, facts. No I/O, no clock but `now`.
import type { Connection } from './connection.ts'
import type { Facts } from './facts.ts'
import type { Guarded, OwnResources } from './guarded.ts'
import type { Loop, LoopKind } from './loop.ts'
import type { LedgerEntry } from './managed-object.ts'
import type { Policy } from './policy.ts'

/** The installation's rules that pure code needs. Times in milliseconds. */
export type Installation = {
  /** Short text that is in every mark of ours, so that two installations never touch each other's things. */
  readonly name: string
  readonly tenant: string
  /** A withdrawn declaration or consent is kept this long. */
  readonly graceMs: number
  /** … and this long where at least four and more than half vanish in one read. */
  readonly massGraceMs: number
  /** A missing target is gone when it is missing again this long after the first look, a cluster when its grace has passed as well (contract/missing.ts). */
  readonly goneAfterMs: number
  /** An egress address that vanished stays open this long. */
  readonly leavingMs: number
  /** Resource group id for identities of ours; absent = the cluster's group. */
  readonly identityGroup?: string
  /** Resources of the app itself. */
  readonly own?: OwnResources
  /** `false`: namespaces are not told how their connections are. */
  readonly publishStatus?: false
  /** It is tried whether a pod can connect, before a connection is `Succeeded`. */
  readonly proveAccess?: true
}

export type View<K extends LoopKind = LoopKind> = {
  readonly loop: Loop<K>
  /** Of a connection's own loop. */
  readonly self?: Connection
  readonly removing: boolean
  /** Those that consented and are not leaving. */
  readonly members: readonly Connection[]
  /** Those for which the loop only reads: what they need is looked at before anything is made for them, or is gone. */
  readonly readers: readonly Connection[]
  /** This loop's own facts, so far. */
  readonly facts: Partial<Facts[K]>
  /** The facts of a loop of a kind that the step `reads`; empty where it is not known yet. */
  of<O extends LoopKind>(loop: Loop<O>): Partial<Facts[O]>
  /** The ledger of this loop, by step. */
  tracked(step: string): readonly LedgerEntry[]
  readonly policies: readonly Policy[]
  /** Identities that no policy can allow. Absent where the step's members brought none along. */
  readonly guarded?: Guarded
  readonly installation: Installation
  /** Of a connection: when its present generation was asked for. */
  readonly desiredAt?: number
  /** When a person last asked for a look. */
  readonly requestedAt?: number
  /** App id of whoever else wrote to the loop's resource lately, as events said. */
  readonly writer?: { readonly app: string; readonly at: number }
  readonly now: number
}
