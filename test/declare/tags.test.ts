import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { declarationsOf, tagOf } from '../../src/declare/tags.ts'
import { azureRole, type Grant } from '../../src/model/grant.ts'
import { loop } from '../../src/model/loop.ts'
import { parseResourceId } from '../../src/model/resource-id.ts'
import type { Installation } from '../../src/model/view.ts'
import { targets } from '../../src/targets/catalogue.ts'
import { mysqlFlexible } from '../../src/targets/types/mysql-flexible.ts'
import { postgresFlexible } from '../../src/targets/types/postgres-flexible.ts'
import { accountId, clusterId, defaultRole, identityId, readerRole, subscription } from '../model/a-connection.ts'
import { cosmosGremlin, kafka, redis } from '../targets/children.ts'

const installation: Installation = { name: 'main', tenant: 't', graceMs: 1, massGraceMs: 1, goneAfterMs: 1, leavingMs: 1 }
const cluster = loop('cluster', clusterId)
const read = (tags: Record<string, string>) => declarationsOf(tags, cluster, installation, targets)
const one = (value: string) => {
  const { spec, faults } = read({ 'connect-data': value })
  if (spec.length !== 1) throw new Error(`refused: ${JSON.stringify(faults)}`)
  return spec[0] as (typeof spec)[number]
}
const refused = (value: string): string => {
  const { spec, faults } = read({ 'connect-data': value })
  expect(spec).toEqual([])
  expect(faults).toHaveLength(1)
  expect(faults[0]?.code).toBe('InvalidTag')
  expect(faults[0]?.about['tag']).toBe('connect-data')
  expect(faults[0]?.about['hint']).toBeTruthy()
  return faults[0]?.about['message'] ?? ''
}
const same = (id: string | undefined): string | undefined => id?.toLowerCase()
const inGroup = (group: string, name: string, sub = subscription) =>
  same(`/subscriptions/${sub}/resourceGroups/${group}/providers/Microsoft.Storage/storageAccounts/${name}`)

describe('a tag', () => {
  it('of the shortest form has every default', () => {
    expect(one('storage-blob:stdata')).toMatchObject({
      origin: 'tag',
      name: 'data',
      type: 'storage-blob',
      namespace: 'default',
      workload: 'default',
      auth: 'workload-identity',
      client: 'none',
      roles: [defaultRole],
      provided: false,
      firewall: 'open',
      transport: 'direct',
    })
    expect(same(one('storage-blob:stdata').target.id)).toBe(inGroup('rg', 'stdata'))
    expect(one('storage-blob:stdata').identity?.id).toContain(
      '/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/sc-aks-default-default-',
    )
  })

  describe('names grants of several kinds', () => {
    const cosmos: Grant = {
      kind: 'cosmosDataRole',
      id: '00000000-0000-0000-0000-000000000002',
      name: 'Data Contributor',
      scope: 'resource',
    }
    const ofDatabase: Grant = { kind: 'databaseRole', id: 'reader', name: 'Reader', scope: 'child' }
    const own = azureRole(readerRole, 'Account Reader')
    const types = [{ ...redis, grants: { default: [cosmos], allowed: [ofDatabase, own] } }]
    const roles = (role: string) => declarationsOf({ 'connect-data': `blob:cache?child=0&role=${role}` }, cluster, installation, types)

    it.each([
      ['by its name', 'data contributor', `cosmosDataRole:${cosmos.id}`],
      ['by its id, though that is a GUID', cosmos.id, `cosmosDataRole:${cosmos.id}`],
      ['with its kind', 'cosmosdatarole:Data Contributor', `cosmosDataRole:${cosmos.id}`],
      ['with the scope that it has', 'Reader', 'databaseRole:reader@child'],
      ['with the scope that is written', 'Reader@resource', 'databaseRole:reader'],
      ['of Azure by GUID', defaultRole, defaultRole],
      ['of Azure by its own name', 'Account Reader', readerRole],
      ['of Azure in full', `azureRole:${defaultRole}@resource`, defaultRole],
    ])('%s', (_, role, expected) => {
      expect(roles(role).spec[0]?.roles).toEqual([expected])
    })

    it.each(['azureRole:Data Contributor', 'redisAccessPolicy:Data Contributor', `vaultAccessPolicy:${defaultRole}`])(
      'but not %s, which the type does not know',
      (role) => {
        const [fault] = roles(role).faults
        expect(fault?.about).toMatchObject({ message: expect.stringContaining('is not a known role for storage-blob') })
        expect(fault?.about['hint']).toContain('cosmosDataRole:Data Contributor, databaseRole:Reader@child, Account Reader')
      },
    )

    it('which come back as they were written', () => {
      for (const text of ['databaseRole:reader@child', `cosmosDataRole:${cosmos.id}`, defaultRole])
        expect(roles(text).spec[0]?.roles).toEqual([text])
    })
  })

  describe('of a type whose children have names', () => {
    const declared = (value: string) => declarationsOf({ 'connect-data': value }, cluster, installation, [cosmosGremlin])
    const account = `/subscriptions/${subscription}/resourceGroups/rg/providers/microsoft.documentdb/databaseaccounts/acc`

    it.each([
      ['by the option child', 'blob:acc?child=db/people'],
      ['by its whole id', `blob:${account}/gremlinDatabases/db/graphs/people`],
    ])('names one %s', (_, value) => {
      const [connection] = declared(value).spec
      expect(connection?.target.id).toBe(account)
      expect(connection?.targetId).toBe(`${account}/gremlinDatabases/db/graphs/people`)
    })

    it.each([
      ['without its name', 'blob:acc', "'acc' names the resource only"],
      ['with a part of its name', 'blob:acc?child=db', "'db' is not the name of"],
      ['named twice', `blob:${account}/gremlinDatabases/db/graphs/people?child=db/people`, 'stands in the id and in the option child'],
    ])('is refused %s', (_, value, message) => {
      const [fault] = declared(value).faults
      expect(fault?.about['message']).toContain(message)
    })

    it('shares the loop of the resource with the other children of it', () => {
      const [one, other] = ['db/people', 'db/places'].map((child) => declared(`blob:acc?child=${child}&role=${readerRole}@child`).spec[0])
      expect(one?.target).toEqual(other?.target)
      expect(one?.targetId).not.toBe(other?.targetId)
    })
  })

  describe('of a database', () => {
    const declared = (value: string) => declarationsOf({ 'connect-data': value }, cluster, installation, [postgresFlexible, mysqlFlexible])

    it.each([
      'postgres-flexible:shopdb?child=postgres',
      'postgres-flexible:shopdb?child=Azure_Maintenance&role=reader',
      'mysql-flexible:shopdb?child=MySQL',
      'mysql-flexible:shopdb?child=sys&role=databaseRole:writer@child',
    ])('is refused where the database is the server’s own: %s', (value) => {
      expect(declared(value).faults[0]?.about['message']).toContain('belongs to the server itself')
    })

    it.each(['mysql-flexible:shopdb?child=sys&role=none', 'mysql-flexible:shopdb?child=postgres', 'postgres-flexible:shopdb?child=mysql'])(
      'is taken where the app makes no user in such a one: %s',
      (value) => expect(declared(value).spec).toHaveLength(1),
    )
  })

  it('names a server outside of Azure by its endpoint', () => {
    const declared = (value: string) => declarationsOf({ 'connect-data': value }, cluster, installation, [kafka])
    const { spec } = declared('blob:xxx.confluent.cloud:9092?namespace=shop')
    expect(spec[0]).toMatchObject({ target: { id: '/endpoints/ConfluentBootstrapServer/xxx.confluent.cloud:9092' }, roles: [] })
    expect(declared('blob:shop/xxx').faults[0]?.about).toMatchObject({ hint: 'storage-blob:<host>:<port>' })
  })

  it('has all default roles of a type that has several', () => {
    const both = targets.map((target) => {
      const { default: usual, allowed } = target.grants
      return { ...target, grants: { default: [...usual, ...allowed.slice(0, 1)], allowed: allowed.slice(1) } }
    })
    const { spec } = declarationsOf({ 'connect-data': 'blob:stdata' }, cluster, installation, both)
    expect(spec[0]?.roles).toEqual([readerRole, defaultRole])
  })

  it.each([
    ['stdata', inGroup('rg', 'stdata')],
    ['data/stdata', inGroup('data', 'stdata')],
    ['6f0c3f3e-0000-4000-8000-000000000002/data/stdata', inGroup('data', 'stdata', '6f0c3f3e-0000-4000-8000-000000000002')],
    [accountId, same(accountId)],
    [`${accountId}/blobServices/default`, same(accountId)],
    [accountId.toUpperCase(), same(accountId)],
    ['my%20group/stdata', undefined],
    ['da%74a/stdata', inGroup('data', 'stdata')],
    ['gr%C3%BCn/stdata', inGroup('grün', 'stdata')],
  ])('finds the target %s', (target, id) => {
    if (id === undefined) expect(refused(`blob:${target}`)).toContain('is not the id or name of a target')
    else {
      const connection = one(`blob:${target}`)
      expect(same(connection.target.id)).toBe(id)
      expect(same(connection.targetId)).toBe(`${id}/blobservices/default`)
    }
  })

  it('chooses the transport', () => {
    expect(one('blob:stdata').transport).toBe('direct')
    expect(one('blob:stdata?transport=Extension').transport).toBe('extension')
  })

  it('writes the connection into the names of the keys', () => {
    expect(one('blob:stdata')).not.toHaveProperty('keyNaming')
    expect(one('blob:stdata?keys=perconnection').keyNaming).toBe('perConnection')
  })

  it('reads every option', () => {
    const value = `blob:stdata?auth=workload-identity&namespace=shop&client=NodeJS&workload=web&identity=ids/app&role=storage blob data reader,${defaultRole}&transport=direct&firewall=keep`
    const connection = one(value)
    expect(connection).toMatchObject({
      namespace: 'shop',
      client: 'nodejs',
      workload: 'web',
      provided: true,
      firewall: 'keep',
      roles: [readerRole, defaultRole],
    })
    expect(connection.identity?.id).toBe(identityId)
    expect(one('blob:stdata?auth=secret&client=springboot')).toMatchObject({
      auth: 'secret',
      client: 'springBoot',
      roles: [],
      provided: false,
    })
    expect(one('blob:stdata?auth=secret')).not.toHaveProperty('identity')
    expect(one('blob:stdata?role=none')).toMatchObject({ roles: [] })
  })

  it('takes the identity of two connections of one workload to be the same', () => {
    const { spec } = read({
      'connect-a': 'blob:one?namespace=shop',
      'connect-b': 'blob:two?namespace=shop',
      'connect-c': 'blob:two?namespace=shop&workload=web',
    })
    const [a, b, c] = spec.map(({ identity }) => identity?.key)
    expect(a).toBe(b)
    expect(a).not.toBe(c)
  })

  it('says why what Azure Service Connector has for others cannot be connected to a cluster', () => {
    const { faults } = read({ 'connect-lake': 'fabric-sql:workspace', 'connect-other': 'sql:server' })
    const messages = faults.map(({ about }) => about['message'])
    expect(messages[0]).toContain('NotOnAks: SQL databases in Microsoft Fabric')
    expect(messages[1]).not.toContain('NotOnAks')
  })

  it.each([
    ['nothing', ''],
    ['no colon', 'storage-blob'],
    ['no target', 'blob:'],
    ['an unknown type', 'sql:server'],
    ['an unknown option', 'blob:stdata?colour=red'],
    ['a repeated option', 'blob:stdata?namespace=a&namespace=b'],
    ['a repeated option in another case', 'blob:stdata?namespace=a&NAMESPACE=b'],
    ['an option without value', 'blob:stdata?namespace='],
    ['an option without equals sign', 'blob:stdata?namespace'],
    ['a hanging ampersand', 'blob:stdata?namespace=a&'],
    ['a namespace that Kubernetes refuses', 'blob:stdata?namespace=Shop_1'],
    ['an auth type that is left out: service-principal', 'blob:stdata?auth=service-principal'],
    ['an auth type that is left out: csi', 'blob:stdata?auth=csi'],
    ['an unknown client', 'blob:stdata?client=cobol'],
    ['a client that the auth type does not have', 'table:stdata?client=springBoot'],
    ['a transport that is not there', 'blob:stdata?transport=tunnel'],
    ['a child', 'blob:stdata?child=images'],
    ['a secret', 'blob:stdata?auth=secret&secret=vault'],
    ['an unknown firewall', 'blob:stdata?firewall=closed'],
    ['an identity with auth secret', 'blob:stdata?auth=secret&identity=ids/app'],
    ['a role with auth secret', 'blob:stdata?auth=secret&role=owner'],
    ['an unknown role', 'blob:stdata?role=Owner'],
    ['a role on a child, of which there is none', `blob:stdata?role=${defaultRole}@child`],
    ['an identity that is none', `blob:stdata?identity=${accountId}`],
    [
      'a resource of another type',
      'blob:/subscriptions/5f0c3f3e-0000-4000-8000-000000000001/resourceGroups/rg/providers/Microsoft.Sql/servers/s',
    ],
    ['another child', `blob:${accountId}/queueServices/default`],
    ['too many parts', 'blob:a/b/c/d'],
    ['a subscription that is none', 'blob:sub/data/stdata'],
    ['a broken percent sign', 'blob:st%zz'],
    ['a broken percent sign in an option', 'blob:stdata?namespace=%'],
    ['a hidden slash', 'blob:data%2Fstdata'],
    ['a hidden option', 'blob:stdata%3Fnamespace=shop'],
    ['a doubly encoded letter', 'blob:st%2564ata'],
    ['a way up', 'blob:../stdata'],
    ['a line break', 'blob:st\ndata'],
    ['a value that is too long', `blob:stdata?namespace=${'a'.repeat(300)}`],
  ])('with %s is refused with words and an example', (_what, value) => {
    expect(refused(value).length).toBeGreaterThan(5)
  })

  it('decodes percent signs once only', () => {
    expect(refused('blob:stdata?namespace=a%2541')).toContain('a%41')
  })

  it('names what is left out', () => {
    expect(refused('blob:stdata?auth=service-principal')).toContain('service-principal')
    expect(refused('blob:stdata?transport=argocd')).toContain('argocd')
    expect(refused('redis:cache')).toContain('redis')
  })

  it('with a secret goes by no transport whose objects others can read', () => {
    expect(refused('blob:stdata?auth=secret&transport=flux')).toMatch(/flux.*auth secret has a secret/)
    expect(read({ 'connect-data': 'blob:stdata?transport=flux' }).faults).toEqual([])
  })

  it('that is bad does not stop the good ones', () => {
    const { spec, faults } = read({
      'connect-a': 'nonsense',
      'connect-b': 'blob:stdata',
      'other-tag': 'blob:x',
      'connect-': 'blob:x',
      'connect-ä': 'blob:x',
    })
    expect(spec.map(({ name }) => name)).toEqual(['b'])
    expect(faults.map(({ about }) => about['tag']).sort()).toEqual(['connect-', 'connect-a', 'connect-ä'])
  })

  it('has the same name in upper and lower case, and two of one name are one', () => {
    const { spec, faults } = read({ 'Connect-Data': 'blob:one', 'connect-data': 'blob:two' })
    expect(spec).toHaveLength(1)
    expect(same(spec[0]?.target.id)).toBe(inGroup('rg', 'one'))
    expect(faults[0]?.about['message']).toContain('same name')
    expect(tagOf('Data')).toBe('connect-data')
  })

  it('of any text gives a valid connection or a fault, and never throws', () => {
    const piece = fc.constantFrom(
      'blob',
      'storage-blob',
      ':',
      '?',
      '&',
      '=',
      '%',
      '%2F',
      '/',
      '..',
      'stdata',
      'auth',
      'secret',
      'namespace',
      'role',
      'none',
      'identity',
      'firewall',
      'keep',
      ' ',
      '\u212a',
      accountId,
    )
    const value = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.array(piece, { maxLength: 12 }).map((parts) => parts.join('')),
    )
    const name = fc
      .oneof(fc.string({ unit: 'binary', maxLength: 20 }), fc.stringMatching(/^[a-zA-Z0-9._-]{1,60}$/))
      .map((text) => `connect-${text}`)
    fc.assert(
      fc.property(name, value, (tag, text) => {
        const { spec, faults } = read({ [tag]: text })
        expect(spec.length + faults.length).toBe(1)
        for (const connection of spec) {
          expect(parseResourceId(connection.targetId)?.type).toBe('microsoft.storage/storageaccounts/blobservices')
          expect(connection.namespace).toMatch(/^[a-z0-9-]{1,63}$/)
          expect(targets[0]?.auth).toContain(connection.auth)
        }
        for (const fault of faults) expect(Object.values(fault.about).join('')).not.toMatch(/\p{Cc}/u)
      }),
      { numRuns: 2000 },
    )
  })
})
