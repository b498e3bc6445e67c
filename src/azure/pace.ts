// Keeps to ARM's budget before ARM has to say so: per subscription and kind of request a bucket of tokens, filled at a steady rate
// (https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling). A request that finds no token is not sent: it
// fails as throttled, and each is given a turn of its own to come back, so that they do not come back together. Nobody sleeps within an activity.
//
// The budget belongs to our identity alone, but other instances of the app share it: what ARM says is left counts, if it is less.

import { pauseOf } from '../errors/classify.ts'
import { Failure } from '../errors/failure.ts'
import type { PipelinePolicy, PipelineResponse } from './sdk.ts'

/** Whoever comes back has mostly more than one call to make: look, change, look again. */
const callsInTurn = 3

/** Sums of fractions come out a little different each way they are added up: ours must never be the larger one. */
const nearlyAll = 1 - 1e-9

type Kind = 'reads' | 'writes' | 'deletes'
type Bucket = { tokens: number; filledAt: number /** Up to here turns are given away. */; promised: number }

const budgets: Readonly<Record<Kind, { readonly burst: number; readonly perSecond: number }>> = {
  reads: { burst: 250, perSecond: 25 },
  writes: { burst: 200, perSecond: 10 },
  deletes: { burst: 200, perSecond: 10 },
}

export type Pace = {
  /** `undefined` = go; otherwise the milliseconds after which there is a place. */
  take(subscription: string, kind: Kind): number | undefined
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
      bucket.tokens = Math.min(burst, bucket.tokens + ((now() - bucket.filledAt) / 1000) * perSecond * nearlyAll)
      bucket.filledAt = now()
    }
    return bucket
  }
  return {
    take(subscription, kind) {
      const bucket = bucketOf(subscription, kind)
      if (bucket.tokens >= 1) {
        bucket.tokens--
        return undefined
      }
      bucket.promised = Math.max(bucket.promised, bucket.filledAt) + (callsInTurn * 1000) / budgets[kind].perSecond
      return Math.ceil(bucket.promised - now())
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
    const wait = pace.take(subscription, kind)
    if (wait !== undefined) {
      const message = `the budget of ${kind} in the subscription is used up for now`
      throw new Failure({
        class: 'throttled',
        code: 'Throttled',
        about: { doing: `send ${request.method}`, message },
        retryAfterMs: wait,
        hasTurn: true,
      })
    }
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
