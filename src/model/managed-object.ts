// Managed objects and the vocabulary of the plan (plan.ts): observed, tracked, desired, changed.
import type { Key, Loop } from './loop.ts'
import type { Fault, Problem } from './problem.ts'

/** Anything that can exist outside: a role assignment, an IP rule, a Secret, an enabled feature, a membership. Never a secret value. */
export type ManagedObject = {
  readonly kind: string
  readonly id: string
  /** A few words for people: `Storage Blob Data Contributor for sc-shop on stdata`. */
  readonly summary: string
  /** Never deleted: a registered provider, the OIDC issuer. */
  readonly retain?: true
  /** The store says that the app made it before any step did: the secret that a PUT wrote to the Key Vault. */
  readonly made?: true
  /** The ARM id by which Azure's events name it, if it is not `id`. */
  readonly resource?: string
  /** The one member that it serves, if it serves only one. */
  readonly of?: Key
}

/** Kinds of objects of the app's own store: it has no other writer, and they differ whenever another declaration arrives. */
export const inside: ReadonlySet<string> = new Set(['membership', 'declaration', 'withdrawal'])

/** Who owns the object, by what it carries itself: labels, tags, a deterministic name. `none`: it carries no mark, or cannot. */
export type Mark = 'ours' | 'foreign' | 'offered' | 'none'

/**
 * What is known of a desired or tracked object after observing it. `unknown`: it could not be observed; that never counts as absent. `going`: it is
 * being deleted and something holds it: it cannot be used, created, or deleted again.
 */
export type ObservedState =
  | { readonly id: string; readonly state: 'absent' }
  | { readonly id: string; readonly state: 'unknown'; readonly problem: Problem; readonly going?: true }
  | {
      readonly id: string
      readonly state: 'same' | 'different'
      readonly mark: Mark
      /**
       * The app's own store says that the app made it, though this loop's ledger does not: a rule that moved along with its account. Never read from
       * the object itself.
       */
      readonly made?: true
      /** What differs, in words; no secret values. */
      readonly difference?: string
      /** It is as the app last wrote it: the desired state changed, and no other writer was involved. */
      readonly asWritten?: true
      /** It is the app's and accepts no changes any more: delete and recreate it. */
      readonly replace?: true
      /** Who else wrote it, if the object tells. */
      readonly writer?: string
      /** An etag, or uid/resourceVersion: the precondition of a change. */
      readonly version?: string
    }

/** `intended` before the effect, `ours` once observed, `adopted` if it existed before, `orphaned` if it could not be reached to delete it. */
export type Ownership = 'intended' | 'ours' | 'adopted' | 'orphaned'

/** The ledger's row of one object. It stores the whole object, because deletes work from it and never from the spec. */
export type LedgerEntry<T extends ManagedObject = ManagedObject> = {
  readonly object: T
  readonly ownership: Ownership
  readonly since: number
  /** Since when it is due to be deleted and could have been. */
  readonly pendingSince?: number
  readonly reverted?: Reverted
  /** Keys of connections that were removed, and for which it stays (engine/kept.ts). */
  readonly keptFor?: readonly Key[]
}

/** When other writers reverted it (contested.ts), oldest first. `unrepaired`: the last revert has not been repaired yet. */
export type Reverted = { readonly times: readonly number[]; readonly unrepaired?: true }

/**
 * Something that must happen elsewhere first. `nextRunAt`: when to observe again unless woken, backing off the longer it takes, unless it is `exact`:
 * then something is due at that moment. `manual`: a person must do it.
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
 * `objects`: must exist. `later`: must exist, but not yet: neither created nor deleted now. `incomplete`: some cannot be named yet, so no deletes.
 * Empty means that nothing of this step should remain: deleting is desiring nothing.
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

/** `changes`: what to do. `tracked`: the ledger after the bookkeeping changes (adopt, release, forget, and `ours` once observed). */
export type Plan<T extends ManagedObject = ManagedObject> = {
  readonly changes: readonly Change<T>[]
  readonly tracked: readonly LedgerEntry<T>[]
  readonly faults: readonly Fault[]
  readonly unknown: readonly Problem[]
}
