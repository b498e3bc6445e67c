import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseResourceId } from '../../src/model/resource-id.ts'
import { exampleOf, targetAt, targetOn, targetTypesOf } from '../../src/model/target-place.ts'
import { targetType } from '../../src/targets/target-type.ts'
import { storageBlob } from '../../src/targets/types/storage-blob.ts'
import { cosmosGremlin, cosmosSql, redis, vault } from '../targets/children.ts'
import { subscription } from './a-connection.ts'

const inGroup = (path: string): string => `/subscriptions/${subscription}/resourceGroups/data/providers/${path}`
const account = inGroup('Microsoft.DocumentDB/databaseAccounts/x')
const at = (id: string, type: Parameters<typeof targetAt>[1]) => {
  const parsed = parseResourceId(id)
  return parsed && targetAt(parsed, type)
}
const types = [storageBlob, cosmosSql, cosmosGremlin, redis, vault]
const all = types.map((type, index) => targetType({ ...type, displayName: String(index) }))

describe('an id of a type', () => {
  it.each([
    ['without children is that of the resource', vault, inGroup('Microsoft.KeyVault/vaults/v'), ''],
    ['with a constant child has it', storageBlob, inGroup('Microsoft.Storage/storageAccounts/s'), '/blobServices/default'],
    ['with a named child has its name', cosmosSql, account, '/sqlDatabases/orders'],
    ['with a named child of a named child has both names', cosmosGremlin, account, '/gremlinDatabases/orders/graphs/people'],
    ['with a name that is a number is no different', redis, inGroup('Microsoft.Cache/redis/r'), '/databases/0'],
  ])('%s', (_, type, owner, below) => {
    expect(at(`${owner}${below}`, type)).toEqual({ owner, id: `${owner}${below}` })
  })

  it('may leave out a constant child, but not a name', () => {
    const storage = inGroup('Microsoft.Storage/storageAccounts/s')
    expect(at(storage, storageBlob)).toEqual({ owner: storage, id: `${storage}/blobServices/default` })
    expect(at(account, cosmosSql)).toBeUndefined()
  })

  it.each([
    ['another child', `${account}/mongodbDatabases/orders`, cosmosSql],
    ['half of the names', `${account}/gremlinDatabases/orders`, cosmosGremlin],
    ['more names', `${account}/sqlDatabases/orders/containers/c`, cosmosSql],
    ['a child where there is none', inGroup('Microsoft.KeyVault/vaults/v/secrets/s'), vault],
    ['another resource', inGroup('Microsoft.Sql/servers/x/databases/orders'), redis],
  ])('is not one with %s', (_, id, type) => {
    expect(at(id, type)).toBeUndefined()
  })

  it('is spelt as the type spells it, but for the names', () => {
    expect(at(`${account}/SQLDATABASES/Orders`, cosmosSql)?.id).toBe(`${account}/sqlDatabases/Orders`)
  })

  it('finds the type that has such ids', () => {
    const found = (id: string) => targetTypesOf(parseResourceId(id) as never, all)[0]?.displayName
    expect(
      types.map((type) =>
        found(
          exampleOf(type)
            .replaceAll(/<subscription>/g, subscription)
            .replaceAll(/<\w+>/g, 'n'),
        ),
      ),
    ).toEqual(types.map((_, index) => String(index)))
    expect(found(account)).toBeUndefined()
  })

  it('is the same whether it is written whole or as the names of a child', () => {
    const name = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_-]{0,40}$/)
    fc.assert(
      fc.property(name, name, name, (resource, database, graph) => {
        const id = parseResourceId(inGroup(`Microsoft.DocumentDB/databaseAccounts/${resource}`))
        if (!id) return
        const place = targetOn(id, cosmosGremlin, `${database}/${graph}`)
        expect(place).toEqual({ owner: id.id, id: `${id.id}/gremlinDatabases/${database}/graphs/${graph}` })
        expect(at(place?.id ?? '', cosmosGremlin)).toEqual(place)
      }),
    )
  })

  it.each(['', 'a/b/c', 'a', 'a b/c', '../c'])('is none of a child that is called %j', (child) => {
    expect(targetOn(parseResourceId(account) as never, cosmosGremlin, child)).toBeUndefined()
  })
})
