import { describe, expect, it } from 'vitest'
import { loop } from '../../src/model/loop.ts'
import type { Outcome, StepRow } from '../../src/model/outcome.ts'
import type { Problem } from '../../src/model/problem.ts'
import { type ConnectionState, operationOf, patienceMs, progressOf } from '../../src/model/progress.ts'
import type { StepName } from '../../src/model/step-name.ts'
import type { StepNames } from '../../src/model/timeline.ts'
import { aConnection, accountId, clusterId, identityId } from './a-connection.ts'
import { anOutcome, aStepRow } from './a-record.ts'

const now = 1_000_000_000
const names: StepNames = {
  cluster: ['read-cluster'],
  target: ['open-firewall'],
  identity: ['assign-roles'],
  connection: ['check-consent', 'write-resources'],
}
const problem = (over: Partial<Problem> = {}): Problem => ({
  code: 'SameRegion',
  text: 't',
  cause: 'c',
  remediation: 'c',
  link: 'l',
  ...over,
})
const row = (step: StepName, over: Partial<StepRow> = {}): StepRow =>
  aStepRow(step, { since: now - 10 * 60_000, ranAt: now, generation: 2, ...over })
const blocked = (over: Partial<Problem> = {}): Outcome => anOutcome({ kind: 'blocked', problems: [problem(over)] })
const self = { ...aConnection(), generation: 2 }
const other = aConnection({ name: 'other' }).key
const state = ({
  own = [row('check-consent'), row('write-resources')],
  target = [row('open-firewall')],
  ...over
}: Partial<ConnectionState> & { own?: StepRow[]; target?: StepRow[] } = {}): ConnectionState => ({
  self,
  removing: false,
  desiredAt: now - 10 * 60_000,
  tracked: [],
  loops: [
    { loop: loop('connection', 'x'), steps: own },
    { loop: loop('cluster', clusterId), steps: [row('read-cluster')] },
    { loop: loop('target', accountId), steps: target },
    { loop: loop('identity', identityId), steps: [row('assign-roles')] },
  ],
  ...over,
})
const status = (some: ConnectionState, at = now): string => progressOf(some, names, at).status

describe('a connection whose own steps are all satisfied', () => {
  const concern = {
    'every member': {},
    'this one': { of: self.key },
    'it among others': { users: [self.key, other] },
    'another one': { of: other },
    'others only': { users: [other] },
    'those that are leaving': { users: [] },
  }
  const ours = ['every member', 'this one', 'it among others']
  const kinds = ['blocked', 'reported', 'unknown', 'failed'] as const
  const shared = ['cluster', 'target', 'identity'] as const
  const steps = { cluster: 'read-cluster', target: 'open-firewall', identity: 'assign-roles' } as const
  const withRow = (kind: (typeof shared)[number], outcome: Outcome, over: Partial<StepRow> = {}): ConnectionState => {
    const whole = state()
    return {
      ...whole,
      loops: whole.loops.map((one) => (one.loop.kind === kind ? { ...one, steps: [row(steps[kind], { outcome, ...over })] } : one)),
    }
  }
  const rows = shared.flatMap((kind) =>
    kinds.flatMap((outcome) => Object.entries(concern).map(([whom, about]) => ({ kind, outcome, whom, about }))),
  )

  it.each(rows)(
    'has not succeeded while the $kind has $outcome what concerns $whom, if that includes it',
    ({ kind, outcome, whom, about }) => {
      const succeeded = status(withRow(kind, anOutcome({ kind: outcome, problems: [problem(about)] }))) === 'Succeeded'
      expect(succeeded).toBe(!ours.includes(whom))
    },
  )

  it.each(rows.filter(({ whom }) => !ours.includes(whom)))('tells nothing of what is $outcome in the $kind and concerns $whom', (one) => {
    const told = progressOf(withRow(one.kind, anOutcome({ kind: one.outcome, problems: [problem(one.about)] })), names, now)
    expect('problems' in told ? told.problems : []).toEqual([])
  })

  it('has succeeded through a read of something shared that failed a moment ago', () => {
    const failed = anOutcome({ kind: 'failed', problems: [problem()] })
    expect(status(withRow('target', failed, { since: now - patienceMs + 1 }))).toBe('Succeeded')
  })

  it.each(Object.entries(concern))('is updating while an operation is under way that concerns %s, if that includes it', (whom, about) => {
    const operation = { url: 'u', startedAt: 0, what: 'w', ...about }
    expect(status(withRow('cluster', anOutcome({ kind: 'started', operation })))).toBe(ours.includes(whom) ? 'Updating' : 'Succeeded')
  })

  it('has succeeded with a warning, and tells it', () => {
    const warned = withRow('cluster', anOutcome({ kind: 'waiting', problems: [problem({ warning: true, of: self.key })] }))
    expect(progressOf(warned, names, now)).toMatchObject({ status: 'Succeeded', problems: [{ code: 'SameRegion' }] })
  })

  it('is not touched by a tag of the same name, unless it is declared by tag', () => {
    const outcome = anOutcome({ kind: 'blocked', problems: [problem({ of: self.key })] })
    const declared = (origin: 'tag' | 'http') => {
      const whole = withRow('cluster', outcome, { step: 'read-declarations' })
      return status({ ...whole, self: { ...whole.self, origin } })
    }
    expect([declared('http'), declared('tag')]).toEqual(['Succeeded', 'Failed'])
  })
})

describe('a PUT', () => {
  it('is accepted until the loop has seen it, and updating from then on', () => {
    expect(status(state({ own: [] }))).toBe('Accepted')
    expect(status(state({ own: [row('check-consent', { generation: 1 }), row('write-resources', { generation: 1 })] }))).toBe('Accepted')
    expect(status(state({ own: [row('check-consent')] }))).toBe('Updating')
    expect(status(state({ own: [row('check-consent'), row('write-resources', { generation: 1 })] }))).toBe('Updating')
  })

  it('has succeeded when every step of the loop has seen it and is satisfied', () => {
    expect(status(state())).toBe('Succeeded')
    expect(status(state({ own: [row('check-consent', { outcome: anOutcome({ kind: 'changed' }) }), row('write-resources')] }))).toBe(
      'Succeeded',
    )
    expect(
      status(
        state({
          own: [
            row('check-consent'),
            row('write-resources', { outcome: anOutcome({ kind: 'waiting', waits: [{ of: [], text: 'w', nextRunAt: 0 }] }) }),
          ],
        }),
      ),
    ).toBe('Updating')
  })

  it.each([
    ['is refused again and again', { kind: 'failed', problems: [problem()] }],
    ['waits', { kind: 'waiting', waits: [{ of: [], text: 'w', nextRunAt: 0 }] }],
    ['has an operation that does not end', { kind: 'started', operation: { url: 'u', startedAt: 0, what: 'the update' } }],
  ] as const)('has failed where a step %s for an hour, and says with what', (_, outcome) => {
    const since = (minutes: number) => now - minutes * 60_000
    const own = (minutes: number) => [
      row('check-consent'),
      row('write-resources', { outcome: anOutcome(outcome), since: now, unwellSince: since(minutes) }),
    ]
    expect(status(state({ desiredAt: since(500), own: own(59) }))).toBe('Updating')
    expect(status(state({ desiredAt: since(59), own: own(500) }))).toBe('Updating')
    const told = progressOf(state({ desiredAt: since(500), own: own(60) }), names, now)
    expect(told.status).toBe('Failed')
    expect('waits' in told && [...told.problems, ...told.waits]).toHaveLength(1)
  })

  it('has failed where the loop has not run for an hour', () => {
    expect(progressOf(state({ desiredAt: now - 61 * 60_000, own: [] }), names, now)).toMatchObject({
      status: 'Failed',
      waits: [expect.stringContaining('has not done')],
    })
  })

  it('is what it is, whether a notification was possible or not', () => {
    const withAdvisory = { ...names, connection: [...names.connection, 'publish-status' as const] }
    const own = [row('check-consent'), row('write-resources')]
    expect(progressOf(state({ own }), withAdvisory, now).status).toBe('Succeeded')
    expect(progressOf(state({ own: [...own, row('publish-status', { outcome: blocked() })] }), withAdvisory, now).status).toBe('Succeeded')
  })

  const waiting = row('write-resources', {
    outcome: anOutcome({ kind: 'waiting', waits: [{ of: [], text: 'waits for the target', nextRunAt: 0 }] }),
  })
  const half = [row('check-consent'), waiting]

  it('has failed when a problem that a person must fix has stood for two minutes', () => {
    const since = (ms: number) => state({ own: half, target: [row('open-firewall', { outcome: blocked(), since: now - ms })] })
    expect(status(since(patienceMs - 1))).toBe('Updating')
    expect(status(since(patienceMs))).toBe('Failed')
    expect(progressOf(since(patienceMs), names, now)).toMatchObject({ problems: [{ code: 'SameRegion' }], waits: [] })
  })

  it('counts the two minutes from when it was asked for', () => {
    const some = state({ own: half, target: [row('open-firewall', { outcome: blocked() })], desiredAt: now })
    expect(status(some)).toBe('Updating')
    expect(status(some, now + patienceMs)).toBe('Failed')
  })

  it('fails of reports and of what cannot be seen too, but not of what is tried again by itself', () => {
    for (const [kind, expected] of [
      ['reported', 'Failed'],
      ['failed', 'Updating'],
      ['unknown', 'Failed'],
    ] as const)
      expect(status(state({ own: half, target: [row('open-firewall', { outcome: anOutcome({ kind, problems: [problem()] }) })] }))).toBe(
        expected,
      )
  })

  it('is not concerned by what is wrong for another member', () => {
    const target = [row('open-firewall', { outcome: blocked({ of: other }) })]
    expect(status(state({ own: half, target }))).toBe('Updating')
    expect(status(state({ target }))).toBe('Succeeded')
    expect(status(state({ own: half, target: [row('open-firewall', { outcome: blocked({ of: self.key }) })] }))).toBe('Failed')
    expect(progressOf(state({ own: half, target }), names, now)).toMatchObject({ problems: [] })
  })

  it('fails when it waits for a person', () => {
    const person = anOutcome({ kind: 'waiting', waits: [{ of: [], text: 'the namespace shop is missing', nextRunAt: 0, manual: true }] })
    expect(progressOf(state({ own: [row('check-consent'), row('write-resources', { outcome: person })] }), names, now)).toMatchObject({
      status: 'Failed',
      waits: ['the namespace shop is missing'],
    })
  })

  it('is not failed by a problem of what was desired before', () => {
    const old = row('check-consent', { generation: 1, outcome: blocked() })
    expect(status(state({ own: [old, row('write-resources', { generation: 1 })] }))).toBe('Accepted')
  })

  it('recovers when the problem goes, for the loop goes on', () => {
    const target = [row('open-firewall', { outcome: blocked() })]
    expect(status(state({ own: half, target }))).toBe('Failed')
    expect(status(state())).toBe('Succeeded')
  })
})

describe('a DELETE', () => {
  const left = { object: { kind: 'Secret', id: 's', summary: 'Secret shop/sc-data-secret' }, ownership: 'orphaned', since: 0 } as const
  it('is deleting until the connection is gone', () => {
    expect(status(state({ removing: true }))).toBe('Deleting')
    expect(status(state({ removing: true, tracked: [left, { ...left, ownership: 'ours' }] }))).toBe('Deleting')
    expect(operationOf(2, undefined, [{ generation: 2 }], names, now)).toEqual({ status: 'Succeeded' })
    expect(operationOf(2, undefined, [{ generation: 2, warning: 'w' }], names, now)).toEqual({ status: 'Succeeded', warning: 'w' })
  })

  it('succeeds with a warning when only what cannot be reached is left', () => {
    expect(progressOf(state({ removing: true, tracked: [left] }), names, now)).toMatchObject({
      status: 'Succeeded',
      warning: expect.stringContaining('Secret shop/sc-data-secret'),
    })
    expect(status(state({ removing: true, tracked: [left], own: [row('check-consent', { generation: 1 })] }))).toBe('Deleting')
  })

  it('says how a person takes away what is left', () => {
    const problems = [
      {
        code: 'KubernetesUnreachable' as const,
        text: '',
        cause: '',
        remediation: '',
        link: '',
        commands: { cli: 'kubectl delete secret x' },
      },
    ]
    const own = [row('check-consent'), row('write-resources', { outcome: anOutcome({ kind: 'unknown', problems }) })]
    expect(progressOf(state({ removing: true, tracked: [left], own }), names, now)).toMatchObject({
      warning: expect.stringContaining('By hand: kubectl delete secret x'),
    })
  })
})

describe('an operation', () => {
  it('that never was is unknown', () => {
    expect(operationOf(3, state(), [], names, now)).toBeUndefined()
    expect(operationOf(0, state(), [], names, now)).toBeUndefined()
    expect(operationOf(1, undefined, [], names, now)).toBeUndefined()
  })

  it('that was overtaken by a newer PUT ends with it, and by a removal is canceled', () => {
    expect(operationOf(1, state(), [], names, now)?.status).toBe('Succeeded')
    expect(operationOf(1, state({ removing: true }), [], names, now)?.status).toBe('Canceled')
    expect(operationOf(1, undefined, [{ generation: 2 }], names, now)?.status).toBe('Canceled')
  })
})
