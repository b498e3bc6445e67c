import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { azureRole, grantKinds, grantName, grantRespelled, grantText, grantWords, parseGrant } from '../../src/model/grant.ts'
import { grantedOn, grantFactOf } from '../../src/model/grant-fact.ts'
import { loop } from '../../src/model/loop.ts'
import { defaultRole } from './a-connection.ts'

const kinds = fc.constantFrom(...grantKinds)
const grants = fc.record({
  kind: kinds,
  id: fc.oneof(fc.uuid(), fc.constantFrom('Data Contributor', 'reader', 'secrets-get-list')),
  scope: fc.constantFrom('resource', 'child'),
})

describe('the text of a grant', () => {
  it('is the GUID alone for an Azure role on the resource, as Azure Service Connector writes it', () => {
    expect(grantText(azureRole(defaultRole, 'Storage Blob Data Contributor'))).toBe(defaultRole)
  })

  it('says kind and scope where they are not the usual ones', () => {
    expect(grantText({ kind: 'cosmosDataRole', id: defaultRole, scope: 'resource' })).toBe(`cosmosDataRole:${defaultRole}`)
    expect(grantText({ kind: 'azureRole', id: defaultRole, scope: 'child' })).toBe(`${defaultRole}@child`)
    expect(grantText({ kind: 'databaseRole', id: 'reader', scope: 'child' })).toBe('databaseRole:reader@child')
  })

  it('means one grant, and no other has it', () => {
    fc.assert(fc.property(grants, (grant) => void expect(parseGrant(grantText(grant))).toEqual(grant)))
  })

  it('is read in any case, with kind and scope where they need not be', () => {
    expect(grantWords('COSMOSDATAROLE: Some Role @Child')).toEqual({ kind: 'cosmosDataRole', word: 'Some Role', scope: 'child' })
    expect(grantRespelled(`azureRole:${defaultRole}@resource`)).toBe(defaultRole)
    expect(grantRespelled('*')).toBe('*')
  })

  it('leaves a name alone that only looks like one with kind or scope', () => {
    expect(grantWords('Team: reader')).toEqual({ word: 'Team: reader' })
    expect(grantWords('Reader@work')).toEqual({ word: 'Reader@work' })
  })

  it('finds the name of the grant by kind and id', () => {
    const known = { default: [azureRole(defaultRole, 'Contributor')], allowed: [] }
    expect(grantName(known, `${defaultRole}@child`)).toBe('Contributor')
    expect(grantName(known, `cosmosDataRole:${defaultRole}`)).toBeUndefined()
  })
})

describe('the fact of a grant', () => {
  const account = '/subscriptions/S/resourceGroups/g/providers/Microsoft.DocumentDB/databaseAccounts/x'
  const connection = { target: loop('target', account), targetId: `${account}/sqlDatabases/DB` }

  it('names the ARM id of what it is on', () => {
    expect(grantedOn(defaultRole, connection)).toBe(account)
    expect(grantFactOf(`${defaultRole}@child`, connection)).toBe(`${defaultRole}@${account}/sqldatabases/db`.toLowerCase())
    expect(grantFactOf('cosmosDataRole:r', connection)).toBe(`cosmosdatarole:r@${account}`.toLowerCase())
  })
})
