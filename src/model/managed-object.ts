// Things are what can exist outside; seeing, holding, wanting and changing them is the vocabulary of the plan (plan.ts).
import type { Key, Loop } from './loop.ts'
import type { Fault, Problem } from './problem.ts'

/** Anything that can exist outside: a role assignment, an IP rule, a Secret, an enabled feature, a membership. Never a secret value. */
export type ManagedObject = {
  readonly kind: string
  readonly id: string
  /** A few words for people: `Storage Blob Data Contributor for sc-shop on stdata`. */
  readonly summary: string
  /** Never taken back: a registered provider, the OIDC issuer. */
  readonly retain?: true
  /** The store says that we made it before any step did: the secret that a PUT put into the Key Vault. */
  readonly made?: true
  /** The ARM id by which Azure's events tell of it, where it is not `id`. */
  readonly resource?: string
  /** The one member it is for, where it is for one. */
  readonly of?: Key
}

/** Whose the thing is, by what it carries itself: our labels, tags, deterministic name. `none`: it can carry no mark, or carries none. */
export type Mark = 'ours' | 'foreign' | 'offered' | 'none'

/**
 * What is known of a wanted or remembered thing after looking. `unseen` = could not be looked at; it never counts as absent. `going`: it is being
 * deleted, and something holds it: nobody can use it, and it can neither be made nor be deleted once more.
 */
export type ObservedState =
  | { readonly id: string; readonly state: 'absent' }
  | { readonly id: string; readonly state: 'unknown'; readonly problem: Problem; readonly going?: true }
  | {
      readonly id: string
      readonly state: 'same' | 'different'
      readonly mark: Mark
      /** Our own store says that we made it, though this loop's ledger does not: a rule that came along with its account. Never read off the thing. */
      readonly made?: true
      /** What differs, in words; no values of secrets. */
      readonly difference?: string
      /** It is as we last wrote it: what we want has changed, nobody else did anything. */
      readonly asWritten?: true
      /** It is ours and takes no change any more: it is deleted and made again. */
      readonly replace?: true
      /** Who else wrote it, where the thing tells. */
      readonly writer?: string
      /** An etag, or uid/resourceVersion: the precondition of a change. */
      readonly version?: string
    }

/** `intended` before the effect, `ours` after it was seen, `adopted` if it was there before us, `left-behind` if it could not be reached to delete it. */
export type Ownership = 'intended' | 'ours' | 'adopted' | 'orphaned'

/** The ledger's row of one thing. It holds the whole thing, for deletes work from it, never from the spec. */
export type LedgerEntry<T extends ManagedObject = ManagedObject> = {
  readonly object: T
  readonly ownership: Ownership
  readonly since: number
  /** Since when it shall go and could have been deleted. */
  readonly pendingSince?: number
  readonly reverted?: Reverted
}

/** When somebody reverted it (contested.ts), oldest first. `standing`: the last one is not mended yet. */
export type Reverted = { readonly times: readonly number[]; readonly unrepaired?: true }

/**
 * Something that has to happen elsewhere first. `lookAt`: when to look again if nobody wakes us, later and later the longer it takes, unless it is
 * `exact`: then something is due at that very moment. `person`: a person must do it.
 */
export type Need = {
  readonly of: readonly Loop[]
  readonly text: string
  readonly nextRunAt: number
  readonly exact?: true
  readonly member?: Key
  readonly manual?: true
}

/**
 * things: shall be. later: shall be, but not yet: neither made nor taken back. incomplete: some cannot be named yet: no deletes.
 * Empty means that nothing of this step shall remain: deleting is wanting nothing.
 */
export type DesiredObjects<T extends ManagedObject = ManagedObject> = {
  readonly objects: readonly T[]
  readonly later?: readonly T[]
  readonly waiting?: readonly Need[]
  readonly faults?: readonly Fault[]
  readonly incomplete?: true
}

export type Action = 'create' | 'update' | 'delete' | 'adopt' | 'release' | 'forget'
export type Change<T extends ManagedObject = ManagedObject> = {
  readonly action: Action
  readonly object: T
  readonly observed: ObservedState
}

/** changes: what to do. held: the ledger after the bookkeeping changes (adopt, release, forget, and `ours` where it was seen). */
export type Plan<T extends ManagedObject = ManagedObject> = {
  readonly changes: readonly Change<T>[]
  readonly tracked: readonly LedgerEntry<T>[]
  readonly faults: readonly Fault[]
  readonly unknown: readonly Problem[]
}
