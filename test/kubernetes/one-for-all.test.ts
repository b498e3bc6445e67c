import { expect, it } from 'vitest'
import { Failure } from '../../src/errors/failure.ts'
import { oneForAll } from '../../src/kubernetes/one-for-all.ts'

it('reads once for all that come meanwhile, for each cluster, and again afterwards', async () => {
  const asked: string[] = []
  const read = oneForAll(
    async (id) => {
      asked.push(id)
      await Promise.resolve()
      return `${id}${asked.length}`
    },
    () => 0,
  )
  expect(await Promise.all([read('a'), read('b'), read('a')])).toEqual(['a2', 'b2', 'a2'])
  expect(await read('a')).toBe('a3')
})

it('lets all wait for the turn that one of them has, and reads when it has come', async () => {
  let now = 0
  let asked = 0
  const read = oneForAll(
    async () => {
      asked++
      if (now >= 5_000) return 'credentials'
      throw new Failure({ class: 'throttled', code: 'Throttled', about: { doing: 'd' }, retryAfterMs: 5_000, isReserved: true })
    },
    () => now,
  )
  const waits = async () => await read('a').catch((error: Failure) => error.fields.retryAfterMs)
  expect(await waits()).toBe(5_000)
  now = 2_000
  expect(await waits()).toBe(3_000)
  expect(asked).toBe(1)
  now = 5_000
  expect(await waits()).toBe('credentials')
})
