import type { HttpResponseInit } from '@azure/functions'
import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { createRateLimiter } from '../../src/azure/rate-limit.ts'
import { Failure } from '../../src/errors/failure.ts'
import { callerLimits, mostPoints, pointsOf } from '../../src/functions/http/caller-limits.ts'
import { app, cluster, everything, linkerBody, linkerPath, request, type TestServices, testServices, version } from './test-services.ts'

let now = 0
let reads = 0
let given: TestServices
beforeEach(async () => {
  now = 0
  reads = 0
  given = testServices({
    limits: callerLimits(() => now),
    preflight: async () => {
      reads++
      return { value: [], changes: [], adoptions: [], actions: [], budgets: [], ready: true, notes: [] }
    },
  })
  await given.store.putPolicy({ name: 'all', allow: everything })
})
const connects = Array.from(
  { length: 20 },
  (_, n) => `connect=${encodeURIComponent(`storage-blob:acc${n}?namespace=shop&workload=w${n}`)}`,
).join('&')
const input = async (method: string, path: string) =>
  (await app(() => given.services)(
    request(method, path, method === 'PUT' ? { body: linkerBody() } : {}),
    given.context,
  )) as HttpResponseInit
const preflight = (query = connects) => input('GET', `${cluster}/providers/Microsoft.ServiceLinker/preflight?${version}&${query}`)
const retryAfter = ({ headers }: HttpResponseInit): number => Number((headers as Record<string, string>)['retry-after'])

describe('a caller', () => {
  it('who asks too much is told when to come back, in the shape of ARM, and nothing is read meanwhile', async () => {
    expect((await preflight()).status).toBe(200)
    const refused = await preflight()
    expect([refused.status, JSON.parse(String(refused.body))]).toMatchObject([429, { error: { code: 'TooManyRequests' } }])
    expect(reads).toBe(1)
    now += retryAfter(refused) * 1000
    expect((await preflight()).status).toBe(200)
    expect(reads).toBe(2)
  })

  it('does not get around it by another route, another cluster or another question', async () => {
    await input('PUT', `${linkerPath('data')}?${version}`)
    for (let n = 0; n < 100; n++) await input('GET', `${linkerPath('data')}/diagnosis?${version}`)
    expect((await preflight()).status).toBe(429)
    expect((await input('GET', `/clusters${cluster.replace('/aks', '/other')}/preflight?${connects}`)).status).toBe(429)
    for (let n = 0; n < 20; n++) await preflight('')
    expect((await input('GET', `${linkerPath('data')}/diagnosis?${version}`)).status).toBe(429)
    expect((await input('POST', `${linkerPath('data')}/reconcile?${version}`)).status).toBe(429)
  })

  it('may read what the app knows as often as it likes', async () => {
    await input('PUT', `${linkerPath('data')}?${version}`)
    while ((await preflight()).status === 200);
    for (let n = 0; n < 50; n++) expect((await input('GET', `${linkerPath('data')}?${version}`)).status).toBe(200)
  })
})

it('whatever a caller does, it gets no more than its bucket and what runs into it', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 60_000 }), fc.integer({ min: 1, max: 400 }))), (asks) => {
      let at = 0
      let got = 0
      const limits = callerLimits(() => at)
      for (const [pause, points] of asks) {
        at += pause
        const wait = limits('rob', points)
        if (wait === undefined) got += Math.min(points, mostPoints)
        else expect(wait).toBeGreaterThan(0)
        expect(got).toBeLessThanOrEqual(mostPoints + (at / 1000) * 2 + 1e-6)
      }
    }),
  )
  expect(pointsOf.preflight(20)).toBeLessThanOrEqual(mostPoints)
})

describe('the share of callers', () => {
  it('leaves so much of ARM’s budget for connections, however much is asked for', () => {
    let at = 0
    const rateLimiter = createRateLimiter(() => at)
    let sent = 0
    for (let second = 0; second < 600; second++) {
      while (rateLimiter.forCallers.acquire('s', 'reads') === undefined) sent++
      for (let call = 0; call < 5; call++) expect(rateLimiter.acquire('s', 'reads')).toBeUndefined()
      at += 1000
    }
    expect(sent).toBeLessThanOrEqual(150 + 600 * 5)
    expect(sent).toBeGreaterThan(1000)
  })

  it('waits while connections need the budget themselves', () => {
    const rateLimiter = createRateLimiter(() => 0)
    for (let call = 0; call < 160; call++) expect(rateLimiter.acquire('s', 'reads')).toBeUndefined()
    expect(rateLimiter.forCallers.acquire('s', 'reads')).toBeGreaterThan(0)
    expect(rateLimiter.forCallers.acquire('other', 'reads')).toBeUndefined()
  })

  it('that is used up is answered with 429 and a time', async () => {
    given = testServices({
      preflight: () =>
        Promise.reject(new Failure({ class: 'throttled', code: 'CallersShareUsedUp', about: { doing: 'read' }, retryAfterMs: 7_000 })),
    })
    const answer = await preflight('')
    expect([answer.status, retryAfter(answer), JSON.parse(String(answer.body)).error.code]).toEqual([429, 7, 'CallersShareUsedUp'])
  })
})
