import { expect, it } from 'vitest'
import { VirtualClock } from '../../../src/local/clock.ts'
import { createWorld } from '../../../src/local/cloud/world.ts'

type Ring = { readonly type: 'ring'; readonly bell: string }
const stored = <T>(value: T): T => JSON.parse(JSON.stringify(value))

it('carries out what falls due, once, also in a later life whose handlers come late', async () => {
  const clock = new VirtualClock()
  const rung: string[] = []
  const first = createWorld(clock)
  first.on<Ring>('ring', ({ bell }) => void rung.push(bell))
  first.later(1_000, { type: 'ring', bell: 'a' })
  first.later(5_000, { type: 'ring', bell: 'b' })
  await clock.pass(2_000)
  const state = stored(first.snapshot())
  first.close()
  await clock.pass(10_000)
  expect(rung).toEqual(['a'])
  const second = createWorld(clock, state)
  await clock.pass(1_000)
  second.on<Ring>('ring', ({ bell }) => void rung.push(`${bell} again`))
  await clock.pass(1_000)
  expect(rung).toEqual(['a', 'b again'])
  expect(second.snapshot().due).toEqual([])
})

it('keeps an effect in its snapshot until it is done, and what comes after closing', async () => {
  const clock = new VirtualClock()
  const world = createWorld(clock)
  let finish = (): void => {}
  world.on<Ring>('ring', () => new Promise((done) => (finish = done)))
  world.later(0, { type: 'ring', bell: 'slow' })
  void clock.pass(0)
  await new Promise((turn) => setTimeout(turn, 10))
  expect(world.snapshot().due).toHaveLength(1)
  world.close()
  world.later(1_000, { type: 'ring', bell: 'late' })
  finish()
  await new Promise((turn) => setTimeout(turn, 10))
  expect(world.snapshot().due.map(({ effect }) => effect['bell'])).toEqual(['late'])
})

it('does not take an effect that nothing carries out, and gives the same numbers for the same seed', () => {
  const world = createWorld(new VirtualClock())
  expect(() => world.later(1, { type: 'unknown' })).toThrow("No handler for effects of type 'unknown'")
  expect(world.uuid()).toBe(createWorld(new VirtualClock()).uuid())
  expect(world.uuid()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
})
