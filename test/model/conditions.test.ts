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
})
