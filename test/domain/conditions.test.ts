import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { conditionsOf, type spreadMs } from '../../src/domain/conditions.ts'
import { roleFact } from '../../src/domain/role-fact.ts'
import type { Held } from '../../src/domain/thing.ts'
import { clusterFacts, connection, contributor, held, identityFacts, minutes, now, stdata, subject } from '../steps/builders.ts'

const self = connection({ roles: [contributor] })
const trust = { kind: 'credential', id: `https://issuer/shop/|${subject()}`, summary: 'the credential' }
const grant = { kind: 'role-assignment', id: 'r', summary: 'the role', scope: stdata.id, roleId: contributor }
const around = (rows: { readonly [step in keyof typeof spreadMs]?: readonly Held[] } = {}, limits = {}) => ({
  cluster: clusterFacts(),
  identity: identityFacts({ limits }),
  held: (step: keyof typeof spreadMs) => rows[step] ?? [],
})
const codes = (...asked: Parameters<typeof conditionsOf>) => conditionsOf(...asked).map(({ fault }) => fault.code)

describe('the conditions of a connection', () => {
  it('say until when a credential and a role that were just made are spreading', () => {
    const made = around({ 'federate-identity': [held(trust)], 'assign-roles': [held(grant)] })
    expect(conditionsOf(self, made, now)).toEqual([
      {
        step: 'federate-identity',
        until: now + 5 * minutes,
        fault: { code: 'CredentialSpreading', about: { thing: 'the credential', until: '2026-11-22 09:05Z' } },
      },
      {
        step: 'assign-roles',
        until: now + 10 * minutes,
        fault: { code: 'RoleSpreading', about: { thing: 'the role', until: '2026-11-22 09:10Z' } },
      },
    ])
  })

  it('end by themselves at the documented time, and not before', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 30 * minutes }), (age) => {
        const made = around({ 'federate-identity': [held(trust)], 'assign-roles': [held(grant)] })
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
      { 'federate-identity': [held(trust, 'adopted')], 'assign-roles': [held(grant, 'adopted')] },
      { 'federate-identity': [held(trust, 'intended')], 'assign-roles': [held(grant, 'left-behind')] },
      { 'federate-identity': [held(other)], 'assign-roles': [held(elsewhere)] },
    ])
      expect(codes(self, around(rows), now)).toEqual([])
  })

  it('tell what limits a role, of the roles and the target of the connection only', () => {
    const limit = { what: 'the role', condition: 'C', endsAt: now, isDelegated: true as const }
    const of = (scope: string) => around({}, { [roleFact(contributor, scope)]: limit })
    expect(codes(self, of(stdata.id), now)).toEqual(['RoleLimited', 'RoleEnds', 'RoleDelegated'])
    expect(codes(self, of(`${stdata.id}x`), now)).toEqual([])
  })
})
