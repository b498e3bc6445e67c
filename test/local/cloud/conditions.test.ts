import { describe, expect, it } from 'vitest'
import { parseCondition } from '../../../src/local/cloud/conditions.ts'
import { delegationCondition } from '../../../src/local/fleets/fleet.ts'

const [allowed, other] = ['ba92f5b4-2d11-453d-a403-e96b0029c9fe', '8e3af657-a8ff-443c-a75c-2fe8c4bcb635']
const write = 'Microsoft.Authorization/roleAssignments/write'
const remove = 'Microsoft.Authorization/roleAssignments/delete'
const of = (role: string, type?: string) => ({
  'microsoft.authorization/roleassignments:roledefinitionid': role,
  ...(type ? { 'microsoft.authorization/roleassignments:principaltype': type } : {}),
})

describe('conditions', () => {
  const check = parseCondition(delegationCondition)

  it('say nothing about other actions', () => {
    expect(check({ action: 'Microsoft.Authorization/roleAssignments/read' })).toBe(true)
  })

  it('look at the request of a write and at the resource of a delete', () => {
    expect(check({ action: write, request: of(allowed.toUpperCase(), 'serviceprincipal') })).toBe(true)
    expect(check({ action: write, request: of(other, 'ServicePrincipal') })).toBe(false)
    expect(check({ action: write, request: of(allowed, 'User') })).toBe(false)
    expect(check({ action: write, request: of(allowed) })).toBe(false)
    expect(check({ action: write, resource: of(allowed, 'ServicePrincipal') })).toBe(false)
    expect(check({ action: remove, resource: of(allowed, 'ServicePrincipal') })).toBe(true)
    expect(check({ action: remove, resource: of(other, 'ServicePrincipal') })).toBe(false)
  })

  it('bind AND tighter than OR, and NOT tightest', () => {
    const [yes, no] = ["ActionMatches{'a'}", "ActionMatches{'b'}"]
    const holds = (text: string): boolean => parseCondition(text)({ action: 'a' })
    expect(holds(`${yes} OR ${no} AND ${no}`)).toBe(true)
    expect(holds(`(${yes} OR ${no}) AND ${no}`)).toBe(false)
    expect(holds(`!${no} && ${yes}`)).toBe(true)
    expect(holds(`NOT (${yes} || ${no})`)).toBe(false)
  })

  it('are refused where they say what is not simulated', () => {
    for (const text of [
      "@Request[a:b] DateTimeGreaterThan {'x'}",
      "(ActionMatches{'a'}",
      'exists @Resource[a]',
      "ActionMatches{'a'} ActionMatches{'b'}",
    ])
      expect(() => parseCondition(text), text).toThrow(/Condition not/)
  })
})
