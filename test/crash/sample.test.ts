// A small sample of npm run test:crash: the host's process is killed a good dozen times during a connect and a disconnect.
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { AzuriteHandle } from '../../src/local/cloud/storage/azurite.ts'
import { azuriteOfRun } from '../azurite.ts'
import { type Place, startPlace } from './place.ts'
import { byCommits, connectionsOn, nobody, round } from './rounds.ts'

let azurite: AzuriteHandle
let place: Place
beforeAll(async () => {
  azurite = azuriteOfRun()
  place = await startPlace(azurite.address, 2)
})
afterAll(async () => {
  await place.close()
  await azurite.close()
})

it('ends like an undisturbed run when the host is killed every 14 commits, with nothing doubled and nothing unrecorded', async () => {
  const undisturbed = await round(place, connectionsOn(['c1'], ['userAssignedIdentity']), () => nobody)
  expect(undisturbed.wrong).toEqual([])
  expect(undisturbed.end.ledger.length).toBeGreaterThanOrEqual(9)
  const { kills, wrong } = await round(place, connectionsOn(['c2'], ['userAssignedIdentity']), () => byCommits(7, 14), undisturbed.end)
  expect(wrong).toEqual([])
  expect(kills).toBeGreaterThanOrEqual(5)
}, 240_000)
