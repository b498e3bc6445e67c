import { describe, expect, it } from 'vitest'
import { isDelegation, mayGive } from '../../src/declare/delegation.ts'
import { parseCondition } from '../../src/local/cloud/conditions.ts'
import { delegationCondition } from '../../src/local/fleets/fleet.ts'

const [contributor, delegator] = ['ba92f5b4-2d11-453d-a403-e96b0029c9fe', 'db58b8e5-c6ad-4a2a-8342-4190687cbf4a']
const at = '@Request[Microsoft.Authorization/roleAssignments:'
const writes = (rule: string): string => `((!(ActionMatches{'Microsoft.Authorization/roleAssignments/write'})) OR (${rule}))`

describe('what a condition lets its holder give', () => {
  it.each([
    ['the roles that the template lists', delegationCondition, contributor, true],
    ['no role beside them', delegationCondition, delegator, false],
    [
      'all but some, a listed one',
      writes(`${at}RoleDefinitionId] ForAnyOfAllValues:GuidNotEquals {${delegator}, 8e3af657-a8ff-443c-a75c-2fe8c4bcb635}`),
      delegator,
      false,
    ],
    [
      'all but some, another one',
      writes(`${at}RoleDefinitionId] ForAnyOfAllValues:GuidNotEquals {${delegator}, 8e3af657-a8ff-443c-a75c-2fe8c4bcb635}`),
      contributor,
      true,
    ],
    ['to users only', writes(`${at}PrincipalType] StringEqualsIgnoreCase 'User'`), contributor, false],
    [
      'to named principals, where that of the app is not made yet',
      writes(`${at}PrincipalId] ForAnyOfAnyValues:GuidEquals {${delegator}}`),
      contributor,
      undefined,
    ],
    [
      'a forbidden role, no matter who gets it',
      writes(`${at}RoleDefinitionId] GuidEquals ${`'${delegator}'`} AND ${at}PrincipalId] GuidEquals '${delegator}'`),
      contributor,
      false,
    ],
    ['what a text says that is not understood', writes(`${at}RoleDefinitionId] SoundsLike 'x'`), contributor, undefined],
    ['what a broken text says', '((', contributor, undefined],
    ['anything, where only deleting is limited', "(!(ActionMatches{'Microsoft.Authorization/roleAssignments/delete'}))", contributor, true],
  ])('%s', (_, condition, roleId, expected) => {
    expect(mayGive(condition, { roleId })).toBe(expected)
  })

  it('is what the simulated Azure decides', () => {
    for (const roleId of [contributor, delegator]) {
      const request = {
        'microsoft.authorization/roleassignments:roledefinitionid': roleId,
        'microsoft.authorization/roleassignments:principaltype': 'ServicePrincipal',
      }
      const decided = parseCondition(delegationCondition)({ action: 'Microsoft.Authorization/roleAssignments/write', request })
      expect(mayGive(delegationCondition, { roleId })).toBe(decided)
    }
  })

  it('is asked of conditions on role assignments only', () => {
    expect([
      isDelegation(delegationCondition),
      isDelegation("@Resource[Microsoft.Storage/storageAccounts/blobServices/containers:name] StringEquals 'x'"),
    ]).toEqual([true, false])
  })
})
