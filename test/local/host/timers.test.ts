// Timer triggers: schedules, and what becomes of a slot that was missed.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { VirtualClock } from '../../../src/local/clock.ts'
import { startHost } from '../../../src/local/host/host.ts'
import { parseSchedule } from '../../../src/local/host/ncrontab.ts'
import { talkTo, testApp, withHost } from './running-host.ts'

type Fired = {
  readonly kind: string
  readonly at: string
  readonly what: { isPastDue: boolean; scheduleStatus: { last: string; next: string } }
}

describe('a schedule', () => {
  const from = Date.parse('2026-03-02T08:00:00Z') // a Monday
  for (const [schedule, next] of [
    ['0 * * * * *', '2026-03-02T08:01:00Z'],
    ['0 */10 * * * *', '2026-03-02T08:10:00Z'],
    ['30 5 8 * * *', '2026-03-02T08:05:30Z'],
    ['0 0 3 * * *', '2026-03-03T03:00:00Z'],
    ['0 0 0 1 1 *', '2027-01-01T00:00:00Z'],
    ['0 30 9-17/4 * * Sat,Sun', '2026-03-07T09:30:00Z'],
    ['0 0 0 29 Feb *', '2028-02-29T00:00:00Z'],
    ['5 * * * *', '2026-03-02T08:05:00Z'],
    ['00:00:45', '2026-03-02T08:00:45Z'],
  ])
    it(`'${schedule}' comes next at ${next}`, () => {
      expect(new Date(parseSchedule(String(schedule)).next(from)).toISOString().replace('.000', '')).toBe(next)
    })

  for (const schedule of ['0 60 * * * *', '0 0 0 31 2 *', 'tomorrow', '* * *', '0 */0 * * * *'])
    it(`'${schedule}' is refused`, () => {
      expect(() => parseSchedule(schedule).next(from)).toThrow(/schedule|time span/)
    })
})

describe('a timer function', () => {
  it('runs at each slot, in virtual time', () =>
    withHost(async ({ clock, get }) => {
      await clock.pass(35 * 60_000)
      const fired = await get<Fired[]>('/fired')
      expect(fired.map(({ at }) => at)).toEqual(['08:10', '08:20', '08:30'].map((time) => `2026-03-02T${time}:00.000Z`))
      expect(fired.map(({ what }) => what.isPastDue)).toEqual([false, false, false])
      expect(fired[0]?.what.scheduleStatus.last).toBe('0001-01-01T00:00:00+00:00')
      expect(fired[2]?.what.scheduleStatus).toMatchObject({ last: '2026-03-02T08:20:00+00:00', next: '2026-03-02T08:30:00+00:00' })
    }))

  it('goes on after a failed run', () =>
    withHost(async ({ clock, host }) => {
      await clock.pass(48 * 3_600_000)
      expect(host.counters.invocations['failsDaily']).toBe(2)
    }))

  it('makes up for a missed slot once, at the start, and says so', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'host-'))
    const clock = new VirtualClock()
    const restoreDate = clock.install()
    const options = { appFolder: testApp, clock, stateFile: join(folder, 'state.db') }
    try {
      const first = await startHost(options)
      await clock.pass(11 * 60_000)
      await first.stop()
      await clock.pass(60 * 60_000)
      const second = await startHost(options)
      await clock.pass(60_000)
      const fired = await talkTo(second, clock).get<Fired[]>('/fired')
      await second.stop()
      const late = fired.filter(({ kind }) => kind === 'everyTenMinutes')
      expect(late.map(({ at, what }) => [at, what.isPastDue])).toEqual([['2026-03-02T09:11:00.000Z', true]])
    } finally {
      restoreDate()
      rmSync(folder, { recursive: true })
    }
  })

  it('runs when it is asked to, by name or through the admin API', () =>
    withHost(async ({ host, clock }) => {
      await host.run('everyTenMinutes')
      const answer = await fetch(`${host.url}/admin/functions/EVERYTENMINUTES`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{}',
      })
      expect(answer.status).toBe(202)
      await clock.idle()
      expect(host.counters.invocations['everyTenMinutes']).toBe(2)
      await expect(host.run('work')).rejects.toThrow('no trigger that can be run by hand')
    }))
})
