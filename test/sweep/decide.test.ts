import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decide, type Finding } from '../../src/sweep/decide.ts'

const hour = 60 * 60_000
const graceMs = 24 * hour
const names = fc.array(fc.constantFrom('Pod a/b', 'Job a/c'), { maxLength: 2 })
const findings: fc.Arbitrary<Finding> = fc.record({
  isOwned: fc.boolean(),
  isSystem: fc.boolean(),
  unproven: fc.option(fc.constant('a copy'), { nil: undefined }),
  optOut: fc.option(fc.constant('annotation x'), { nil: undefined }),
  isGoing: fc.boolean(),
  isMarked: fc.boolean(),
  users: fc.oneof(names, fc.record({ unknown: fc.constant(['pods']) })),
})
const moments = fc.integer({ min: -48, max: 48 }).map((hours) => 1_000 * hour + hours * hour)
const before = fc.record({ freeSince: moments, markedAt: moments, approved: fc.constant({ by: 'ada', at: 0 }) }, { requiredKeys: [] })
const now = 1_000 * hour

describe('the rule of the sweep', () => {
  it('deletes nothing that is owned, used, unproven, opted out, of the system, on its way out, or whose users are not known', () => {
    fc.assert(
      fc.property(findings, before, fc.boolean(), (finding, was, isOn) => {
        const { act } = decide(finding, was, { now, graceMs, isOn })
        const { users } = finding
        const isFree = Array.isArray(users) && users.length === 0
        const isClear =
          !finding.isOwned && !finding.isSystem && finding.unproven === undefined && finding.optOut === undefined && !finding.isGoing
        if (act === 'delete') expect(isFree && isClear).toBe(true)
      }),
    )
  })

  it('deletes only after the grace since the mark and since it was free, whatever clocks wrote, or what a person approved', () => {
    fc.assert(
      fc.property(findings, before, fc.boolean(), (finding, was, isOn) => {
        const { act } = decide(finding, was, { now, graceMs, isOn })
        const isOver = (at: number | undefined): boolean => at !== undefined && now - at >= graceMs
        const mayGo = was.approved !== undefined || (isOn && isOver(was.markedAt) && isOver(was.freeSince))
        if (act === 'delete') expect(mayGo).toBe(true)
      }),
    )
  })

  it('writes nothing where deletion is off, but to undo what it began or a person approved', () => {
    fc.assert(
      fc.property(findings, before, (finding, was) => {
        const { act } = decide(finding, was, { now, graceMs, isOn: false })
        if (act === 'mark') expect.unreachable()
        if (act === 'unmark') expect(was.markedAt).toBeDefined()
        if (act === 'delete') expect(was.approved).toBeDefined()
      }),
    )
  })
})
