// What may go, and what has to: from the facts of the world alone. It knows nothing of labels, digests, marks or stores, only who made each object, whether
// its connection exists, who uses it, and since when all of that is so.
import type { ClusterName } from './sandbox.ts'
import type { Origin, World } from './world.ts'

export const grace = 12 * 60 * 60_000

/** One object as it is at a moment. Times in ms. */
export type Truth = {
  readonly origin: Origin
  readonly cluster: ClusterName
  /** Of the object itself: one that was made again is another one. */
  readonly madeAt: number
  /** Its connection does not exist since then; `undefined`: it does. */
  readonly orphanedAt: number | undefined
  /** Nothing uses it since then; `undefined`: something does. */
  readonly freeAt: number | undefined
  readonly isOptedOut: boolean
  /** A person made it, edited its labels, or made it again under the same name. */
  readonly isOfPeople: boolean
}

export type Circumstances = {
  readonly mode: World['mode']
  readonly extension: boolean
  readonly areListsForbidden: boolean
  readonly now: number
}

const ofAzure: readonly Origin[] = ['of Azure, gone', 'of Azure, live']
const ofOurs: readonly Origin[] = ['gone', 'live']

export function mayGo(truth: Truth, { mode, extension, areListsForbidden, now }: Circumstances): boolean {
  const isOn = ofOurs.includes(truth.origin) ? mode !== 'report' : ofAzure.includes(truth.origin) && mode === 'all' && extension
  if (!isOn || areListsForbidden || truth.isOptedOut || truth.isOfPeople) return false
  if (truth.orphanedAt === undefined || truth.freeAt === undefined) return false
  return now - Math.max(truth.madeAt, truth.orphanedAt, truth.freeAt) >= grace
}
