// Limits for a single caller: requests that cost the app many reads of Azure and of clusters, counted in approximate points. Each caller has a
// bucket, filled at a steady rate. It is in memory, so each instance of the app counts for itself.
import { steady } from '../../model/steady.ts'
import { Refusal } from './answers.ts'

/** `undefined` = go; otherwise the milliseconds after which there is room. */
export type CallerLimits = (objectId: string, points: number) => number | undefined

/** Enough for a preflight of twenty connections at once. */
export const mostPoints = 200
const perSecond = 2
/** The number of callers to remember; those idle for the longest time are evicted first. */
const mostCallers = 10_000

/** The approximate number of reads of each request. */
export const pointsOf = {
  preflight: (connections: number): number => 6 + 8 * connections,
  diagnosis: 8,
  reconcile: 12,
  /** Beside the preflight of what it plans. */
  import: 10,
  /** It reads the store and Resource Graph once, whatever the size of the fleet. */
  preview: 20,
} as const

export function callerLimits(clock: () => number): CallerLimits {
  const now = steady(clock)
  const buckets = new Map<string, { readonly points: number; readonly at: number }>()
  return (objectId, points) => {
    const before = buckets.get(objectId) ?? { points: mostPoints, at: now() }
    const there = Math.min(mostPoints, before.points + ((now() - before.at) / 1000) * perSecond)
    const desired = Math.min(points, mostPoints)
    if (there < desired) return Math.ceil(((desired - there) / perSecond) * 1000)
    buckets.delete(objectId)
    buckets.set(objectId, { points: there - desired, at: now() })
    for (const [eldest] of buckets) {
      if (buckets.size <= mostCallers) break
      buckets.delete(eldest)
    }
    return undefined
  }
}

/** @throws Refusal with 429 and the time to wait. */
export function withinLimits(limits: CallerLimits | undefined, objectId: string, points: number): void {
  const wait = limits?.(objectId, points)
  if (wait === undefined) return
  const seconds = Math.ceil(wait / 1000)
  const message = `You have reached the limit of one caller: each preflight, import, preview, diagnosis, reconcile and rotate costs the app many reads. Try again in ${seconds} seconds, with fewer connections at once.`
  throw new Refusal(429, { code: 'TooManyRequests', message }, { 'retry-after': String(seconds) })
}
