// The quota of Resource Graph, 15 queries in 5 seconds, is there again in seconds. A list of many pages waits for it, two minutes at most: without that it
// would end in the middle, and a quarter of an hour later begin, and end, in the same way. Only timers list; steps ask once and do not wait.
// https://learn.microsoft.com/azure/governance/resource-graph/concepts/guidance-for-throttled-requests
import { pause } from '../errors/contention.ts'
import { Failure } from '../errors/failure.ts'

const longest = 15_000
const inAll = 120_000
/** What Resource Graph itself answers; others that throttle are not waited for. */
const answer = 'RateLimiting'

/** For one list. */
export function patient(wait: (ms: number) => Promise<void> = pause): <T>(query: () => Promise<T>) => Promise<T> {
  let left = inAll
  return async (query) => {
    for (;;) {
      try {
        return await query()
      } catch (error) {
        const ms = waitOf(error)
        if (ms === undefined || ms > Math.min(longest, left)) throw error
        left -= ms
        await wait(ms)
      }
    }
  }
}

function waitOf(error: unknown): number | undefined {
  if (!(error instanceof Failure) || error.fields.class !== 'throttled') return undefined
  const isOfQuota = error.fields.isReserved === true || error.fields.about['answer'] === answer
  return isOfQuota ? Math.max(error.fields.retryAfterMs ?? longest, 1) : undefined
}
