import { setTimeout as wait } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { VirtualClock } from '../../src/local/clock.ts'
import { azuriteOfRun } from '../azurite.ts'
import { startStory } from '../scenarios/story.ts'

it.each([['in the order of their start', 0, 1] as const, ['in the opposite order', 1, 0] as const])(
  'leaves the real Date when two clocks end %s',
  (_, first, second) => {
    const real = globalThis.Date
    const ends = ['2030-01-01T00:00:00Z', '2040-01-01T00:00:00Z'].map((start) => new VirtualClock(Date.parse(start)).install())
    expect(new Date().getUTCFullYear()).toBe(2040)
    ends[first]?.()
    expect(new Date().getUTCFullYear()).toBe(first === 0 ? 2040 : 2030)
    ends[second]?.()
    expect(globalThis.Date).toBe(real)
  },
)

it('names what holds time for too long, and lets it be held by one thing after the other for as long as that takes', async () => {
  const clock = new VirtualClock(0, 400)
  let free = clock.busy('the first')
  const inTurn = (async () => {
    for (let times = 0; times < 8; times++) {
      await wait(100)
      const next = clock.busy('one of many')
      free()
      free = next
    }
    free()
  })()
  await clock.pass(1)
  await inTurn
  clock.busy('what never ends')
  await expect(clock.pass(1)).rejects.toThrow('what never ends')
})

it('is not followed any more where a story cannot begin', async () => {
  const [real, proxy] = [globalThis.Date, process.env['HTTPS_PROXY']]
  const begin = startStory(azuriteOfRun(), { host: { appFolder: 'no-such-folder' } })
  await expect(begin).rejects.toThrow('no-such-folder')
  expect([globalThis.Date, process.env['HTTPS_PROXY']]).toEqual([real, proxy])
})
