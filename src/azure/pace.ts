// Keeps to ARM's budget before ARM has to say so: per subscription and kind of request a bucket of tokens, filled at a steady rate
// (https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling). A request that finds no token waits its turn
// where that comes soon. Otherwise it is not sent: it fails as throttled, and each is told another time to come back, so that they do not come back
// together.
//
// The budget belongs to our identity alone, but other instances of the app share it: what ARM says is left counts, if it is less.

import { pauseOf } from '../errors/classify.ts'
import { Failure } from '../errors/failure.ts'
import type { PipelinePolicy, PipelineResponse } from './sdk.ts'

type Kind = 'reads' | 'writes' | 'deletes'
type Bucket = { tokens: number; filledAt: number /** Up to here places are given away. */; promised: number }

const budgets: Readonly<Record<Kind, { readonly burst: number; readonly perSecond: number }>> = {
  reads: { burst: 250, perSecond: 25 },
  writes: { burst: 200, perSecond: 10 },
  deletes: { burst: 200, perSecond: 10 },
}

/** Longer than this nobody waits: an activity that waits keeps another from running. */
const patienceMs = 5_000

export type Pace = {
  /** Milliseconds to the place that was taken, or after which there will be one. */
  take(subscription: string, kind: Kind): { readonly goAfterMs: number } | { readonly comeBackAfterMs: number }
  /** What ARM said is left; with a pause, nothing is left for so long. */
  told(subscription: string, kind: Kind, left: number, pauseMs?: number): void
}

export function createPace(now: () => number): Pace {
  const buckets = new Map<string, Bucket>()
  const bucketOf = (subscription: string, kind: Kind): Bucket => {
    const { burst, perSecond } = budgets[kind]
    const key = `${subscription.toLowerCase()}/${kind}`
    const bucket = buckets.get(key) ?? { tokens: burst, filledAt: now(), promised: 0 }
    buckets.set(key, bucket)
    if (bucket.filledAt < now()) {
      bucket.tokens = Math.min(burst, bucket.tokens + ((now() - bucket.filledAt) / 1000) * perSecond)
      bucket.filledAt = now()
    }
    return bucket
  }
  return {
    take(subscription, kind) {
      const bucket = bucketOf(subscription, kind)
      const perMs = budgets[kind].perSecond / 1000
      // Tokens below zero are places in the queue.
      const turnAt = bucket.filledAt + Math.max(0, (1 - bucket.tokens) / perMs)
      const goAfterMs = bucket.tokens >= 1 ? 0 : Math.floor(turnAt - now()) + 1
      if (goAfterMs <= patienceMs) {
        bucket.tokens--
        return { goAfterMs }
      }
      bucket.promised = Math.max(bucket.promised, turnAt) + 1 / perMs
      return { comeBackAfterMs: Math.ceil(bucket.promised - now()) }
    },
    told(subscription, kind, left, pauseMs = 0) {
      const bucket = bucketOf(subscription, kind)
      bucket.tokens = Math.min(bucket.tokens, left)
      // a bucket that is filled only from then on
      if (pauseMs > 0) bucket.filledAt = Math.max(bucket.filledAt, now() + pauseMs)
    },
  }
}

/** Only requests to `endpoint` are paced; tables and API servers have budgets of their own. */
export const paced = (pace: Pace, endpoint: string): PipelinePolicy => ({
  name: 'paced',
  async sendRequest(request, next) {
    const url = new URL(request.url)
    if (url.origin !== endpoint) return next(request)
    const subscription = /^\/subscriptions\/([^/]+)/i.exec(url.pathname)?.[1] ?? 'tenant'
    const kind = kindOf(request.method)
    const turn = pace.take(subscription, kind)
    if ('comeBackAfterMs' in turn) {
      const message = `the budget of ${kind} in the subscription is used up for now`
      const about = { doing: `send ${request.method}`, message }
      throw new Failure({ class: 'throttled', code: 'Throttled', about, retryAfterMs: turn.comeBackAfterMs, hasTurn: true })
    }
    if (turn.goAfterMs > 0) await new Promise((go) => setTimeout(go, turn.goAfterMs))
    const response = await next(request)
    listen(response, pace, subscription, kind)
    return response
  },
})

const kindOf = (method: string): Kind => (method === 'GET' || method === 'HEAD' ? 'reads' : method === 'DELETE' ? 'deletes' : 'writes')

function listen({ status, headers, bodyAsText }: PipelineResponse, pace: Pace, subscription: string, kind: Kind): void {
  const left = Number(headers.get(`x-ms-ratelimit-remaining-subscription-${kind}`) ?? Number.NaN)
  if (status === 429 && bodyAsText?.includes('SubscriptionRequestsThrottled'))
    pace.told(subscription, kind, 0, pauseOf((name) => headers.get(name)) ?? 0)
  else if (!Number.isNaN(left)) pace.told(subscription, kind, left)
}
