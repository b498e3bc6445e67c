import fc from 'fast-check'
import { expect, it } from 'vitest'
import { cosmosRoleKinds } from '../../../src/model/grant.ts'
import { armScope, cosmosDataPlanes, dataScope } from '../../../src/steps/identity/grants/cosmos-data-plane.ts'

const account =
  '/subscriptions/0b1f6471-1bf0-4dda-aec3-cb9272f09590/resourceGroups/data/providers/Microsoft.DocumentDB/databaseAccounts/acc'
const planes = fc.constantFrom(...cosmosRoleKinds.map((kind) => cosmosDataPlanes[kind]))
const name = fc.stringMatching(/^[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,20}$/)

it('spells what a connection names as the data plane does, and reads it back', () => {
  fc.assert(
    fc.property(planes, fc.tuple(name, name), (plane, names) => {
      const scope = [account, ...plane.children.flatMap((type, depth) => [type, names[depth]])].join('/')
      const spelt = dataScope(plane, { scope, owner: account })
      expect(spelt.slice(account.length)).toMatch(plane.database ? /^\/dbs\/TablesDB\/colls\/[^/]+$/ : /^\/dbs\/[^/]+(\/colls\/[^/]+)?$/)
      expect(armScope(plane, account, spelt)).toBe(scope)
    }),
  )
})

it('reads no scope as one that a connection names unless it is spelt as the app spells it', () => {
  const part = fc.oneof(fc.constantFrom('dbs', 'colls', 'TablesDB', '', 'docs'), name)
  fc.assert(
    fc.property(planes, fc.array(part, { maxLength: 6 }), (plane, path) => {
      const scope = [account, ...path].join('/')
      const read = armScope(plane, account, scope)
      if (read !== undefined && read !== account)
        expect(dataScope(plane, { scope: read, owner: account }).toLowerCase()).toBe(scope.toLowerCase())
    }),
  )
})

it('is the account itself where nothing below it is named', () => {
  for (const kind of cosmosRoleKinds) {
    expect(dataScope(cosmosDataPlanes[kind], { scope: account })).toBe(account)
    expect(armScope(cosmosDataPlanes[kind], account, account.toUpperCase())).toBe(account)
  }
})
