// Strict mode: what a real host lets pass, or answers with silence, fails loudly here and says why.

import { describe, expect, it } from 'vitest'
import { withHost } from './running-host.ts'

const fails: readonly [what: string, orchestrator: string, text: string][] = [
  ['two runs of an episode that ask for different things', 'random', 'two runs on the same history'],
  ['an activity name that is not registered', 'callsUnknown', "no activity is named 'noSuchActivity'"],
  ['a task that is part of two lists', 'reusesTask', 'a task (work) is part of two lists'],
  ['a timer left open at the end', 'leavesTimer', 'a timer is still open'],
  ['a timer left open at continueAsNew', 'leavesTimerAndGoesOn', 'a timer is still open'],
  ['an orchestrator that throws an empty error', 'throwsNothing', 'threw something without a message'],
  ['an activity that throws an empty error', 'failsWithoutText', 'the activity failing threw something without a message'],
  ['an activity input of more than 60 KB', 'longInput', 'the input of work has 69 KB'],
  ['an activity result of more than 60 KB', 'getsLongResult', 'the result of longResult has 69 KB'],
  ['a custom status of more than 16 KB', 'longStatus', 'must not exceed 16 KB'],
  ['a start of an unknown orchestrator', 'noSuchOrchestrator', "The function 'noSuchOrchestrator' doesn't exist"],
]

describe('strict mode', () => {
  for (const [what, orchestrator, text] of fails)
    it(`fails the instance: ${what}`, () =>
      withHost(async ({ start, ended, host }) => {
        await start(orchestrator, 'one')
        const { runtimeStatus, output } = await ended('one')
        expect(runtimeStatus).toBe('Failed')
        expect(output).toContain(text)
        expect(host.violations.length).toBeGreaterThan(0)
      }))

  for (const id of ['a%23b', 'a%3Fb', 'a%5Cb', '%40a', 'x'.repeat(101)])
    it(`refuses the instance id ${id.slice(0, 10)}`, () =>
      withHost(async ({ start, host }) => {
        const answer = await start('journey', id)
        expect(answer.status).toBe(400)
        expect(await answer.text()).toContain('Strict mode')
        expect(host.violations).toHaveLength(1)
      }))

  it('runs every episode twice, and counts it once', () =>
    withHost(async ({ start, ended, host }) => {
      await start('journey', 'one')
      await ended('one')
      // Five episodes, or six where the two parallel activities end apart.
      expect([5, 6]).toContain(host.counters.invocations['journey'])
      expect(host.violations).toEqual([])
    }))

  it('is off where it is switched off: an unknown activity then hangs, as on a real host', () =>
    withHost(
      async ({ start, status, clock, host }) => {
        await start('callsUnknown', 'one')
        await clock.pass(3_600_000)
        expect((await status('one')).runtimeStatus).toBe('Running')
        expect(host.violations).toEqual([])
      },
      { strict: false },
    ))
})
