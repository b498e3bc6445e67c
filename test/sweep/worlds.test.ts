// A sample of random worlds; `npm run test:sweep` plays ten thousand.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { play } from './worlds/play.ts'
import { createSandbox } from './worlds/sandbox.ts'
import { origins, worlds } from './worlds/world.ts'

it('never deletes what may not go, and deletes what has to, whatever happens meanwhile', async () => {
  const box = await createSandbox()
  await fc.assert(
    fc.asyncProperty(worlds, async (world) => {
      expect((await play(world, box)).wrong).toEqual([])
    }),
    { numRuns: 8, seed: 20261127 },
  )
})

it('deletes what is left over and free in the plainest world, and nothing else in it', async () => {
  const box = await createSandbox()
  const things = origins.map((origin) => ({
    origin,
    kind: 'Secret' as const,
    cluster: 'one' as const,
    namespace: 'shop' as const,
    uses: [],
    isOptedOut: false,
    hasForgedMark: false,
  }))
  const outcome = await play(
    { mode: 'all', extension: { one: true, two: false }, isPrivate: { one: false, two: false }, things, happenings: [], forbidden: 'pods' },
    box,
  )
  expect(outcome).toMatchObject({ wrong: [], deleted: 2 })
})
