import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { withinRow } from '../../src/engine/room.ts'
import type { Code } from '../../src/model/code.ts'
import { keyOf, loop } from '../../src/model/loop.ts'
import type { Outcome } from '../../src/model/outcome.ts'
import { concerns, isWarning } from '../../src/model/problem.ts'
import { clusterId } from '../model/a-connection.ts'

const members = Array.from({ length: 40 }, (_, at) => keyOf(`member ${at}`))
const text = fc.string({ maxLength: 200 }).map((one) => one.repeat(20))
const member = fc.constantFrom(...members)
const problem = fc.record(
  {
    code: fc.constantFrom<Code>('InvalidTag', 'NotAllowed', 'NotOurs', 'TagWithdrawn'),
    text,
    cause: text,
    remediation: text,
    link: fc.constant('https://example.com'),
    of: member,
    users: fc.array(member, { maxLength: 3 }),
    warning: fc.constant(true as const),
  },
  { requiredKeys: ['code', 'text', 'cause', 'remediation', 'link'] },
)
const wait = fc.record(
  { of: fc.constant([loop('cluster', clusterId)]), text, nextRunAt: fc.nat(), member },
  { requiredKeys: ['of', 'text', 'nextRunAt'] },
)
const outcome = fc.record({
  kind: fc.constant('blocked' as const),
  problems: fc.array(problem, { maxLength: 150 }),
  waits: fc.array(wait, { maxLength: 100 }),
  changed: fc.array(text, { maxLength: 50 }),
  pendingDeletes: fc.array(text, { maxLength: 50 }),
})
/** Who has a problem that is none, or a warning; or waits. */
const concernedBy = ({ problems, waits }: Outcome): object =>
  members.map((key) => [
    problems.some((one) => !isWarning(one) && concerns(one, key)),
    problems.some((one) => isWarning(one) && concerns(one, key)),
    waits.some((one) => one.member === undefined || one.member === key),
  ])

describe('what an outcome tells', () => {
  it('has room in a row, and concerns all that it concerned', () => {
    fc.assert(
      fc.property(outcome, (before) => {
        const after = withinRow(before)
        expect(JSON.stringify(after).length).toBeLessThan(350_000)
        expect(concernedBy(after)).toEqual(concernedBy(before))
        expect([after.changed.length > 0, after.pendingDeletes.length > 0]).toEqual([
          before.changed.length > 0,
          before.pendingDeletes.length > 0,
        ])
      }),
      { numRuns: 30 },
    )
  })

  it('stays as it is where there is room', () => {
    const one = { code: 'NotAllowed' as const, text: 'a', cause: 'b', remediation: 'c', link: 'd' }
    const small: Outcome = { kind: 'blocked', problems: [one], waits: [], changed: ['x'], pendingDeletes: [] }
    expect(withinRow(small)).toEqual(small)
  })
})
