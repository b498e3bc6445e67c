// A sample of random schedules; `npm run test:events` plays a thousand. SCHEDULE_SEED and SCHEDULE_PATH play one that failed again, SCHEDULE_SHRINK
// looks for a shorter one that fails as well.
import fc from 'fast-check'
import { afterAll, beforeAll, it } from 'vitest'
import type { AzuriteHandle } from '../../src/local/cloud/storage/azurite.ts'
import { azuriteOfRun } from '../azurite.ts'
import { type Harness, openHarness } from './harness.ts'
import { schedule } from './schedule.ts'

const { SCHEDULES, SCHEDULE_SEED, SCHEDULE_PATH, SCHEDULE_SHRINK } = process.env
const runs = Number(SCHEDULES ?? 3)
const seed = Number(SCHEDULE_SEED ?? Math.floor(Math.random() * 2 ** 31))

let azurite: AzuriteHandle
let harness: Harness | undefined
beforeAll(() => {
  azurite = azuriteOfRun()
})
afterAll(async () => {
  await harness?.close()
  await azurite.close()
})

it(`settles in what was last desired, whatever happened before: ${runs} random schedules`, {
  timeout: 30_000 + runs * 60_000,
}, async () => {
  const property = fc.asyncProperty(schedule, fc.nat(), async (moments, number) => {
    harness ??= await openHarness(azurite)
    try {
      await harness.play(moments, number)
    } catch (error) {
      // What is left of it must not spoil the next.
      await harness.close()
      harness = undefined
      throw error
    }
  })
  await fc.assert(property, {
    numRuns: runs,
    seed,
    endOnFailure: SCHEDULE_SHRINK === undefined,
    ...(SCHEDULE_PATH === undefined ? {} : { path: SCHEDULE_PATH }),
  })
})
