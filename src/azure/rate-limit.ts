// Keeps within ARM's budget before ARM has to enforce it: a token bucket per subscription and kind of request, filled at a steady rate
// (https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling). A request that finds no token is not sent: it
// fails as throttled, and each gets its own reserved turn, so that they do not all come back together. Nothing sleeps within an activity.
//
// A part of each bucket is reserved for clusters: their updates take minutes and everything else runs beside them, so they must not queue behind the
// thousand role assignments of a fleet.
//
// The budget belongs to the app's identity, but other instances of the app share it: the remaining budget that ARM reports counts, if it is lower. If
// others use much of it, nothing is reserved, because otherwise what is left would only ever be enough for clusters.

import { pauseOf } from '../errors/classify.ts'
import { Failure } from '../errors/failure.ts'
import { steady } from '../model/steady.ts'
import type { PipelinePolicy, PipelineResponse } from './sdk.ts'

/** Sums of fractions differ slightly with the order of addition: rounding must not turn a request away. */
const nearlyAll = 1 - 1e-9

/** `cluster credentials`: the limit of the provider, not of ARM, for each subscription. `graph queries`: that of Resource Graph, for each caller. */
type Kind = 'reads' | 'writes' | 'deletes' | 'cluster credentials' | 'graph queries'
type Bucket = {
  tokens: number
  filledAt: number
  forClusters: number
  /** Turns up to here are taken. Clusters have their own queue. */
  readonly reserved: { clusters: number; others: number }
}

/** Resource Graph counts by windows of five seconds: whatever says more is not believed. */
const longestWindow = 60_000

/** `callsInTurn`: what a retry usually needs, to read, write and verify. */
type Budget = { readonly burst: number; readonly perSecond: number; readonly forClusters: number; readonly callsInTurn: number }
const budgets: Readonly<Record<Kind, Budget>> = {
  reads: { burst: 250, perSecond: 25, forClusters: 50, callsInTurn: 3 },
  writes: { burst: 200, perSecond: 10, forClusters: 50, callsInTurn: 3 },
  deletes: { burst: 200, perSecond: 10, forClusters: 0, callsInTurn: 3 },
  // https://learn.microsoft.com/azure/aks/quotas-skus-regions#throttling-limits-on-aks-resource-provider-apis, all other APIs
  'cluster credentials': { burst: 60, perSecond: 1, forClusters: 0, callsInTurn: 1 },
  // https://learn.microsoft.com/azure/governance/resource-graph/concepts/guidance-for-throttled-requests
  'graph queries': { burst: 15, perSecond: 3, forClusters: 0, callsInTurn: 1 },
}

/**
 * What callers request (preflight, diagnosis) comes out of the same budget, so it has a share of its own: it must never take what connections need.
 * `leaves`: the amount that stays in the bucket for them.
 */
type Share = { readonly burst: number; readonly perSecond: number; readonly leaves: number }
const callersShare: Readonly<Record<Kind, Share>> = {
  reads: { burst: 150, perSecond: 5, leaves: 100 },
  writes: { burst: 20, perSecond: 1, leaves: 100 },
  deletes: { burst: 0, perSecond: 0, leaves: 0 },
  'cluster credentials': { burst: 10, perSecond: 0.1, leaves: 20 },
  'graph queries': { burst: 5, perSecond: 0.5, leaves: 5 },
}

export type RateLimiter = {
  /** The share that its requests use, if not that of loops. */
  readonly share?: 'callers'
  /** `undefined` = go; otherwise the milliseconds until there is a place. */
  acquire(subscription: string, kind: Kind, isForCluster?: boolean): number | undefined
  /** The remaining budget according to ARM; with a pause, nothing is left for that long. */
  update(subscription: string, kind: Kind, remaining: number, pauseMs?: number): void
}

/** `forCallers`: from the same buckets, limited to the share of callers. */
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
      const { perSecond, callsInTurn } = budgets[kind]
      const missing = 1 + (isForCluster ? 0 : bucket.forClusters) - bucket.tokens
      if (missing <= 0) {
        bucket.tokens--
        return undefined
      }
      const filledAt = bucket.filledAt + ((missing - 1) * 1000) / perSecond
      const queue = isForCluster ? 'clusters' : 'others'
      bucket.reserved[queue] = Math.max(bucket.reserved[queue], filledAt) + (callsInTurn * 1000) / perSecond
      return Math.ceil(bucket.reserved[queue] - now())
    },
    update(subscription, kind, remaining, pauseMs = 0) {
      const bucket = bucketOf(subscription, kind)
      if (remaining < bucket.tokens - budgets[kind].perSecond) bucket.forClusters = 0
      bucket.tokens = Math.min(bucket.tokens, remaining)
      // a bucket that only fills from then on
      if (pauseMs > 0) bucket.filledAt = Math.max(bucket.filledAt, now() + pauseMs)
    },
  }
  const forCallers: RateLimiter = {
    share: 'callers',
    acquire(subscription, kind) {
      const [bucket, share] = [bucketOf(subscription, kind), shareOf(subscription, kind)]
      const { perSecond, leaves } = callersShare[kind]
      const waits = [(1 - share.tokens) / perSecond, (1 + leaves - bucket.tokens) / budgets[kind].perSecond]
      const seconds = Math.max(...waits, 0)
      // No turn is reserved: the next attempt asks for all of it again.
      if (seconds > 0) return Math.ceil(Math.min(seconds, 3600) * 1000)
      share.tokens--
      bucket.tokens--
      return undefined
    },
    update: rateLimiter.update,
  }
  return { ...rateLimiter, forCallers }
}

/** Only requests to `endpoint` are limited; tables and API servers have their own budgets. */
export const rateLimited = (rateLimiter: RateLimiter, endpoint: string): PipelinePolicy => ({
  name: 'rateLimited',
  async sendRequest(request, next) {
    const url = new URL(request.url)
    if (url.origin !== endpoint) return next(request)
    const subscription = /^\/subscriptions\/([^/]+)/i.exec(url.pathname)?.[1] ?? 'tenant'
    const kind = kindOf(request.method, url.pathname)
    const wait = rateLimiter.acquire(subscription, kind, cluster.test(url.pathname))
    if (wait !== undefined && rateLimiter.share === 'callers')
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

/** The cluster itself and its operations, not its child resources. */
const cluster = /\/providers\/Microsoft\.ContainerService\/(?!.*\/providers\/)/i

function kindOf(method: string, path: string): Kind {
  if (/\/managedClusters\/[^/]+\/listClusterUserCredential$/i.test(path)) return 'cluster credentials'
  if (/^\/providers\/Microsoft\.ResourceGraph\/resources$/i.test(path)) return 'graph queries'
  return method === 'GET' || method === 'HEAD' ? 'reads' : method === 'DELETE' ? 'deletes' : 'writes'
}

function listen({ status, headers, bodyAsText }: PipelineResponse, rateLimiter: RateLimiter, subscription: string, kind: Kind): void {
  if (kind === 'graph queries') {
    listenToQuota(status, headers, rateLimiter, subscription)
    return
  }
  const remaining = Number(headers.get(`x-ms-ratelimit-remaining-subscription-${kind}`) ?? Number.NaN)
  if (status === 429 && (kind === 'cluster credentials' || bodyAsText?.includes('SubscriptionRequestsThrottled')))
    rateLimiter.update(subscription, kind, 0, pauseOf((name) => headers.get(name)) ?? 0)
  else if (!Number.isNaN(remaining)) rateLimiter.update(subscription, kind, remaining)
}

/** Resource Graph says how many queries are left of its window of seconds, and when that ends (`hh:mm:ss`). */
function listenToQuota(status: number, headers: PipelineResponse['headers'], rateLimiter: RateLimiter, subscription: string): void {
  const remaining = status === 429 ? 0 : Number(headers.get('x-ms-user-quota-remaining') ?? Number.NaN)
  if (Number.isNaN(remaining)) return
  const [, hours, minutes, seconds] = /^(\d\d):(\d\d):(\d\d)$/.exec(headers.get('x-ms-user-quota-resets-after') ?? '') ?? []
  const resetMs = seconds === undefined ? 0 : ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000
  const pauseMs = remaining > 0 ? 0 : Math.max(resetMs, pauseOf((name) => headers.get(name)) ?? 0)
  rateLimiter.update(subscription, 'graph queries', remaining, Math.min(pauseMs, longestWindow))
}
