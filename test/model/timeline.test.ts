import { describe, expect, it } from 'vitest'
import { loop } from '../../src/model/loop.ts'
import type { Outcome, StepRow } from '../../src/model/outcome.ts'
import type { StepName } from '../../src/model/step-name.ts'
import { ownKind, type StepNames, timelineOf } from '../../src/model/timeline.ts'
import { aConnection, accountId, clusterId } from './a-connection.ts'
import { anOutcome, aStepRow } from './a-record.ts'

const key = aConnection().key
const other = aConnection({ name: 'other' }).key
const names: StepNames = {
  cluster: ['read-cluster', 'resolve-egress'],
  target: ['read-target'],
  identity: ['ensure-identity'],
  connection: ['check-consent'],
}
const problem = { code: 'SameRegion' as const, text: 't', cause: 'c', remediation: 'c', link: 'l' }
const row = (step: StepName, outcome: Partial<Outcome> = {}, over: Partial<StepRow> = {}): StepRow =>
  aStepRow(step, { outcome: anOutcome(outcome), attempts: 3, ranAt: 60_000, ...over })

describe('a timeline', () => {
  it('lists the steps in the order of the program, those that did not run yet too', () => {
    const entries = timelineOf(
      key,
      [
        { loop: loop('connection', 'x'), steps: [row('check-consent')] },
        { loop: loop('cluster', clusterId), steps: [row('resolve-egress')] },
      ],
      names,
    )
    expect(entries.map(({ loop: kind, step, outcome }) => `${kind} ${step} ${outcome}`)).toEqual([
      'cluster read-cluster pending',
      'cluster resolve-egress satisfied',
      'connection check-consent satisfied',
    ])
  })

  it('says since when, how often, what changed, who is waited for and what is wrong', () => {
    const steps = [
      row(
        'read-target',
        { kind: 'blocked', problems: [problem], changed: ['made x'], waits: [{ of: [], text: 'waits for egress', nextRunAt: 0 }] },
        { nextRunAt: 120_000 },
      ),
    ]
    expect(timelineOf(key, [{ loop: loop('target', accountId), steps }], names)).toEqual([
      {
        loop: 'target',
        step: 'read-target',
        outcome: 'blocked',
        attempts: 3,
        since: '1970-01-01T00:00:00.000Z',
        ranAt: '1970-01-01T00:01:00.000Z',
        nextRunAt: '1970-01-01T00:02:00.000Z',
        changed: ['made x'],
        waitsFor: ['waits for egress'],
        problems: [problem],
      },
    ])
  })

  it("shows no other member's problems and waits", () => {
    const waits = [
      { of: [], text: 'other waits', nextRunAt: 0, member: other },
      { of: [], text: 'mine', nextRunAt: 0, member: key },
    ]
    const steps = [row('read-target', { kind: 'blocked', problems: [{ ...problem, of: other }], waits })]
    const text = JSON.stringify(timelineOf(key, [{ loop: loop('target', accountId), steps }], names))
    expect(text).not.toContain('SameRegion')
    expect(text).not.toContain('other waits')
    expect(text).toContain('mine')
  })

  it.each<[string, Partial<Outcome>, string]>([
    ['blocked for all', { kind: 'blocked', problems: [problem] }, 'blocked'],
    ['blocked for me', { kind: 'blocked', problems: [{ ...problem, of: key }] }, 'blocked'],
    ['blocked for another', { kind: 'blocked', problems: [{ ...problem, of: other }] }, 'satisfied'],
    ['blocked for another, and changed', { kind: 'blocked', problems: [{ ...problem, of: other }], changed: ['x'] }, 'changed'],
    [
      'blocked for another, waiting for me',
      { kind: 'blocked', problems: [{ ...problem, of: other }], waits: [{ of: [], text: 'w', nextRunAt: 0 }] },
      'waiting',
    ],
    ['waiting for another', { kind: 'waiting', waits: [{ of: [], text: 'w', nextRunAt: 0, member: other }] }, 'satisfied'],
    ['waiting for who knows what', { kind: 'waiting' }, 'waiting'],
    ['satisfied', { kind: 'satisfied' }, 'satisfied'],
  ])('takes what is %s for what it is to this connection', (_what, outcome, expected) => {
    expect(ownKind(row('read-cluster', outcome), key)).toBe(expected)
  })
})
