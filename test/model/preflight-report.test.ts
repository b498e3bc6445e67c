import { describe, expect, it } from 'vitest'
import { grants } from '../../src/model/preflight-report.ts'

const gives = (actions: readonly string[], notActions: readonly string[] = []) => ({ actions, notActions })
const write = 'Microsoft.Storage/storageAccounts/write'

describe('what a role grants', () => {
  it.each([
    ['*', write],
    ['*/read', 'Microsoft.Storage/storageAccounts/read'],
    ['Microsoft.Storage/*', write],
    ['Microsoft.*/storageAccounts/*', write],
    ['microsoft.STORAGE/storageaccounts/write', write],
    ['*/storageAccounts/listKeys/*', 'Microsoft.Storage/storageAccounts/listKeys/action'],
  ])('is by %s the right for %s', (pattern, action) => {
    expect(grants([gives([pattern])], action)).toBe(true)
  })

  it.each([
    ['*/read', write],
    ['Microsoft.Storage/storageAccounts', write],
    ['Microsoft.Storage/storageAccounts/write/more', write],
    ['Microsoft.Storage/*/accounts/*', write],
    ['Microsoft.Storage/storageAccounts/w*write', write],
    ['', write],
  ])('is not by %s the right for %s', (pattern, action) => {
    expect(grants([gives([pattern])], action)).toBe(false)
  })

  it('leaves out what the role itself takes away, unless another role gives it', () => {
    const contributor = gives(['*'], ['Microsoft.Authorization/*/Write'])
    const right = 'Microsoft.Authorization/roleAssignments/write'
    expect(grants([contributor], right)).toBe(false)
    expect(grants([contributor], write)).toBe(true)
    expect(grants([contributor, gives(['Microsoft.Authorization/roleAssignments/*'])], right)).toBe(true)
    expect(grants([], write)).toBe(false)
  })
})
