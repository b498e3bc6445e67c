import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type LoopState, nextOf, type ProgramStep } from '../../src/contract/next.ts'
import type { StepRow } from '../../src/model/outcome.ts'
import type { StepName } from '../../src/model/step-name.ts'
import { anOutcome, aStepRow } from '../model/a-record.ts'

const minute = 60_000
const now = 1_000 * minute
const program: readonly ProgramStep[] = [
  { name: 'read-cluster', after: [], reading: true, digest: 'r' },
  { name: 'ensure-identity', after: ['read-cluster'], reading: false, digest: 'e' },
  { name: 'assign-roles', after: ['ensure-identity'], reading: false, digest: 'a' },
  { name: 'open-firewall', after: [], reading: false, digest: 'o' },
]
const outcome = anOutcome()
const row = (step: StepName, more: Partial<StepRow> = {}): StepRow =>
  aStepRow(step, { since: now, ranAt: now - 5 * minute, resync: 1, inputs: step.slice(0, 1), generation: 1, ...more })
const state = (more: Partial<LoopState> = {}): LoopState => ({
  resync: 1,
  generation: 1,
  auditAt: now + 60 * minute,
  empty: false,
  steps: program.map((step) => row(step.name)),
  program,
  auditEvery: 24 * 60 * minute,
  now,
  ...more,
})
const stepsWith = (name: StepName, more: Partial<StepRow>): readonly StepRow[] =>
  program.map((step) => row(step.name, step.name === name ? more : {}))

describe('what a loop does next', () => {
  it.each<[string, Partial<LoopState>, unknown]>([
    ['ends until the audit when nothing is due', {}, { do: 'end', until: now + 60 * minute, auditAt: now + 60 * minute }],
    [
      'sleeps while something is due soon',
      { steps: stepsWith('open-firewall', { nextRunAt: now + minute }) },
      { do: 'sleep', until: now + minute, auditAt: now + 60 * minute },
    ],
    [
      'ends where the next run is far away',
      { steps: stepsWith('open-firewall', { nextRunAt: now + 30 * minute }) },
      { do: 'end', until: now + 30 * minute, auditAt: now + 60 * minute },
    ],
    ['runs all that is new, first what nothing comes before', { steps: [] }, { do: 'run', steps: ['read-cluster', 'open-firewall'] }],
    [
      'lets a step ask for its operation first, and alone',
      {
        resync: 2,
        steps: stepsWith('ensure-identity', {
          outcome: { ...outcome, kind: 'started', operation: { url: 'u', startedAt: now, what: 'w' } },
          nextRunAt: now,
        }),
      },
      { do: 'run', steps: ['ensure-identity'] },
    ],
    [
      'runs what tells of the others after them',
      { resync: 2, program: [...program, { name: 'publish-status', after: [], reading: false, last: true, digest: 'p' }] },
      { do: 'run', steps: ['read-cluster', 'open-firewall'] },
    ],
    ['runs what wants something else', { steps: stepsWith('open-firewall', { inputs: 'else' }) }, { do: 'run', steps: ['open-firewall'] }],
    [
      'runs a step that is due, after the reading steps before it',
      { steps: stepsWith('assign-roles', { nextRunAt: now }) },
      { do: 'run', steps: ['read-cluster'] },
    ],
    [
      'takes two seconds early for due',
      { steps: stepsWith('open-firewall', { nextRunAt: now + 1_900 }) },
      { do: 'run', steps: ['open-firewall'] },
    ],
    ['runs everything again after an event', { resync: 2 }, { do: 'run', steps: ['read-cluster', 'open-firewall'] }],
    ['runs everything again for a new generation', { generation: 2 }, { do: 'run', steps: ['read-cluster', 'open-firewall'] }],
    ['runs everything again at an audit', { auditAt: now }, { do: 'run', steps: ['read-cluster', 'open-firewall'] }],
    [
      'takes an audit that is due a moment early once, not again and again until its time has come',
      { auditAt: now + 1_500, steps: program.map((step) => row(step.name, { ranAt: now })) },
      { do: 'end', until: now + 24 * 60 * minute, auditAt: now + 24 * 60 * minute },
    ],
    ['is forgotten when it is empty and nothing is due', { empty: true }, { do: 'forget' }],
    ['runs once more before it is forgotten', { empty: true, resync: 2 }, { do: 'run', steps: ['read-cluster', 'open-firewall'] }],
  ])('%s', (_name, given, expected) => {
    expect(nextOf(state(given))).toEqual(expected)
  })

  it('runs what tells of the others once they have run', () => {
    const tell: ProgramStep = { name: 'publish-status', after: [], reading: false, last: true, digest: 'p' }
    expect(nextOf(state({ program: [...program, tell] }))).toEqual({ do: 'run', steps: ['publish-status'] })
  })

  it('goes on with the step once its reading steps have just run', () => {
    const steps = program.map((step) =>
      row(step.name, step.name === 'read-cluster' ? { ranAt: now } : step.name === 'ensure-identity' ? { nextRunAt: now } : {}),
    )
    expect(nextOf(state({ steps }))).toEqual({ do: 'run', steps: ['ensure-identity'] })
  })

  it('sets the next audit once this one is done', () => {
    const steps = program.map((step) => row(step.name, { ranAt: now }))
    expect(nextOf(state({ steps, auditAt: now }))).toMatchObject({ do: 'end', auditAt: now + 24 * 60 * minute })
  })

  it('comes to rest from any state when every step that runs is satisfied, each step running at most twice', () => {
    const anyRow = fc.record({
      there: fc.boolean(),
      resync: fc.integer({ min: 0, max: 2 }),
      generation: fc.integer({ min: 0, max: 2 }),
      inputs: fc.constantFrom('same', 'else'),
      ranAt: fc.integer({ min: 0, max: 100 }).map((minutes) => now - minutes * minute),
      nextRunAt: fc.option(
        fc.integer({ min: -20, max: 100 }).map((minutes) => now + minutes * minute),
        { nil: undefined },
      ),
    })
    fc.assert(
      fc.property(fc.tuple(anyRow, anyRow, anyRow, anyRow), fc.integer({ min: -60, max: 60 }), (rows, audit) => {
        let steps: StepRow[] = program.flatMap((step, index) => {
          const given = rows[index]
          if (!given?.there) return []
          const { nextRunAt, there: _, inputs, ...rest } = given
          return [
            row(step.name, {
              ...rest,
              inputs: inputs === 'same' ? step.digest : inputs,
              ...(nextRunAt === undefined ? {} : { nextRunAt }),
            }),
          ]
        })
        const runs = new Map<string, number>()
        for (let round = 0; round < 12; round++) {
          const next = nextOf(state({ resync: 2, generation: 2, steps, auditAt: now + audit * minute }))
          if (next.do !== 'run') return true
          for (const name of next.steps) runs.set(name, (runs.get(name) ?? 0) + 1)
          steps = [
            ...steps.filter((step) => !next.steps.includes(step.step)),
            ...next.steps.map((name) => row(name, { ranAt: now, resync: 2, generation: 2 })),
          ]
          if ([...runs.values()].some((count) => count > 2)) return false
        }
        return false
      }),
    )
  })
})
