import { describe, expect, it } from 'vitest'
import { type ArmExchange, armMisfits } from './arm-exchange.ts'

const group = '/subscriptions/5b0c1a52-3d7e-4f60-9a81-2c6d4e8f9a10/resourceGroups/shop/providers'
const account = `${group}/Microsoft.Storage/storageAccounts/orders`
const body = (properties: object): object => ({
  id: account,
  name: 'orders',
  type: 'Microsoft.Storage/storageAccounts',
  location: 'westeurope',
  kind: 'StorageV2',
  sku: { name: 'Standard_LRS' },
  properties,
})
const get = (over: Partial<ArmExchange>): readonly string[] =>
  armMisfits({ method: 'GET', path: `${account}?api-version=2024-01-01`, requestBody: '', status: 200, body: body({}), ...over })
const said = (lines: readonly string[]): readonly string[] => lines.map((line) => line.replace(/^.*?: /, ''))

describe('ARM traffic held against the resource types', () => {
  it('finds nothing in a body that fits', () => {
    expect(get({ body: body({ publicNetworkAccess: 'Enabled', networkAcls: { defaultAction: 'Deny', ipRules: [] } }) })).toEqual([])
  })

  it.each([
    ['an unknown property', body({ publicNetworkAcces: 'Enabled' }), 'answered .properties.publicNetworkAcces: no such property'],
    ['a wrong type', body({ allowSharedKeyAccess: 'true' }), 'answered .properties.allowSharedKeyAccess: string instead of boolean'],
    [
      'a value outside a closed enum',
      body({ networkAcls: { defaultAction: 'deny' } }),
      'answered .properties.networkAcls.defaultAction: "deny" is none of Allow | Deny',
    ],
  ])('finds %s in an answer', (_, answer, line) => {
    expect(said(get({ body: answer }))).toEqual([line])
  })

  it('finds a required property that is missing', () => {
    const { location: _, ...rest } = body({}) as { location: string }
    expect(said(get({ body: rest }))).toEqual(['answered .location: missing'])
  })

  it('finds an api-version that the type does not have', () => {
    expect(said(get({ path: `${account}?api-version=2019-13-01` }))).toEqual(['the data do not have this api-version'])
  })

  it('checks each resource of a list', () => {
    const path = `${group}/Microsoft.Storage/storageAccounts?api-version=2024-01-01`
    expect(said(get({ path, body: { value: [body({}), body({ x: 1 })] } }))).toEqual(['answered .properties.x: no such property'])
  })

  it('finds a list without an array', () => {
    const path = `${group}/Microsoft.Storage/storageAccounts?api-version=2024-01-01`
    expect(said(get({ path, body: {} }))).toEqual(['answered a list without an array `value`'])
  })

  it('checks what an action answers', () => {
    const path = `${account}/listKeys?api-version=2024-01-01`
    expect(said(get({ method: 'POST', path, body: { keys: [{ keyName: 1 }] } }))).toEqual([
      'answered .keys[].keyName: number instead of string',
    ])
  })

  it('does not miss required properties in a PATCH, but finds unknown ones', () => {
    const requestBody = JSON.stringify({ properties: { networkRules: {} } })
    expect(said(get({ method: 'PATCH', requestBody }))).toEqual(['sent .properties.networkRules: no such property'])
  })

  it('leaves the registration of a provider alone: it is no resource', () => {
    const path = '/subscriptions/5b0c1a52-3d7e-4f60-9a81-2c6d4e8f9a10/providers/Microsoft.Storage/register?api-version=2021-04-01'
    expect(get({ method: 'POST', path, body: { registrationState: 'Registering' } })).toEqual([])
  })

  it('finds a type of a described namespace that the data do not have', () => {
    expect(said(get({ path: `${group}/Microsoft.Storage/storageTanks/one?api-version=2024-01-01` }))).toEqual([
      'the data do not have this type',
    ])
  })

  it('leaves refusals and long-running answers alone', () => {
    expect([...get({ status: 404, body: { error: {} } }), ...get({ method: 'PUT', status: 202, body: '' })]).toEqual([])
  })
})
