// What the sweep found in Azure and has to decide about.
import type { Key } from '../model/loop.ts'
import type { MadeInAzure } from '../ports/sweep.ts'
import type { Finding } from './decide.ts'

export type Found = {
  readonly made: MadeInAzure
  readonly finding: Finding
  /** Key of the identity that has it: that one is removed after it. */
  readonly heldBy?: Key
  /** Asked again right before it is removed. Throws `Failure`. */
  readonly isOwned: () => Promise<boolean>
  readonly remove: () => Promise<void>
}

/** In Azure nothing is marked, and nothing belongs to the system. */
export const plain = { isOwned: false, isSystem: false, isGoing: false, isMarked: false } as const
