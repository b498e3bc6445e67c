// What the sweep found in a cluster and has to decide about.
import type { ListedObject, Product } from '../model/leftover.ts'

export type Candidate = {
  readonly object: ListedObject
  readonly product: Product
  /** It has an owner again, as far as a fresh read tells. */
  readonly isOwned: boolean
  readonly unproven?: string
  /** What of the question whether its connection exists could not be read. */
  readonly unread?: string
  /** Asked again right before it is deleted: whether it is still without an owner. Throws `Failure`. */
  readonly isStillLeft: () => Promise<boolean>
}
