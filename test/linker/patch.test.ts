import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { patchedLinker, propertiesOf } from '../../src/linker/patch.ts'
import type { Connection } from '../../src/model/connection.ts'
import { aConnection, defaultRole, identityId, readerRole, subscription } from '../model/a-connection.ts'

type Body = { readonly properties: Readonly<Record<string, unknown>> & { readonly authInfo: object } }
const clientId = '11111111-2222-4333-8444-555555555555'
const of = (over: object, patch: unknown): Body =>
  JSON.parse(
    JSON.stringify(patchedLinker(propertiesOf({ ...aConnection(over), generation: 1 } as Connection, { clientId }, [defaultRole]), patch)),
  ) as Body
const properties = (over: object, patch: object) => of(over, { properties: patch }).properties

describe('a patch', () => {
  it('of nothing leaves everything as it is', () => {
    expect(of({}, {})).toEqual(of({}, { properties: {} }))
  })

  it('changes what it names, within objects too, and takes away what it sets to null', () => {
    const keys = { A: 'X', B: 'Y' }
    const after = properties(
      { customizedKeys: keys, client: 'python' },
      {
        clientType: null,
        configurationInfo: { customizedKeys: { A: null, C: 'Z' } },
      },
    )
    expect(after).toMatchObject({ scope: 'shop', configurationInfo: { action: 'enable', customizedKeys: { B: 'Y', C: 'Z' } } })
    expect(after['configurationInfo']).not.toHaveProperty('customizedKeys.A')
    expect(after).not.toHaveProperty('clientType')
  })

  it('replaces a list', () => {
    expect(properties({}, { authInfo: { roles: [readerRole] } }).authInfo).toMatchObject({ roles: [readerRole] })
  })

  it('to another kind of auth keeps nothing of the kind before', () => {
    const { authInfo } = properties({ provided: true, roles: [readerRole] }, { authInfo: { authType: 'secret' } })
    expect(authInfo).toEqual({ authType: 'secret' })
  })

  it('that names the same kind in other case keeps the rest', () => {
    const { authInfo } = properties({ roles: [readerRole] }, { authInfo: { authType: 'USERASSIGNEDIDENTITY' } })
    expect(authInfo).toMatchObject({ roles: [readerRole] })
  })

  it('that names another identity by one of its ids drops the others', () => {
    const other = '99999999-2222-4333-8444-555555555555'
    const { authInfo } = properties({ provided: true }, { authInfo: { clientId: other } })
    expect(authInfo).toEqual({ authType: 'userAssignedIdentity', authMode: 'optInAllAuth', clientId: other })
  })

  it('that names the same identity keeps its other ids', () => {
    const { authInfo } = properties({ provided: true }, { authInfo: { clientId } })
    expect(authInfo).toMatchObject({ clientId, identityId, subscriptionId: subscription })
  })

  it('that opts out of roles drops them, and one that names roles opts in', () => {
    expect(properties({ roles: [readerRole] }, { authInfo: { authMode: 'optOutAllAuth' } }).authInfo).not.toHaveProperty('roles')
    expect(properties({ roles: [] }, { authInfo: { roles: [readerRole] } }).authInfo).toEqual({
      authType: 'userAssignedIdentity',
      roles: [readerRole],
    })
    expect(properties({ roles: [readerRole] }, { authInfo: { authMode: 'optInAllAuth' } }).authInfo).toMatchObject({ roles: [readerRole] })
  })

  it('leaves default roles unnamed, because another target has others', () => {
    expect(properties({}, {}).authInfo).not.toHaveProperty('roles')
    expect(properties({ roles: [readerRole] }, {}).authInfo).toMatchObject({ roles: [readerRole] })
  })

  it('of any form never fails, and is the same when it is sent twice', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const before = { ...aConnection(), generation: 1 }
        const once = patchedLinker(propertiesOf(before, {}, []), { properties: value })
        expect(patchedLinker(propertiesOf(before, {}, []), { properties: value })).toEqual(once)
      }),
    )
  })
})
