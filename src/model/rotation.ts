// The rotation of a target's two keys: what a person requests, and how far it is. Moments in ms since the epoch.
import type { KeySlot } from './key-slot.ts'

/** `at`: when it was requested; no two of one target are alike. `overlapMs`: how long both keys work once every Secret has the new one. */
export type Rotation = { readonly at: number; readonly overlapMs: number }

export type RotationProgress = {
  /** Of the rotation that was requested then. */
  readonly of: number
  /** The key in use before it. */
  readonly from: KeySlot
  /** Digests of the keys before it: a key with another digest has been regenerated. */
  readonly before: Readonly<Record<KeySlot, string>>
  /** When every Secret was seen to have the other key. */
  readonly switchedAt?: number
  readonly endedAt?: number
  /** It ended before both keys were regenerated, because no connection uses a key any more. */
  readonly isAbandoned?: true
}

/** `rotation`: the one under way. `until`: when the former key stops working; not known before every Secret has this one. */
export type KeyInUse = { readonly slot: KeySlot; readonly rotation?: number; readonly until?: number }

/** `undefined`: nothing is known of it yet. */
export const progressIn = (requested: Rotation, progress: RotationProgress | undefined): RotationProgress | undefined =>
  progress?.of === requested.at ? progress : undefined

export const isUnderWay = (requested: Rotation | undefined, progress: RotationProgress | undefined): requested is Rotation =>
  requested !== undefined && progressIn(requested, progress)?.endedAt === undefined
