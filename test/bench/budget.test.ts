// Counters that must not grow unnoticed. No times: what a connection costs in calls is the same on a slow machine. The figures and how they come
// about are in docs/performance.md; a change that needs more calls than these says there why.
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { AzuriteHandle } from '../../src/local/cloud/storage/azurite.ts'
import { azuriteOfRun } from '../azurite.ts'
import { applies } from './applies.ts'
import { executionsOf } from './counted.ts'
import { armMinimum, criticalPathMs } from './minimum.ts'
import { fresh, reconcile } from './stories.ts'

let azurite: AzuriteHandle
beforeAll(() => {
  azurite = azuriteOfRun()
})
afterAll(() => azurite.close())

it('connects ten at once with one PUT of the cluster, in little more time than the cluster takes', async () => {
  const { ms, counted } = await fresh(azurite, 10)
  expect(counted.clusterPuts).toBe(1)
  expect(counted.throttled).toBe(0)
  expect(counted.listKeys).toBe(0)
  // A late event costs a poll at most.
  expect(ms).toBeLessThan(criticalPathMs * 1.15)
  // A role assignment that came too early for the directory is tried again: three more calls.
  expect(counted.arm).toBeLessThanOrEqual(armMinimum * 1.5)
  // An event more or less is a few requests.
  expect(counted.tables).toBeLessThan(615)
  expect(executionsOf(counted)).toBeLessThan(310)
})

it('connects one, with the ten minutes after it, for 150 table transactions', async () => {
  const { counted } = await fresh(azurite, 1)
  expect(counted.tables).toBeLessThanOrEqual(150)
  expect(executionsOf(counted)).toBeLessThanOrEqual(130)
})

it('reconciles a settled connection with nine calls, and does not read again what its namespace was told', async () => {
  const { arm, kubernetes } = await reconcile(azurite)
  expect(arm + kubernetes).toBeLessThanOrEqual(9)
})

it('opens four connections to an API server for two hundred applies', async () => {
  expect((await applies(200)).connections).toBeLessThanOrEqual(4)
})
