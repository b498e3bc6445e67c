// Orchestrations in virtual time: what the recordings cannot show because it takes hours, or a thousand activities.

import { describe, expect, it } from 'vitest'
import { realClock, VirtualClock } from '../../../src/local/clock.ts'
import { startHost } from '../../../src/local/host/host.ts'
import { isOver, talkTo, testApp, withHost } from './running-host.ts'

describe('an orchestration in virtual time', () => {
  it('fans out to a thousand activities, never more at once than host.json allows', () =>
    withHost(async ({ start, ended, get, host }) => {
      await start('fanOut', 'wide', 1000)
      const { runtimeStatus, output } = await ended('wide')
      expect({ runtimeStatus, output }).toEqual({ runtimeStatus: 'Completed', output: 999_000 })
      expect(host.counters.invocations['work']).toBe(1000)
      const most = await get<number>('/most')
      expect(most).toBeGreaterThan(1)
      expect(most).toBeLessThanOrEqual(40)
      expect(host.violations).toEqual([])
    }))

  it('loses a wake to the waiter that an earlier sleep of the same execution left over', () =>
    withHost(async ({ start, ended }) => {
      await start('sleepsInOneExecution', 'stale')
      // Rounds 1 and 2 end by their timers; the wake raised before round 3 goes to a waiter of theirs.
      expect((await ended('stale')).output).toEqual(['timer', 'timer', 'timer'])
    }))

  it('takes every wake when it sleeps once per execution, and an early one counts once more', () =>
    withHost(async ({ start, raise, ended, clock, host }) => {
      await start('sleepsPerExecution', 'loop')
      await clock.idle()
      await raise('loop', 'wake', 1)
      // The cancelled timer ends the extension's wait before the event is processed, so the event is carried over as well.
      const { output } = await ended('loop')
      expect(output).toEqual(['wake', 'wake', 'timer'])
      expect(host.violations).toEqual([])
    }))

  it('lets a timer fire up to a second early, and not earlier', () =>
    withHost(async ({ start, ended, clock }) => {
      const began = clock.now()
      await start('waitsDays', 'day', 1)
      const { output } = await ended('day')
      const waited = Date.parse(String(output)) - began
      expect(waited).toBeGreaterThanOrEqual(24 * 3_600_000 - 1000)
      expect(waited).toBeLessThan(24 * 3_600_000)
    }))

  it('splits a timer of seven days: three, then the rest', () =>
    withHost(async ({ start, ended }) => {
      await start('waitsDays', 'long', 7)
      const { historyEvents } = await ended('long')
      const began = Date.parse(String(historyEvents[0]?.['Timestamp']))
      const days = historyEvents
        .filter(({ EventType }) => EventType === 'TimerFired')
        .map(({ FireAt }) => Math.round((Date.parse(String(FireAt)) - began) / 86_400_000))
      expect(days.slice(0, 2)).toEqual([3, 7])
    }))

  it('refuses a sub-orchestration by name', () =>
    withHost(async ({ start, ended }) => {
      await start('callsChild', 'parent')
      const { runtimeStatus, output } = await ended('parent')
      expect(runtimeStatus).toBe('Failed')
      expect(output).toContain('callSubOrchestrator')
    }))
})

it('fails an activity that runs longer than functionTimeout', async () => {
  process.env['AzureFunctionsJobHost__functionTimeout'] = '00:00:01'
  const host = await startHost({ appFolder: testApp, clock: realClock, stateFile: ':memory:' })
  delete process.env['AzureFunctionsJobHost__functionTimeout']
  try {
    const { start, status } = talkTo(host, new VirtualClock())
    await start('slow', 'one', { ms: 1500, value: 1 })
    await expect.poll(async () => isOver(await status('one')), { timeout: 5000 }).toBe(true)
    expect((await status('one')).output).toContain('Timeout value of 00:00:01 was exceeded by function: Functions.slowWork')
  } finally {
    await host.stop()
  }
})

it('starts many hosts one after the other in a process, each with hooks and functions of its own', async () => {
  Reflect.deleteProperty(globalThis, 'hostTestHooks')
  for (const id of ['first', 'second'])
    await withHost(async ({ start, ended }) => {
      await start('journey', id)
      expect((await ended(id)).output).toEqual([2, 4, 6, 8])
    })
  expect(Reflect.get(globalThis, 'hostTestHooks')).toEqual(['appStart', 'appTerminate', 'appStart', 'appTerminate'])
})
