// What the store knows, as its readers get it and as its writers give it. Types only.
import type { Authors } from '../model/author.ts'
import type { Connection, Stage } from '../model/connection.ts'
import type { Evidence } from '../model/evidence.ts'
import type { Key, Loop, LoopKind } from '../model/loop.ts'
import type { LedgerEntry } from '../model/managed-object.ts'
import type { StepRow } from '../model/outcome.ts'
import type { Rotation } from '../model/rotation.ts'
import type { StepName } from '../model/step-name.ts'
import type { View } from '../model/view.ts'

/** Why a loop was touched. `event`, `audit`, `manual`: every step runs again. `facts`, `wake`: only steps that are due or have changed inputs. */
export type Touch = 'event' | 'audit' | 'manual' | 'facts' | 'wake'

/**
 * Whether to wake the loop. One that was due before has been woken for that, or is at work and will be refused its sleep: another event would
 * only make it advance once more for nothing. Should that wake be lost, the heartbeat finds the loop. `absent`: there is no such loop.
 */
export type Touched = 'wake' | 'no wake' | 'absent'

/** The loop's own row. Times in ms since the epoch. */
export type LoopRow = {
  readonly loop: Loop
  readonly etag: string
  readonly createdAt: number
  /** The wake-up time; at the end of an instance the next audit. */
  readonly dueAt: number
  /** Grows with each event and audit: steps that have not seen this resync must run again. A counter, because clocks can stand still. */
  readonly resync: number
  readonly auditAt: number
  /** Coming heartbeats that find the loop in the index of due times, in minutes since the epoch. */
  readonly indexed?: readonly number[]
  /** Of a connection: its spec, and whether it is to be removed. */
  readonly self?: Connection
  readonly removing: boolean
  /** Of a connection: when its current generation was requested. */
  readonly desiredAt?: number
  /** Of a connection. */
  readonly authors?: Authors
  /** When a person last requested a reconcile. */
  readonly requestedAt?: number
  /** Of a target: the last rotation of its keys that a person requested. */
  readonly rotation?: Rotation
  /** App id of the last other writer of the resource, according to events. */
  readonly writer?: { readonly app: string; readonly at: number }
  /** What lists last said about its objects. */
  readonly listed?: Evidence
}

export type Member = {
  readonly connection: Connection
  /** Since when it is leaving: it is no longer in any view. */
  readonly leavingSince?: number
  /** What was made for it stays. */
  readonly keeping?: true
  readonly stage?: Stage
}

/** `keeping`: what was made for it stays. */
export type Leaving = Pick<Member, 'keeping'>

/** A member row as check-consent sees it. */
export type Membership = { readonly generation: number; readonly leaving: boolean; readonly stage?: Stage }

/** All rows of one loop, as one activity reads them. */
export type Snapshot<K extends LoopKind = LoopKind> = {
  readonly row: LoopRow
  readonly view: View<K>
  readonly steps: readonly StepRow[]
  readonly members: readonly Member[]
}

/** A loop as others see it. `facts`: including its troubles. `tracked`: only of identities. */
export type Beside = {
  readonly loop: Loop
  readonly steps: readonly StepRow[]
  readonly facts: Readonly<Record<string, unknown>>
  readonly tracked: (step: StepName) => readonly LedgerEntry[]
}

export type Recorded = Omit<StepRow, 'step' | 'etag'> & { readonly tracked: readonly LedgerEntry[] }

/** A step's rows as they were read: ledger entries are never written without the step's row, so its etag covers them all. */
export type Ledger = { readonly step: StepName; readonly row?: StepRow; readonly tracked: readonly LedgerEntry[] }

/** The result of an attempt at a step, to be written under the ledger's etag. */
export type AttemptRecord = {
  readonly ledger: Ledger
  readonly recorded: Recorded
  /** The row that the attempt began with. */
  readonly before: StepRow | undefined
  /** Something was about to be changed: the ledger says so. */
  readonly hasIntended: boolean
}

/** The sleep of a loop: until when, and the next audit. */
export type Rest = { readonly until: number; readonly auditAt: number }

/** What answers for the operations of a connection that is gone. */
export type Finished = { readonly generation: number; readonly name: string; readonly warning?: string; readonly at: number }

/** A provided secret that may be in the Key Vault. `at`: when. */
export type ProvidedSecret = { readonly connection: Key; readonly secretId: string; readonly at: number; readonly etag: string }
