// The store as its users see it: desired state, ledger and facts of each loop, one table partition a loop. The only truth; no secret ever.
// src/store/ implements it over Table Storage.

import type { Connection, ConnectionSpec, Stage } from '../model/connection.ts'
import type { Evidence } from '../model/evidence.ts'
import type { Guarded } from '../model/guarded.ts'
import type { InvalidTag } from '../model/invalid-tag.ts'
import type { Key, Loop, LoopKind } from '../model/loop.ts'
import type { LedgerEntry } from '../model/managed-object.ts'
import type { StepRow } from '../model/outcome.ts'
import type { Policy } from '../model/policy.ts'
import type { View } from '../model/view.ts'
import type { NameHolder } from './ports.ts'

/** Why a loop was touched. `event`, `audit`, `person`: every step looks again. `facts`, `wake`: only what is due or wants something else. */
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
  /** Grows with each event and audit: steps that have not seen this look have to look again. A counter, for clocks can stand still. */
  readonly resync: number
  readonly auditAt: number
  /** Heartbeats to come that find the loop in the index of due times, in minutes since the epoch. */
  readonly indexed?: readonly number[]
  /** Of a connection: what is desired, and whether it shall go. */
  readonly self?: Connection
  readonly removing: boolean
  /** Of a connection: when its present generation was asked for. */
  readonly desiredAt?: number
  /** When a person last asked for a look. */
  readonly requestedAt?: number
  /** App id of whoever else wrote to the resource, as the last event about it said. */
  readonly writer?: { readonly app: string; readonly at: number }
  /** What lists showed last of its things. */
  readonly listed?: Evidence
}

export type Member = {
  readonly connection: Connection
  /** Since when it is leaving: it is in no view any more. */
  readonly leavingSince?: number
  readonly stage?: Stage
}

/** A member row as check-consent sees it. */
export type Membership = { readonly generation: number; readonly leaving: boolean; readonly stage?: Stage }

/** All of one loop, as one activity reads it. */
export type Snapshot<K extends LoopKind = LoopKind> = {
  readonly row: LoopRow
  readonly view: View<K>
  readonly steps: readonly StepRow[]
  readonly members: readonly Member[]
}

/** A loop as others see it. `facts`: with what troubles it. `held`: only of identities. */
export type Beside = {
  readonly loop: Loop
  readonly steps: readonly StepRow[]
  readonly facts: Readonly<Record<string, unknown>>
  readonly tracked: (step: string) => readonly LedgerEntry[]
}

export type Recorded = Omit<StepRow, 'step' | 'etag'> & { readonly tracked: readonly LedgerEntry[] }

/** A step's rows as they were read: held rows are never written without the step's row, so its etag vouches for them all. */
export type Ledger = { readonly step: string; readonly row?: StepRow; readonly tracked: readonly LedgerEntry[] }

/** What came of an attempt at a step, to be written under the ledger's etag. */
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

/** A secret that an author gave and that may lie in the Key Vault. `at`: when. */
export type ProvidedSecret = { readonly connection: Key; readonly secretId: string; readonly at: number; readonly etag: string }

/** Whether a policy allows it now. */
export type IsAllowed = (connection: ConnectionSpec) => boolean

export interface Store {
  /**
   * `undefined`: there is no such loop. `reads`: whose facts the view can answer for, besides its own; without, it knows the loop alone, and no
   * policies either.
   */
  read<K extends LoopKind>(loop: Loop<K>, reads?: readonly LoopKind[]): Promise<Snapshot<K> | undefined>
  /** A loop as it was within the last second: for those who tell how others are. `undefined`: there is no such loop. */
  beside(loop: Loop): Promise<Beside | undefined>
  /** The loop as it was read, but with these steps' rows, stored or not: what has come of them since. */
  onward(snapshot: Snapshot, ledgers: readonly Ledger[], reads: readonly LoopKind[]): Promise<Snapshot>

  /**
   * Writes desired and `dueAt = now` in one entity; what is so already writes nothing and answers its generation. The first author that is
   * allowed holds a name, of connections and of Secrets alike; what nobody allows reserves nothing. `made`: the row of a loop that was not there.
   */
  desire(
    spec: ConnectionSpec,
    isAllowed: IsAllowed,
  ): Promise<{ readonly generation: number; readonly changed: boolean; readonly made?: LoopRow } | { readonly taken: string }>
  /** Whose the Kubernetes name of a connection is, and taking it. */
  nameHolder(connection: Connection, isAllowed: IsAllowed): Promise<NameHolder>
  claimName(connection: Connection, isAllowed: IsAllowed): Promise<NameHolder>
  /** Desired becomes `removing`. `undefined`: there is no such connection. */
  remove(connection: Loop<'connection'>): Promise<{ readonly generation: number; readonly changed: boolean } | undefined>
  /**
   * Makes the loop due now, or at `at`. `writer`: see `LoopRow`. `make`: also where it is not there yet. `newsOf`: nothing but facts of that loop
   * is new to it. `listed`: what a list shows by now.
   */
  touch(
    loop: Loop,
    why: Touch,
    how?: { readonly make?: true; readonly at?: number; readonly writer?: string; readonly changedLoop?: Loop; readonly listed?: Evidence },
  ): Promise<Touched>

  /** Writes what is about to be made, under the step row's etag; answers the ledger as it is then. */
  intend(loop: Loop, ledger: Ledger, tracked: readonly LedgerEntry[]): Promise<Ledger | 'stale'>
  /** Outcome, ledger, facts and whom to wake: one transaction, under the step row's etag. A ghost records nothing and makes the loop due. */
  record(loop: Loop, ledger: Ledger, recorded: Recorded): Promise<'recorded' | 'stale'>
  /**
   * Records all of these in one transaction, with `rest` also the sleep of the loop, and answers the ledgers as they are then. `read again`: somebody
   * wrote meanwhile, or it was too much for one; then they are recorded one by one, and the loop does not sleep.
   */
  recordAll(row: LoopRow, results: readonly AttemptRecord[], rest?: Rest): Promise<readonly Ledger[] | 'read again'>
  /** Compare-and-swap of `dueAt` with the etag that was read. `told`: steps whose `wake` lists were delivered, and are empty from then on. */
  sleep(row: LoopRow, until: number, auditAt: number, notified?: readonly StepRow[]): Promise<'asleep' | 'changed meanwhile'>
  /** Deletes a loop that owes nothing; `finished`: a tombstone that answers for its operations. */
  forget(row: LoopRow, finished?: Finished): Promise<'forgotten' | 'changed meanwhile'>
  /** Deletes a member row that is leaving and owes nothing any more, and makes the connection due. */
  removeMember(loop: Loop, member: Member): Promise<void>

  membership(connection: Loop<'connection'>, loop: Loop): Promise<Membership | undefined>
  /**
   * An attempt that was overtaken takes nothing back: a full membership becomes `reading` only with a newer generation. Answers the membership as it is
   * then.
   */
  join(connection: Connection, loop: Loop, stage?: Stage): Promise<{ readonly wake: boolean; readonly membership: Membership }>
  leave(connection: Loop<'connection'>, loop: Loop): Promise<void>

  /** What is due, by the index of due times: costs what is due, and not the fleet. */
  due(now: number): AsyncIterable<{ readonly loop: Loop; readonly dueAt: number }>
  /** The loops that connections share: clusters, targets, identities. It reads every row of the store once. */
  shared(): AsyncIterable<LoopRow>
  /** The same by a scan of all rows: what is due only hours after it was written is in no index, and nor is what a crash or an older version left out. */
  overdue(now: number): AsyncIterable<{ readonly loop: Loop; readonly dueAt: number }>
  loops<K extends LoopKind>(kind: K): AsyncIterable<LoopRow & { readonly loop: Loop<K> }>
  /** Rows of connections only: `GET /connections`, lists of a cluster. */
  connections(cluster?: Loop<'cluster'>): AsyncIterable<LoopRow>
  /** Tags that are not understood, of all clusters. */
  invalidTags(): AsyncIterable<InvalidTag>
  finished(key: Key): Promise<readonly Finished[]>
  /** Deletes tombstones older than `before`. */
  purge(before: number): Promise<number>

  /**
   * Remembers, before a secret is written into the Key Vault, that it may be there. `false`: what an earlier attempt left under this name is being
   * taken out at this moment.
   */
  giving(connection: Key, secretId: string): Promise<boolean>
  /** Those given so long ago that whoever gave them has ended. */
  provided(): AsyncIterable<ProvidedSecret>
  /** From now on, until it is settled, it cannot be given anew. `undefined`: it was meanwhile. */
  claim(provided: ProvidedSecret): Promise<ProvidedSecret | undefined>
  /** Nobody has to remember it any more; one that was given anew meanwhile stays. */
  settled(provided: ProvidedSecret): Promise<void>

  /** Identities that no policy can allow. */
  guarded(): Promise<Guarded>
  policies(): Promise<readonly Policy[]>
  policy(name: string): Promise<Policy | undefined>
  putPolicy(policy: Policy): Promise<'created' | 'replaced' | 'unchanged'>
  deletePolicy(name: string): Promise<boolean>
}

/**
 * Wakes a loop's durable instance; only a hint, for the store alone is enough. `herd`: by another loop, which is not the only one that is about to
 * find out something for it, so it waits a moment for the others.
 */
export type Wake = (loop: Loop, how?: { readonly herd: true }) => Promise<void>
