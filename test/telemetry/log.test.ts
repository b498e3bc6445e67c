import { describe, expect, it } from 'vitest'
import type { Code } from '../../src/model/code.ts'
import { loop } from '../../src/model/loop.ts'
import type { Outcome, OutcomeKind, StepRow } from '../../src/model/outcome.ts'
import { outcomeLine, say } from '../../src/telemetry/log.ts'
import { cluster, linkerPath } from '../functions/test-services.ts'

const connection = loop('connection', linkerPath('photos'))
const outcome = (kind: OutcomeKind, codes: readonly Code[] = [], more: Partial<Outcome> = {}): Outcome => ({
  kind,
  problems: codes.map((code) => ({ code, text: `${code} happened`, cause: '', remediation: '', link: '' })),
  waits: [],
  changed: [],
  pendingDeletes: [],
  ...more,
})
const told = (before: Outcome | undefined, now: Outcome, attempts = 1) =>
  outcomeLine({
    step: 'write-resources',
    loop: connection,
    connections: [],
    before: before && ({ outcome: before } as StepRow),
    after: { outcome: now, attempts },
  })

describe('an outcome', () => {
  it('is a line with names, what it was before and the codes of its problems', () => {
    expect(told(outcome('waiting'), outcome('blocked', ['SameRegion', 'SameRegion']), 2)).toEqual({
      level: 'warn',
      line: {
        event: 'step',
        loop: 'connection',
        id: linkerPath('photos'),
        cluster: 'aks',
        connection: 'photos',
        step: 'write-resources',
        outcome: 'blocked',
        was: 'waiting',
        attempts: 2,
        problems: ['SameRegion'],
        text: 'SameRegion happened',
      },
    })
  })

  it.each<[string, Outcome | undefined, Outcome, boolean]>([
    ['is told when it is the first', undefined, outcome('satisfied'), true],
    ['is not told again', outcome('blocked', ['Busy']), outcome('blocked', ['Busy']), false],
    ['is told when the problem is another', outcome('blocked', ['Busy']), outcome('blocked', ['Locked']), true],
    ['is told when it is good again', outcome('blocked', ['Busy']), outcome('satisfied'), true],
    ['is told whenever something changed', outcome('changed'), outcome('changed'), true],
    ['is not told when a change holds', outcome('changed'), outcome('satisfied'), false],
  ])('%s', (_what, before, now, isNotified) => expect(told(before, now) !== undefined).toBe(isNotified))
})

it('names the connections of a shared loop, and their cluster where it is one', () => {
  const member = { name: 'photos', cluster: loop('cluster', cluster) }
  const line = outcomeLine({
    step: 'open-firewall',
    loop: loop('target', '/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a'),
    connections: [member, { ...member, name: 'videos' }] as never,
    before: undefined,
    after: { outcome: outcome('changed'), attempts: 1 },
  })?.line
  expect(line).toMatchObject({ loop: 'target', connections: ['photos', 'videos'], cluster: 'aks' })
})

it('says nothing that looks like a credential', () => {
  const lines: string[] = []
  const logger = { log: () => {}, warn: () => {}, error: (text: string) => void lines.push(text) }
  say(logger, 'error', { event: 'odd', text: 'AccountKey=verysecret;EndpointSuffix=x', url: 'https://a.example/b?sig=verysecretindeed' })
  expect(lines).toHaveLength(1)
  expect(lines[0]).not.toContain('verysecret')
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ event: 'odd' })
})
