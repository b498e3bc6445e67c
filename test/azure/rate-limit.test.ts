import { createHttpHeaders, createPipelineRequest, type PipelineResponse } from '@azure/core-rest-pipeline'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRateLimiter, rateLimited } from '../../src/azure/rate-limit.ts'
import { createBuckets } from '../../src/local/cloud/arm/throttling.ts'

/** What may use the whole bucket. */
const cluster = 'resourceGroups/g/providers/Microsoft.ContainerService/managedClusters/c'
const endpoint = 'https://management.azure.com'

/** Sends through the policy; `answer` is what ARM would say. */
async function sent(
  rateLimiter: ReturnType<typeof createRateLimiter>,
  url: string,
  {
    method = 'GET',
    status = 200,
    headers = {},
    body = '',
  }: { method?: 'GET' | 'PUT' | 'POST'; status?: number; headers?: Record<string, string>; body?: string } = {},
): Promise<number | { retryAfterMs: number }> {
  const request = createPipelineRequest({ url, method })
  try {
    const answer: PipelineResponse = { request, status, headers: createHttpHeaders(headers), bodyAsText: body }
    return (await rateLimited(rateLimiter, endpoint).sendRequest(request, async () => answer)).status
  } catch (error) {
    return (error as { fields: { retryAfterMs: number } }).fields
  }
}

describe("ARM's budget", () => {
  it('lets a burst through, and then refuses without sending, each with a time of its own', async () => {
    const rateLimiter = createRateLimiter(() => 1_000)
    for (let call = 0; call < 200; call++)
      expect(await sent(rateLimiter, `${endpoint}/subscriptions/a/${cluster}`, { method: 'PUT' })).toBe(200)
    const waits = []
    for (let call = 0; call < 3; call++) waits.push(await sent(rateLimiter, `${endpoint}/subscriptions/a/${cluster}`, { method: 'PUT' }))
    expect(waits).toMatchObject([{ class: 'throttled', retryAfterMs: 300, isReserved: true }, { retryAfterMs: 600 }, { retryAfterMs: 900 }])
    expect(await sent(rateLimiter, `${endpoint}/subscriptions/A/${cluster}`), 'reads have a budget of their own').toBe(200)
    expect(await sent(rateLimiter, `${endpoint}/subscriptions/b/${cluster}`, { method: 'PUT' }), 'and so has another subscription').toBe(
      200,
    )
  })

  it('keeps a part for clusters, which have a queue of their own', async () => {
    const rateLimiter = createRateLimiter(() => 0)
    const role = `${endpoint}/subscriptions/a/${cluster}/providers/Microsoft.Authorization/roleAssignments/r`
    for (let call = 0; call < 150; call++) expect(await sent(rateLimiter, role, { method: 'PUT' })).toBe(200)
    expect(await sent(rateLimiter, role, { method: 'PUT' })).toMatchObject({ retryAfterMs: 300 })
    expect(await sent(rateLimiter, role, { method: 'PUT' })).toMatchObject({ retryAfterMs: 600 })
    for (let call = 0; call < 50; call++)
      expect(await sent(rateLimiter, `${endpoint}/subscriptions/a/${cluster}`, { method: 'PUT' })).toBe(200)
    expect(await sent(rateLimiter, `${endpoint}/subscriptions/a/${cluster}`, { method: 'PUT' })).toMatchObject({ retryAfterMs: 300 })
    expect(await sent(rateLimiter, role, { method: 'PUT' })).toMatchObject({ retryAfterMs: 5_300 })
  })

  it('keeps nothing for clusters where others use much, until the bucket is full again', async () => {
    let now = 0
    const rateLimiter = createRateLimiter(() => now)
    const write = (left?: string) => {
      const headers: Record<string, string> = left === undefined ? {} : { 'x-ms-ratelimit-remaining-subscription-writes': left }
      return sent(rateLimiter, `${endpoint}/subscriptions/a/x`, { method: 'PUT', headers })
    }
    expect(await write('3')).toBe(200)
    for (let call = 0; call < 3; call++) expect(await write()).toBe(200)
    expect(await write()).toMatchObject({ retryAfterMs: 300 })
    now = 60_000
    for (let call = 0; call < 150; call++) expect(await write()).toBe(200)
    expect(await write()).toMatchObject({ retryAfterMs: 300 })
  })

  it("keeps to the provider's own limit for the credentials of clusters", async () => {
    const rateLimiter = createRateLimiter(() => 0)
    const credentials = `${endpoint}/subscriptions/a/${cluster}/listClusterUserCredential`
    for (let call = 0; call < 60; call++) expect(await sent(rateLimiter, credentials, { method: 'POST' })).toBe(200)
    expect(await sent(rateLimiter, credentials, { method: 'POST' })).toMatchObject({ retryAfterMs: 1_000, isReserved: true })
    expect(await sent(rateLimiter, credentials, { method: 'POST' })).toMatchObject({ retryAfterMs: 2_000 })
    expect(await sent(rateLimiter, `${endpoint}/subscriptions/a/${cluster}`, { method: 'PUT' })).toBe(200)
  })

  it('is none for other hosts', async () => {
    const rateLimiter = createRateLimiter(() => 0)
    for (let call = 0; call < 300; call++) expect(await sent(rateLimiter, 'https://x.table.core.windows.net/t')).toBe(200)
  })

  it('believes what ARM says is left, for others may use it too', async () => {
    const rateLimiter = createRateLimiter(() => 0)
    expect(
      await sent(rateLimiter, `${endpoint}/subscriptions/a/${cluster}`, {
        headers: { 'x-ms-ratelimit-remaining-subscription-reads': '1' },
      }),
    ).toBe(200)
    expect(await sent(rateLimiter, `${endpoint}/subscriptions/a/${cluster}`)).toBe(200)
    expect(await sent(rateLimiter, `${endpoint}/subscriptions/a/${cluster}`)).toMatchObject({ retryAfterMs: 120 })
  })

  it('sends nothing for as long as ARM asks for', async () => {
    let now = 0
    const rateLimiter = createRateLimiter(() => now)
    const body = '{"error":{"code":"SubscriptionRequestsThrottled"}}'
    expect(await sent(rateLimiter, `${endpoint}/subscriptions/a/${cluster}`, { status: 429, headers: { 'retry-after': '10' }, body })).toBe(
      429,
    )
    now = 9_000
    expect(await sent(rateLimiter, `${endpoint}/subscriptions/a/${cluster}`)).toMatchObject({ retryAfterMs: 1_120 })
    now = 10_120
    expect(await sent(rateLimiter, `${endpoint}/subscriptions/a/${cluster}`)).toBe(200)
  })

  it('is not shut by a clock that goes back, however far and however often', () => {
    const jumps = fc.array(fc.integer({ min: -48 * 3_600_000, max: 3_600_000 }), { minLength: 1, maxLength: 10 })
    fc.assert(
      fc.property(jumps, fc.integer({ min: 0, max: 400 }), (all, used) => {
        let now = Date.parse('2026-03-02T10:00:00Z')
        const rateLimiter = createRateLimiter(() => now)
        for (const jump of all) {
          for (let call = 0; call < used; call++) rateLimiter.acquire('s', 'writes')
          now += jump
          // What was used comes back in 20 seconds, as if nothing had happened to the clock.
          now += 20_000 + used * 300
          expect(rateLimiter.acquire('s', 'writes', true)).toBeUndefined()
        }
      }),
    )
  })

  it('is never exceeded, whenever the calls come', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(['writes', 200, 10] as const, ['cluster credentials', 60, 1] as const),
        fc.array(fc.integer({ min: 0, max: 120 }), { minLength: 300, maxLength: 900 }),
        ([kind, burst, perSecond], pauses) => {
          let now = 0
          const rateLimiter = createRateLimiter(() => now)
          const arm = createBuckets({ now: () => now, at: () => () => {}, busy: () => () => {} })
          for (const pause of pauses) {
            now += pause
            if (rateLimiter.acquire('a', kind, true) === undefined) expect(arm.take('a', burst, perSecond)).toHaveProperty('left')
          }
        },
      ),
      { endOnFailure: true },
    )
  })
})
