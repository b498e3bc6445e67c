// Keeps to ARM's budget before ARM has to say so: per subscription and kind of request a bucket of tokens, filled at a steady rate
// (https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling). A request that finds no token is not sent: it
// fails as throttled, and each is given a turn of its own to come back, so that they do not come back together. Nobody sleeps within an activity.
//
// A part of each bucket is kept for clusters: their updates take minutes and everything else goes on beside them, so they must not queue behind the
// thousand role assignments of a fleet.
//
// The budget belongs to our identity alone, but other instances of the app share it: what ARM says is left counts, if it is less. Where others take
// much, nothing is kept, or what is left would never be enough for anything but clusters.

import { pauseOf } from '../errors/classify.ts'
import { Failure } from '../errors/failure.ts'
import { steady } from '../model/steady.ts'
import type { PipelinePolicy, PipelineResponse } from './sdk.ts'

/** Whoever comes back has mostly more than one call to make: look, change, look again. */
const callsInTurn = 3

/** Sums of fractions come out a little different each way they are added up: ours must never be the larger one. */
const nearlyAll = 1 - 1e-9

type Kind = 'reads' | 'writes' | 'deletes'
type Bucket = {
  tokens: number
  filledAt: number
  forClusters: number
  /** Up to here turns are given away. Clusters have a queue of their own. */
  readonly reserved: { clusters: number; others: number }
}

type Budget = { readonly burst: number; readonly perSecond: number; readonly forClusters: number }
const budgets: Readonly<Record<Kind, Budget>> = {
  reads: { burst: 250, perSecond: 25, forClusters: 50 },
  writes: { burst: 200, perSecond: 10, forClusters: 50 },
  deletes: { burst: 200, perSecond: 10, forClusters: 0 },
}

/**
 * What people ask to see (preflight, diagnosis) comes out of the same budget, so it has a share of its own: it may never take what connections need.
 * `leaves`: so much stays in the bucket for them.
 */
type Share = { readonly burst: number; readonly perSecond: number; readonly leaves: number }
const callersShare: Readonly<Record<Kind, Share>> = {
  reads: { burst: 150, perSecond: 5, leaves: 100 },
  writes: { burst: 20, perSecond: 1, leaves: 100 },
  deletes: { burst: 0, perSecond: 0, leaves: 0 },
}

export type RateLimiter = {
  /** Whom its requests are for, if not for loops. */
  readonly whose?: 'callers'
  /** `undefined` = go; otherwise the milliseconds after which there is a place. */
  acquire(subscription: string, kind: Kind, isForCluster?: boolean): number | undefined
  /** What ARM said is left; with a pause, nothing is left for so long. */
  update(subscription: string, kind: Kind, remaining: number, pauseMs?: number): void
}

/** `forCallers`: out of the same buckets, and no more than the share of callers. */
export function createRateLimiter(clock: () => number): RateLimiter & { readonly forCallers: RateLimiter } {
  const now = steady(clock)
  const buckets = new Map<string, Bucket>()
  const bucketOf = (subscription: string, kind: Kind): Bucket => {
    const { burst, perSecond, forClusters } = budgets[kind]
    const key = `${subscription.toLowerCase()}/${kind}`
    const bucket = buckets.get(key) ?? { tokens: burst, filledAt: now(), forClusters, reserved: { clusters: 0, others: 0 } }
    buckets.set(key, bucket)
    if (bucket.filledAt < now()) {
      bucket.tokens = Math.min(burst, bucket.tokens + ((now() - bucket.filledAt) / 1000) * perSecond * nearlyAll)
      bucket.filledAt = now()
      if (bucket.tokens === burst) bucket.forClusters = forClusters
    }
    return bucket
  }
  const shares = new Map<string, { tokens: number; filledAt: number }>()
  const shareOf = (subscription: string, kind: Kind) => {
    const { burst, perSecond } = callersShare[kind]
    const key = `${subscription.toLowerCase()}/${kind}`
    const share = shares.get(key) ?? { tokens: burst, filledAt: now() }
    shares.set(key, share)
    share.tokens = Math.min(burst, share.tokens + ((now() - share.filledAt) / 1000) * perSecond)
    share.filledAt = now()
    return share
  }

  const rateLimiter: RateLimiter = {
    acquire(subscription, kind, isForCluster = false) {
      const bucket = bucketOf(subscription, kind)
      const { perSecond } = budgets[kind]
      const lacking = 1 + (isForCluster ? 0 : bucket.forClusters) - bucket.tokens
      if (lacking <= 0) {
        bucket.tokens--
        return undefined
      }
      const filledAt = bucket.filledAt + ((lacking - 1) * 1000) / perSecond
      const queue = isForCluster ? 'clusters' : 'others'
      bucket.reserved[queue] = Math.max(bucket.reserved[queue], filledAt) + (callsInTurn * 1000) / perSecond
      return Math.ceil(bucket.reserved[queue] - now())
    },
    update(subscription, kind, remaining, pauseMs = 0) {
      const bucket = bucketOf(subscription, kind)
      if (remaining < bucket.tokens - budgets[kind].perSecond) bucket.forClusters = 0
      bucket.tokens = Math.min(bucket.tokens, remaining)
      // a bucket that is filled only from then on
      if (pauseMs > 0) bucket.filledAt = Math.max(bucket.filledAt, now() + pauseMs)
    },
  }
  const forCallers: RateLimiter = {
    whose: 'callers',
    acquire(subscription, kind) {
      const [bucket, share] = [bucketOf(subscription, kind), shareOf(subscription, kind)]
      const { perSecond, leaves } = callersShare[kind]
      const waits = [(1 - share.tokens) / perSecond, (1 + leaves - bucket.tokens) / budgets[kind].perSecond]
      const seconds = Math.max(...waits, 0)
      // No turn is given: whoever looks again asks for all of it again.
      if (seconds > 0) return Math.ceil(Math.min(seconds, 3600) * 1000)
      share.tokens--
      bucket.tokens--
      return undefined
    },
    update: rateLimiter.update,
  }
  return { ...rateLimiter, forCallers }
}

/** Only requests to `endpoint` are paced; tables and API servers have budgets of their own. */
export const rateLimited = (rateLimiter: RateLimiter, endpoint: string): PipelinePolicy => ({
  name: 'paced',
  async sendRequest(request, next) {
    const url = new URL(request.url)
    if (url.origin !== endpoint) return next(request)
    const subscription = /^\/subscriptions\/([^/]+)/i.exec(url.pathname)?.[1] ?? 'tenant'
    const kind = kindOf(request.method)
    const wait = rateLimiter.acquire(subscription, kind, cluster.test(url.pathname))
    if (wait !== undefined && rateLimiter.whose === 'callers')
      throw new Failure({ class: 'throttled', code: 'CallersShareUsedUp', about: { doing: `send ${request.method}` }, retryAfterMs: wait })
    if (wait !== undefined) {
      const message = `the budget of ${kind} in the subscription is used up for now`
      throw new Failure({
        class: 'throttled',
        code: 'Throttled',
        about: { doing: `send ${request.method}`, message },
        retryAfterMs: wait,
        isReserved: true,
      })
    }
    const response = await next(request)
    listen(response, rateLimiter, subscription, kind)
    return response
  },
})

/** The cluster itself and its operations, not what lies below it. */
const cluster = /\/providers\/Microsoft\.ContainerService\/(?!.*\/providers\/)/i

const kindOf = (method: string): Kind => (method === 'GET' || method === 'HEAD' ? 'reads' : method === 'DELETE' ? 'deletes' : 'writes')

function listen({ status, headers, bodyAsText }: PipelineResponse, rateLimiter: RateLimiter, subscription: string, kind: Kind): void {
  const remaining = Number(headers.get(`x-ms-ratelimit-remaining-subscription-${kind}`) ?? Number.NaN)
  if (status === 429 && bodyAsText?.includes('SubscriptionRequestsThrottled'))
    rateLimiter.update(subscription, kind, 0, pauseOf((name) => headers.get(name)) ?? 0)
  else if (!Number.isNaN(remaining)) rateLimiter.update(subscription, kind, remaining)
}
