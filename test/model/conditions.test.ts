import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { conditionsOf, type spreadMs } from '../../src/model/conditions.ts'
import { grantFact } from '../../src/model/grant-fact.ts'
import type { LedgerEntry } from '../../src/model/managed-object.ts'
import { clusterFacts, connection, contributor, identityFacts, minutes, now, stdata, subject, tracked } from '../steps/builders.ts'

const self = connection({ roles: [contributor] })
const trust = { kind: 'credential', id: `https://issuer/shop/|${subject()}`, summary: 'the credential' }
const grant = { kind: 'role-assignment', id: 'r', summary: 'the role', scope: stdata.id, roleId: contributor }
const shared = (rows: { readonly [step in keyof typeof spreadMs]?: readonly LedgerEntry[] } = {}, limits = {}) => ({
  cluster: clusterFacts(),
  identity: identityFacts({ limits }),
  target: {},
  tracked: (step: keyof typeof spreadMs) => rows[step] ?? [],
})
const codes = (...input: Parameters<typeof conditionsOf>) => conditionsOf(...input).map(({ fault }) => fault.code)

describe('the conditions of a connection', () => {
  it('say until when a credential and a role that were just made are spreading', () => {
    const made = shared({ 'federate-identity': [tracked(trust)], 'assign-roles': [tracked(grant)] })
    expect(conditionsOf(self, made, now)).toEqual([
      {
        step: 'federate-identity',
        until: now + 5 * minutes,
        fault: { code: 'CredentialSpreading', about: { object: 'the credential', until: '2026-11-22 09:05Z' } },
      },
      {
        step: 'assign-roles',
        until: now + 10 * minutes,
        fault: { code: 'RoleSpreading', about: { object: 'the role', until: '2026-11-22 09:10Z' } },
      },
    ])
  })

  it('end by themselves at the documented time, and not before', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 30 * minutes }), (age) => {
        const made = shared({ 'federate-identity': [tracked(trust)], 'assign-roles': [tracked(grant)] })
        expect(codes(self, made, now + age)).toEqual([
          ...(age < 5 * minutes ? ['CredentialSpreading'] : []),
          ...(age < 10 * minutes ? ['RoleSpreading'] : []),
        ])
      }),
    )
  })

  it('are none for what was there before, is not there yet, or serves others', () => {
    const other = { ...trust, id: `https://issuer/shop/|${subject('mail')}` }
    const elsewhere = { ...grant, scope: `${stdata.id}x` }
    for (const rows of [
      { 'federate-identity': [tracked(trust, 'adopted')], 'assign-roles': [tracked(grant, 'adopted')] },
      { 'federate-identity': [tracked(trust, 'intended')], 'assign-roles': [tracked(grant, 'orphaned')] },
      { 'federate-identity': [tracked(other)], 'assign-roles': [tracked(elsewhere)] },
    ])
      expect(codes(self, shared(rows), now)).toEqual([])
  })

  it('tell what limits a role, of the roles and the target of the connection only', () => {
    const limit = { what: 'the role', condition: 'C', endsAt: now, isDelegated: true as const }
    const of = (scope: string) => shared({}, { [grantFact(contributor, scope)]: limit })
    expect(codes(self, of(stdata.id), now)).toEqual(['RoleLimited', 'RoleEnds', 'RoleDelegated'])
    expect(codes(self, of(`${stdata.id}x`), now)).toEqual([])
  })

  it('say until when a pod can have the former key of the target, once the Secret has the new one', () => {
    const until = now + 60 * minutes
    const rotating = { ...shared(), target: { keys: { slot: 'secondary', rotation: 1, until } } } as const
    const conditions = conditionsOf(self, { ...rotating, keyOf: 1 }, now)
    expect(conditions).toEqual([
      { step: 'rotate-keys', until, fault: { code: 'FormerKeyEnds', about: { target: 'stdata', until: '2026-11-22 10:00Z' } } },
    ])
    // One that uses no key, or does not have the new one yet, and one whose time has come.
    expect(codes(self, rotating, now)).toEqual([])
    expect(codes(self, { ...rotating, keyOf: 0 }, now)).toEqual([])
    expect(codes(self, { ...rotating, keyOf: 1 }, until)).toEqual([])
  })
})
