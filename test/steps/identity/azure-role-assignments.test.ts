// Role assignments as ARM lists them: what is read is whole, or nothing is.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { UnexpectedShape } from '../../../src/model/answer-shape.ts'
import { assignmentsAt } from '../../../src/steps/identity/grants/azure-role-assignments.ts'
import { mistyped } from '../../model/disturbed.ts'
import { fakeArm, group, portsOf } from '../builders.ts'

const scope = `${group}/providers/Microsoft.Storage/storageAccounts/orders`
const principalId = '11111111-2222-4333-8444-555555555555'
const assignment = {
  id: `${scope}/providers/Microsoft.Authorization/roleAssignments/one`,
  name: 'one',
  properties: {
    scope,
    principalId,
    roleDefinitionId: '/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/ba92f5b4-2d11-453d-a403-e96b0029c9fe',
    description: 'made by a person',
    condition: "@Resource[Microsoft.Storage/storageAccounts/blobServices/containers:name] StringEquals 'open'",
    delegatedManagedIdentityResourceId: '/subscriptions/s/x',
  },
}
const read = (one: unknown) => {
  const arm = { ...fakeArm({}), list: async () => [one as Record<string, unknown>] }
  return assignmentsAt({ scope, principalId }, portsOf({ arm }))
}

it('an assignment keeps its condition and its delegation, or is not understood', async () => {
  const [whole] = await read(assignment)
  expect(whole).toMatchObject({
    roleId: 'ba92f5b4-2d11-453d-a403-e96b0029c9fe',
    condition: assignment.properties.condition,
    isDelegated: true,
  })
  await fc.assert(
    fc.asyncProperty(mistyped(assignment), async (bad) => {
      const there = await read(bad).catch((error: unknown) => {
        expect(error).toBeInstanceOf(UnexpectedShape)
        return [whole]
      })
      expect(there).toEqual([whole])
    }),
  )
})
