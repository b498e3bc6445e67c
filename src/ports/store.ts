// The store as its users see it: spec, ledger and facts of each loop, one table partition per loop. The only truth; no secret ever. src/store/
// implements it with Table Storage.
import type { Author } from '../model/author.ts'
import type { Connection, ConnectionSpec, Stage } from '../model/connection.ts'
import type { Dryrun } from '../model/dryrun.ts'
import type { Evidence } from '../model/evidence.ts'
import type { Guarded } from '../model/guarded.ts'
import type { HistoryEntry } from '../model/history.ts'
import type { InvalidTag } from '../model/invalid-tag.ts'
import type { Key, Loop, LoopKind } from '../model/loop.ts'
import type { LedgerEntry } from '../model/managed-object.ts'
import type { StepRow } from '../model/outcome.ts'
import type { Policy } from '../model/policy.ts'
import type { Rotation } from '../model/rotation.ts'
import type { NameHolder } from './registry.ts'
import type {
  AttemptRecord,
  Beside,
  Finished,
  Leaving,
  Ledger,
  LoopRow,
  Member,
  Membership,
  ProvidedSecret,
  Recorded,
  Rest,
  Snapshot,
  Touch,
  Touched,
} from './rows.ts'
import type { SweepStore } from './sweep.ts'

/**
 * How a handler writes. `by`: who asks for it. `holds`: a precondition on the row that is about to be replaced, checked for the very version that is: if
 * it does not hold, nothing is written.
 */
type Writing = { readonly by?: Author; readonly holds?: (row: LoopRow | undefined) => boolean }

/** The precondition did not hold. */
type ChangedMeanwhile = { readonly changedMeanwhile: true }

/** Whether a policy allows it now. */
export type IsAllowed = (connection: ConnectionSpec) => boolean

export interface Store {
  readonly sweeps: SweepStore
  /**
   * `undefined`: there is no such loop. `reads`: kinds of loops whose facts the view can answer for, besides its own; without it, the view has only
   * the loop itself, and no policies.
   */
  read<K extends LoopKind>(loop: Loop<K>, reads?: readonly LoopKind[]): Promise<Snapshot<K> | undefined>
  /** A loop as it was within the last second, for views of other loops. `undefined`: there is no such loop. */
  beside(loop: Loop): Promise<Beside | undefined>
  /** The loop as it was read, but with these steps' rows, stored or not: their results since then. */
  onward(snapshot: Snapshot, ledgers: readonly Ledger[], reads: readonly LoopKind[]): Promise<Snapshot>

  /**
   * Writes the spec and `dueAt = now` in one entity; an unchanged spec writes nothing and returns its generation. The first allowed author holds a
   * name, of connections and of Secrets alike; a connection that is not allowed reserves nothing. `made`: the row of a loop that did not exist.
   */
  desire(
    spec: ConnectionSpec,
    isAllowed: IsAllowed,
    how?: Writing,
  ): Promise<
    { readonly generation: number; readonly changed: boolean; readonly made?: LoopRow } | { readonly taken: string } | ChangedMeanwhile
  >
  /** Which connection holds the Kubernetes name, and claiming it. */
  nameHolder(connection: Connection, isAllowed: IsAllowed): Promise<NameHolder>
  claimName(connection: Connection, isAllowed: IsAllowed): Promise<NameHolder>
  /** The connection becomes `removing`. `undefined`: there is no such connection. */
  remove(
    connection: Loop<'connection'>,
    how?: Writing,
  ): Promise<{ readonly generation: number; readonly changed: boolean } | ChangedMeanwhile | undefined>
  /**
   * Makes the loop due now, or at `at`. `writer`: see `LoopRow`. `make`: also where it is not there yet. `newsOf`: nothing but facts of that loop
   * is new to it. `listed`: what a list shows by now.
   */
  touch(
    loop: Loop,
    why: Touch,
    how?: { readonly make?: true; readonly at?: number; readonly writer?: string; readonly changedLoop?: Loop; readonly listed?: Evidence },
  ): Promise<Touched>

  /** Stores that the keys are to be rotated, and makes the loop due. `after`: the last rotation that is known; with another one nothing is written. */
  rotate(target: Loop<'target'>, overlapMs: number, after: Rotation | undefined): Promise<Rotation | 'absent' | 'another'>

  /** Writes what is about to be created, under the step row's etag; returns the resulting ledger. */
  intend(loop: Loop, ledger: Ledger, tracked: readonly LedgerEntry[]): Promise<Ledger | 'stale'>
  /** Outcome, ledger, facts and loops to wake: one transaction, under the step row's etag. A stale attempt records nothing and makes the loop due. */
  record(loop: Loop, ledger: Ledger, recorded: Recorded): Promise<'recorded' | 'stale'>
  /**
   * Records all of these in one transaction, with `rest` also the sleep of the loop, and returns the resulting ledgers. `read again`: another writer
   * came in between, or it was too much for one transaction; then they are recorded one by one, and the loop does not sleep.
   */
  recordAll(row: LoopRow, results: readonly AttemptRecord[], rest?: Rest): Promise<readonly Ledger[] | 'read again'>
  /** Compare-and-swap of `dueAt` with the etag that was read. `notified`: steps whose `wake` lists were delivered, and are empty from then on. */
  sleep(row: LoopRow, until: number, auditAt: number, notified?: readonly StepRow[]): Promise<'asleep' | 'changed meanwhile'>
  /** Deletes a loop with no pending deletes; `finished`: a tombstone that answers for its operations. */
  forget(row: LoopRow, finished?: Finished): Promise<'forgotten' | 'changed meanwhile'>
  /** Deletes the row of a leaving member with no pending deletes, and makes the connection due. */
  removeMember(loop: Loop, member: Member): Promise<void>

  membership(connection: Loop<'connection'>, loop: Loop): Promise<Membership | undefined>
  /** A stale attempt undoes nothing: a full membership becomes `reading` only with a newer generation. Returns the resulting membership. */
  join(connection: Connection, loop: Loop, stage?: Stage): Promise<{ readonly wake: boolean; readonly membership: Membership }>
  leave(connection: Loop<'connection'>, loop: Loop, how?: Leaving): Promise<void>

  /** What is due, by the index of due times: its cost grows with what is due, not with the fleet. */
  due(now: number): AsyncIterable<{ readonly loop: Loop; readonly dueAt: number }>
  /** The loops that connections share: clusters, targets, identities. It reads every row of the store once. */
  shared(): AsyncIterable<LoopRow>
  /**
   * The same by a scan of all rows: the index has neither loops that are due only hours after they were written, nor those that a crash or an older
   * version left out.
   */
  overdue(now: number): AsyncIterable<{ readonly loop: Loop; readonly dueAt: number }>
  /** In the order of their keys. `after`: only those after this key. */
  loops<K extends LoopKind>(kind: K, after?: Key): AsyncIterable<LoopRow & { readonly loop: Loop<K> }>
  /** Rows of connections only, in the order of their keys: `GET /connections`, lists of a cluster. `after`: only those after this key. */
  connections(cluster?: Loop<'cluster'>, after?: Key): AsyncIterable<LoopRow>
  /** Invalid tags of all clusters. */
  invalidTags(): AsyncIterable<InvalidTag>
  finished(key: Key): Promise<readonly Finished[]>
  /** Deletes tombstones older than `before`. */
  purge(before: number): Promise<number>

  /**
   * Records, before a secret is written to the Key Vault, that it may be there. `false`: the remains of an earlier attempt under this name are being
   * deleted right now.
   */
  giving(connection: Key, secretId: string): Promise<boolean>
  /** Those written so long ago that their writer has ended. */
  provided(): AsyncIterable<ProvidedSecret>
  /** From now on, until it is settled, it cannot be written again. `undefined`: it was written meanwhile. */
  claim(provided: ProvidedSecret): Promise<ProvidedSecret | undefined>
  /** The record is no longer needed; one that was written again meanwhile stays. */
  settled(provided: ProvidedSecret): Promise<void>

  /** What was changed of a loop since then; it stays when the loop goes. */
  history(loop: Loop, since: number): Promise<readonly HistoryEntry[]>
  purgeHistory(before: number): Promise<number>

  dryruns(cluster: Loop<'cluster'>): Promise<readonly Dryrun[]>
  dryrun(cluster: Loop<'cluster'>, name: string): Promise<Dryrun | undefined>
  putDryrun(dryrun: Dryrun): Promise<void>
  deleteDryrun(cluster: Loop<'cluster'>, name: string): Promise<boolean>
  /** Deletes those that are a week old. */
  purgeDryruns(now: number): Promise<number>

  /** Identities that no policy can allow. */
  guarded(): Promise<Guarded>
  policies(): Promise<readonly Policy[]>
  policy(name: string): Promise<Policy | undefined>
  putPolicy(policy: Policy): Promise<'created' | 'replaced' | 'unchanged'>
  deletePolicy(name: string): Promise<boolean>
  /** Replaces or deletes it as it was read. `false`: it was written in the meantime, and stays as it is. */
  settlePolicy(before: Policy, next: Policy | undefined): Promise<boolean>
}

/**
 * Wakes a loop's durable instance; only a hint, because the store alone is enough. `herd`: the wake comes from another loop, probably one of several
 * that are about to publish facts, so it waits a moment for the others.
 */
export type Wake = (loop: Loop, how?: { readonly herd: true }) => Promise<void>
