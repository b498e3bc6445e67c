import { describe, expect, it } from 'vitest'
import { loop } from '../../src/model/loop.ts'
import type { Outcome } from '../../src/model/outcome.ts'
import { identitiesThatLostRoles, newlyTroubled, readersToWake, selfOf } from '../../src/model/readers.ts'
import { connection, shop, stdata, worker } from '../steps/builders.ts'
import { anOutcome } from './a-record.ts'

const member = connection({ identity: worker })
const kinds = (before: object, after: object): readonly string[] =>
  readersToWake(shop, [member], { facts: before as Record<string, unknown>, wake: [] }, after as Record<string, unknown>).map(
    ({ kind }) => kind,
  )

describe('who is woken by a cluster whose facts change', () => {
  it.each<[string, object, readonly string[]]>([
    ['its issuer', { issuer: 'https://issuer' }, ['connection', 'identity']],
    ['its addresses', { egressIps: ['20.0.0.1'] }, ['connection', 'target']],
    ['its location', { location: 'northeurope' }, ['connection', 'target', 'identity']],
    ['workload identity', { workloadIdentity: true }, ['connection']],
    ['the identities of its own', { systemIdentities: ['/a'] }, ['identity']],
    ['its state', { state: 'Updating' }, []],
    ['where its addresses come from', { outbound: { type: 'loadBalancer', ids: [] } }, []],
  ])('%s', (_what, facts, expected) => {
    expect(kinds({}, facts)).toEqual(expected)
    expect(kinds(facts, facts)).toEqual([])
  })

  it('keeps those who have not been told yet', () => {
    const waiting = [loop('connection', '/other')]
    expect(readersToWake(shop, [member], { facts: {}, wake: waiting }, {})).toEqual(waiting)
  })
})

describe('who is woken by a connection whose facts change', () => {
  const woken = (facts: Record<string, unknown>) => readersToWake(selfOf(member), [member], undefined, facts)

  it('is its target where its Secret has the new key of a rotation, and no one else', () => {
    expect(woken({ keyOf: 1 })).toEqual([stdata])
    expect(woken({ consent: 'granted', secretName: 's', serviceAccount: 'a' })).toEqual([])
  })
})

describe('who is woken by troubles', () => {
  const other = connection({ name: 'other' })
  const problem = { code: 'TargetMissing' as const, text: 't', cause: 'c', remediation: 'c', link: 'l' }
  const row = (kind: Outcome['kind'], problems: Outcome['problems']) => ({
    step: 'read-target' as const,
    outcome: anOutcome({ kind, problems }),
  })
  const told = (before: ReturnType<typeof row> | undefined, after: ReturnType<typeof row>) =>
    newlyTroubled(stdata, [member, other], before, after).map(({ key }) => key)
  const both = [member.key, other.key]

  it.each<[string, ReturnType<typeof row> | undefined, ReturnType<typeof row>, readonly string[]]>([
    ['that are new', row('satisfied', []), row('blocked', [problem]), both],
    ['of the first read', undefined, row('unknown', [problem]), both],
    ['that are over', row('reported', [problem]), row('satisfied', []), both],
    ['that are the same in other words', row('blocked', [problem]), row('blocked', [{ ...problem, text: 'other' }]), []],
    ['that pass by themselves', row('satisfied', []), row('failed', [problem]), []],
    ['of one of them', row('satisfied', []), row('blocked', [{ ...problem, of: other.key }]), [other.key]],
    ['that are warnings', row('satisfied', []), row('waiting', [{ ...problem, warning: true }]), both],
  ])('%s', (_what, before, after, expected) => {
    expect(told(before, after)).toEqual(expected)
  })
})

describe('identities that have to assign their roles again', () => {
  it.each<[string, object, object, boolean]>([
    ['a target that was made again', { createdAt: 'a' }, { createdAt: 'b' }, true],
    ['a target that is back from where it was', { createdAt: 'a', missingSince: 1 }, { createdAt: 'a' }, true],
    ['a target that is seen for the first time', {}, { createdAt: 'a' }, false],
    ['a target that is what it was', { createdAt: 'a' }, { createdAt: 'a' }, false],
    ['a target that is missing', { createdAt: 'a' }, { createdAt: 'a', missingSince: 1 }, false],
  ])('of %s', (_what, before, after, expected) => {
    const woken = identitiesThatLostRoles(stdata, [member, connection({ auth: 'secret' })], before as never, after as never)
    expect(woken).toEqual(expected ? [worker] : [])
  })
})
