// What the sweep found in Azure and has to decide about.
import type { MadeInAzure } from '../ports/sweep.ts'
import type { Finding } from './decide.ts'

export type Found = {
  readonly made: MadeInAzure
  readonly finding: Finding
  /** Asked again right before it is removed. Throws `Failure`. */
  readonly isOwned: () => Promise<boolean>
  readonly remove: () => Promise<void>
}
