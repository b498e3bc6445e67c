import { afterEach, describe, expect, it, vi } from 'vitest'
import { contended } from '../../src/errors/contention.ts'
import { Failure } from '../../src/errors/failure.ts'

const thrown = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  )

afterEach(() => {
  vi.useRealTimers()
})

describe('a write that others win', () => {
  it('is tried again until it is won', async () => {
    let tries = 0
    expect(await contended('join', async () => (++tries < 4 ? 'conflict' : 'joined'))).toBe('joined')
    expect(tries).toBe(4)
  })

  it('is given up after some tries, and says when to come back', async () => {
    vi.useFakeTimers()
    let tries = 0
    const began = performance.now()
    const told = thrown(contended('join', async () => (++tries > 1000 ? 'joined' : 'conflict')))
    await vi.runAllTimersAsync()
    const error = await told
    expect(error).toBeInstanceOf(Failure)
    expect(error).toMatchObject({ fields: { class: 'transient', code: 'StoreBusy', about: { doing: 'join' } } })
    expect((error as Failure).fields.retryAfterMs).toBeGreaterThanOrEqual(5_000)
    expect(tries).toBeLessThan(20)
    expect(performance.now() - began).toBeLessThan(4_000)
  })

  it('passes on what is thrown', async () => {
    const broken = new TypeError('broken')
    expect(await thrown(contended('join', () => Promise.reject(broken)))).toBe(broken)
  })
})
