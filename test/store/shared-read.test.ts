import { expect, it } from 'vitest'
import { sharedRead } from '../../src/store/shared-read.ts'

const turn = () => new Promise((done) => setImmediate(done))

function world() {
  let value = 1
  let reads = 0
  const answers: (() => void)[] = []
  const read = sharedRead((_key: string) => {
    reads++
    const observed = value
    return new Promise<number>((answer) => answers.push(() => answer(observed)))
  })
  return {
    read,
    reads: () => reads,
    write: (now: number) => {
      value = now
    },
    answer: async () => {
      answers.shift()?.()
      await turn()
    },
  }
}

it('asks once for all who come while a read is under way, and never tells them what was before their question', async () => {
  const { read, reads, write, answer } = world()
  const early = read('a')
  write(2)
  const late = [read('a'), read('a'), read('a')]
  await answer()
  await answer()
  expect(await early).toBe(1)
  expect(await Promise.all(late)).toEqual([2, 2, 2])
  expect(reads()).toBe(2)
})

it('keeps nothing: who comes later reads again', async () => {
  const { read, reads, write, answer } = world()
  const first = read('a')
  await answer()
  expect(await first).toBe(1)
  write(2)
  const second = read('a')
  await answer()
  expect(await second).toBe(2)
  expect(reads()).toBe(2)
})

it('reads again for those who wait when a read has failed', async () => {
  let fails = true
  const read = sharedRead(async () => {
    await turn()
    if (!fails) return 'well'
    fails = false
    throw new Error('no answer')
  })
  const [first, second] = await Promise.allSettled([read('a'), read('a')])
  expect(first.status).toBe('rejected')
  expect(second).toEqual({ status: 'fulfilled', value: 'well' })
})
