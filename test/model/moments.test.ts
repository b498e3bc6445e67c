import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { missing } from '../../src/contract/missing.ts'
import { type LoopState, nextOf } from '../../src/contract/next.ts'
import { steady } from '../../src/model/steady.ts'

const minute = 60_000
const hour = 60 * minute
/** How far the machine's clock moves, by itself or by a correction, while so much time really passes. */
const moves = fc.array(fc.record({ passes: fc.integer({ min: 0, max: hour }), jumps: fc.integer({ min: -30 * hour, max: 30 * hour }) }), {
  maxLength: 30,
})

describe('a clock that jumps', () => {
  it('never goes back for what a process measures, and never stands still', () => {
    fc.assert(
      fc.property(moves, fc.integer({ min: 1, max: hour }), (all, ms) => {
        let clock = Date.parse('2026-03-02T10:00:00Z')
        const now = steady(() => clock)
        for (const { passes, jumps } of all) {
          const before = now()
          clock += passes + jumps
          expect(now()).toBeGreaterThanOrEqual(before)
          const after = now()
          clock += ms
          expect(now()).toBe(after + ms)
        }
      }),
    )
  })

  it('makes no step wait longer than it was to wait, however far it went back', () => {
    const everyMs = 24 * hour
    fc.assert(
      fc.property(fc.integer({ min: 2 * minute, max: 1000 * hour }), fc.integer({ min: 0, max: everyMs }), (back, planned) => {
        const now = Date.parse('2026-03-02T10:00:00Z')
        const ahead = now + back
        const state: LoopState = {
          resync: 0,
          generation: 0,
          auditAt: ahead + planned,
          empty: false,
          steps: [
            {
              ...{
                step: 'read-target',
                etag: '',
                attempts: 1,
                since: ahead,
                ranAt: ahead,
                nextRunAt: ahead + planned,
                resync: 0,
                inputs: '',
                generation: 0,
              },
              ...{ facts: {}, wake: [], outcome: { kind: 'waiting', problems: [], waits: [], changed: [], pendingDeletes: [] } },
            },
          ],
          program: [{ name: 'read-target', after: [], reading: false, digest: '' }],
          auditEvery: everyMs,
          now,
        }
        expect(nextOf(state)).toEqual({ do: 'run', steps: ['read-target'] })
        const ran = state.steps.map((row) => ({ ...row, ranAt: now, nextRunAt: now + planned + 3_000 }))
        const next = nextOf({ ...state, steps: ran })
        expect('until' in next && next.until - now).toBeLessThanOrEqual(everyMs)
      }),
    )
  })

  it('makes nothing wait longer for being gone than the time from the first read after it was set right', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 1000 * hour }), async (back) => {
        const now = Date.parse('2026-03-02T10:00:00Z')
        const times = { now, afterMs: 10 * minute, atMostMs: 24 * hour }
        const first = await missing({ missingSince: now + back }, times, async () => false)
        expect(first.facts.missingSince).toBe(now)
        expect(first.nextRunAt).toBe(now + 10 * minute)
      }),
    )
  })
})
