import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { validationOf } from '../../src/linker/validation.ts'
import { configured, itemsOf } from '../../src/linker/validation-items.ts'
import { endpointLoop } from '../../src/model/endpoint-target.ts'
import { loop } from '../../src/model/loop.ts'
import type { OutcomeKind, StepRow } from '../../src/model/outcome.ts'
import type { Problem } from '../../src/model/problem.ts'
import { advisorySteps, type ConnectionState, progressOf } from '../../src/model/progress.ts'
import { type StepName, stepNames } from '../../src/model/step-name.ts'
import { aConnection, accountId, clusterId, identityId } from '../model/a-connection.ts'
import { anOutcome, aStepRow } from '../model/a-record.ts'

const now = 1_000_000_000
const minute = 60_000
const names = stepNames
const self = { ...aConnection(), generation: 2 }
const problem = (over: Partial<Problem> = {}): Problem => ({
  code: 'FirewallFull',
  text: 'It is full.',
  cause: 'Of rules.',
  remediation: 'Remove one.',
  link: 'l',
  ...over,
})
const loops = {
  cluster: loop('cluster', clusterId),
  target: loop('target', accountId),
  identity: loop('identity', identityId),
  connection: loop('connection', 'x'),
} as const
type Over = { readonly [step in StepName]?: Partial<StepRow> | 'absent' }
const state = (over: Over = {}, rest: Partial<ConnectionState> = {}): ConnectionState => ({
  self,
  removing: false,
  desiredAt: now - 10 * minute,
  tracked: [],
  loops: (['connection', 'cluster', 'target', 'identity'] as const).map((kind) => ({
    loop: loops[kind],
    steps: names[kind].flatMap((step) => {
      const one = over[step]
      return one === 'absent' ? [] : [aStepRow(step, { since: now - 10 * minute, ranAt: now, generation: 2, ...one })]
    }),
  })),
  ...rest,
})
const validate = (some: ConnectionState, over: object = {}) =>
  validationOf({ state: some, names, now, missing: [], conditions: [], ...over })
const resultsOf = (...input: Parameters<typeof validate>): Readonly<Record<string, string>> =>
  Object.fromEntries(validate(...input).items.map(({ name, result }) => [name, result]))
const firewall = 'Target service firewall validated.'

it('puts each step that counts into one item', () => {
  const steps = itemsOf(self).flatMap((item) => item.steps)
  const counting = Object.values(stepNames)
    .flat()
    .filter((step) => !advisorySteps.has(step))
  expect([...steps].sort()).toEqual([...counting].sort())
})

it('claims nothing of a server outside of Azure, which is not looked at', () => {
  const outside = { ...self, target: endpointLoop({ service: 'ConfluentBootstrapServer', endpoint: 'pkc-1.confluent.cloud:9092' }) }
  const of = (one: typeof self): readonly string[] => itemsOf(one).flatMap(({ name, isFor }) => (isFor(one, names) ? [name] : []))
  expect(of(self).filter((name) => !of(outside).includes(name))).toEqual(['Target resource existence validated.', firewall])
})

describe('a connection that works', () => {
  it('has succeeded in every item', () => {
    const { isAvailable, items } = validate(state())
    expect(isAvailable).toBe(true)
    expect(items.filter(({ result }) => result !== 'success')).toEqual([])
  })

  it('by a key has no items about an identity', () => {
    const { identity: _, ...byKey } = { ...aConnection({ auth: 'secret' }), generation: 2 }
    const items = Object.keys(resultsOf(state({}, { self: byKey })))
    expect(items.filter((name) => /Identity|ServiceAccount|Federated/.test(name))).toEqual([])
  })

  it('has a warning where a condition says what cannot be known', () => {
    const { items } = validate(state(), { conditions: [{ by: 'assign-roles', text: 'It may be spreading.' }] })
    expect(items.filter(({ result }) => result !== 'success')).toEqual([
      { name: 'Managed Identity permissions validated.', description: 'It may be spreading.', result: 'warning' },
    ])
  })

  it('tells of what still spreads in the item about replication, and nowhere else', () => {
    const { items } = validate(state(), { conditions: [{ by: 'assign-roles', text: 'It may be spreading.', code: 'RoleSpreading' }] })
    expect(items.filter(({ result }) => result !== 'success')).toEqual([
      { name: 'Identity replication validated.', description: 'It may be spreading.', result: 'warning' },
    ])
  })

  it('has the keys of the Secret in its item', () => {
    const keys = [{ name: 'KEY', sha256: null }]
    expect(validate(state(), { keys }).items.filter((item) => item.keys)).toEqual([
      { name: 'Kubernetes Secret validated.', description: null, result: 'success', keys },
    ])
  })

  it('has a warning where a read has failed a moment ago', () => {
    const outcome = anOutcome({ kind: 'failed', problems: [problem()] })
    expect(resultsOf(state({ 'open-firewall': { outcome, since: now } }))[firewall]).toBe('warning')
  })
})

describe('a connection that does not work yet', () => {
  it('fails where a person has to repair something, with the problem', () => {
    const { isAvailable, items } = validate(state({ 'open-firewall': { outcome: anOutcome({ kind: 'blocked', problems: [problem()] }) } }))
    expect(isAvailable).toBe(false)
    expect(items.filter(({ result }) => result === 'failure')).toEqual([
      {
        name: firewall,
        description: null,
        result: 'failure',
        errorCode: 'FirewallFull',
        errorMessage: 'It is full. Of rules. Remove one.',
      },
    ])
  })

  it('claims no success for what the facts do not say', () => {
    const missing = [{ by: 'assign-roles', text: 'identity app has the role Reader on stdata' }] as const
    const waiting = anOutcome({ kind: 'waiting', waits: [{ of: [loops.identity], text: 'waiting until it has the role', nextRunAt: now }] })
    const { items } = validate(state({ 'write-resources': { outcome: waiting } }), { missing })
    expect(items.filter(({ result }) => result !== 'success')).toEqual([
      {
        name: 'Managed Identity permissions validated.',
        description: 'Waiting until identity app has the role Reader on stdata.',
        result: 'warning',
      },
      { name: 'Kubernetes Secret validated.', description: 'Waiting until it has the role.', result: 'warning' },
    ])
  })

  it('claims no success for a step that has not run for this generation', () => {
    expect(resultsOf(state({ 'write-resources': { generation: 1 } }))['Kubernetes Secret validated.']).toBe('warning')
    expect(resultsOf(state({ 'read-target': 'absent' }))['Target resource existence validated.']).toBe('warning')
  })

  it('says what it waits for when nothing has run for an hour', () => {
    const none = Object.fromEntries(names.connection.map((step) => [step, 'absent' as const]))
    const { items } = validate(state(none, { desiredAt: now - 61 * minute }))
    expect(items.filter(({ result }) => result === 'failure')).toMatchObject([{ name: configured, errorCode: 'WaitingForPerson' }])
  })

  it('has succeeded in nothing while it is being removed', () => {
    const { isAvailable, items } = validate(state({}, { removing: true }))
    expect(isAvailable).toBe(false)
    expect([...new Set(items.map(({ result }) => result))]).toEqual(['warning'])
  })
})

describe('whatever the loops know', () => {
  const other = aConnection({ name: 'other' }).key
  const kinds: OutcomeKind[] = ['satisfied', 'changed', 'started', 'waiting', 'reported', 'blocked', 'failed', 'unknown']
  const concern = fc.constantFrom<Partial<Problem>>({}, { of: self.key }, { of: other }, { users: [] }, { users: [self.key] })
  const problems = fc.array(
    fc.tuple(concern, fc.boolean()).map(([about, isMild]) => problem({ ...about, ...(isMild ? { warning: true as const } : {}) })),
    { maxLength: 2 },
  )
  const waits = fc.array(
    fc.record({ member: fc.constantFrom(undefined, self.key, other), isManual: fc.boolean() }).map(({ member, isManual }) => ({
      of: [loops.target],
      text: 'waiting until someone does it',
      nextRunAt: now,
      ...(member ? { member } : {}),
      ...(isManual ? { manual: true as const } : {}),
    })),
    { maxLength: 2 },
  )
  const since = fc.constantFrom(0, 1, 3, 61, 200).map((minutes) => now - minutes * minute)
  const operation = { url: 'u', startedAt: 0, what: 'a change' }
  const row = fc
    .record({ kind: fc.constantFrom(...kinds), problems, waits, since, generation: fc.constantFrom(1, 2, 2, 2), isRunning: fc.boolean() })
    .map(
      ({ since: at, generation, isRunning, ...outcome }): Partial<StepRow> => ({
        since: at,
        generation,
        outcome: anOutcome({ ...outcome, ...(isRunning ? { operation } : {}) }),
      }),
    )
  const good = fc.constant<Partial<StepRow>>({})
  const step = fc.oneof(
    { weight: 8, arbitrary: good },
    { weight: 1, arbitrary: row },
    { weight: 1, arbitrary: fc.constant('absent' as const) },
  )
  const all = Object.values(stepNames).flat()
  const rows = fc.tuple(...all.map(() => step)).map((list) => Object.fromEntries(all.map((name, at) => [name, list[at]])) as Over)
  const missing = fc.subarray([...all]).map((steps) => steps.map((by) => ({ by, text: 'it is there' })))

  it('the report never contradicts the state', () => {
    const seen = new Set<string>()
    fc.assert(
      fc.property(rows, since, fc.boolean(), fc.constantFrom('http', 'tag'), missing, (over, desiredAt, removing, origin, lacking) => {
        const some = state(over, { desiredAt, removing, self: { ...self, origin } })
        const { status } = progressOf(some, names, now)
        const { isAvailable, items } = validate(some, { missing: lacking })
        const hasFailed = items.some(({ result }) => result === 'failure')
        seen.add(status)
        expect(isAvailable).toBe(status === 'Succeeded' && !removing)
        if (status === 'Succeeded') expect(hasFailed).toBe(false)
        if (status === 'Failed') expect(hasFailed).toBe(true)
        for (const { result, errorCode, errorMessage, description } of items) {
          expect([errorCode !== undefined, errorMessage !== undefined]).toEqual([result === 'failure', result === 'failure'])
          expect(description === null).toBe(result !== 'warning')
        }
      }),
      { numRuns: 1_000 },
    )
    expect([...seen]).toEqual(expect.arrayContaining(['Failed', 'Succeeded', 'Updating', 'Deleting']))
  })
})
