import { describe, expect, it } from 'vitest'
import type { ResourceFacts } from '../../src/targets/resource.ts'
import { storageAccount } from '../../src/targets/resources/storage-account.ts'

const id = '/subscriptions/0b1f6471-1bf0-4dda-aec3-cb9272f09590/resourceGroups/data/providers/Microsoft.Storage/storageAccounts/stdata'
const account = (properties: object = {}, more: object = {}): Record<string, unknown> => ({
  id,
  kind: 'StorageV2',
  location: 'westeurope',
  ...more,
  properties: {
    primaryEndpoints: { blob: 'https://stdata.blob.core.windows.net/', queue: 'https://stdata.queue.core.windows.net/' },
    networkAcls: { bypass: 'AzureServices', virtualNetworkRules: [], ipRules: [], defaultAction: 'Allow' },
    ...properties,
  },
})
const { firewall } = storageAccount
const read = (body: Record<string, unknown>): ResourceFacts => storageAccount.read(body)
const network = (properties: object) => firewall.network([account(properties)])
const written = (body: Record<string, unknown>, add: readonly string[], remove: readonly string[] = []) => {
  const rules = (ips: readonly string[]) => ips.map((ip) => ({ ip }))
  return firewall.write(id, { add: rules(add), remove: rules(remove) }, [body])
}

describe('reading an account', () => {
  it('takes its facts from the answer', () => {
    expect(read(account({}, { location: 'West Europe' }))).toEqual({
      location: 'westeurope',
      localAuth: true,
      services: {
        'storage-blob': { endpoint: 'https://stdata.blob.core.windows.net/' },
        'storage-queue': { endpoint: 'https://stdata.queue.core.windows.net/' },
      },
      sort: 'StorageV2',
    })
  })

  it.each([
    ['open', {}],
    ['open', { publicNetworkAccess: 'Enabled' }],
    ['open', { publicNetworkAccess: null, networkAcls: null }],
    ['rules', { networkAcls: { defaultAction: 'Deny', ipRules: [] } }],
    ['closed', { publicNetworkAccess: 'Disabled', networkAcls: { defaultAction: 'Allow' } }],
    ['closed', { publicNetworkAccess: 'SecuredByPerimeter' }],
  ])('finds the network %s where it says %j', (expected, properties) => {
    expect(network(properties).network).toBe(expected)
  })

  it('offers no keys where they are not accepted', () => {
    expect(read(account({ allowSharedKeyAccess: false })).localAuth).toBe(false)
    expect(read(account({ allowSharedKeyAccess: null })).localAuth).toBe(true)
  })

  it('notices that a key was regenerated, and holds no key', () => {
    const at = (key1: string): string | undefined => read(account({ keyCreationTime: { key1, key2: '2026-01-01T00:00:00Z' } })).keyVersion
    expect(at('2026-01-01T00:00:00Z')).toBe(at('2026-01-01T00:00:00Z'))
    expect(at('2026-01-01T00:00:00Z')).not.toBe(at('2026-02-01T00:00:00Z'))
    expect(read(account({ keyCreationTime: { key1: null, key2: null } }))).not.toHaveProperty('keyVersion')
  })

  it('leaves out the services that it does not offer', () => {
    const files = read(account({ primaryEndpoints: { file: 'https://stdata.file.core.windows.net/' } }, { kind: 'FileStorage' }))
    expect(files).toMatchObject({
      services: { 'storage-file': { endpoint: 'https://stdata.file.core.windows.net/' } },
      sort: 'FileStorage',
    })
    expect(Object.keys(files.services)).toEqual(['storage-file'])
  })

  it('takes the key of the slot, in whatever order, and refuses an answer without it', () => {
    const pick = (answer: unknown): string => storageAccount.credentials['*']?.pick(answer, 'primary') ?? ''
    expect(
      pick({
        keys: [
          { keyName: 'key1', value: 'k1', permissions: 'FULL' },
          { keyName: 'key2', value: 'k2' },
        ],
      }),
    ).toBe('k1')
    expect(() => pick({ keys: [] })).toThrow()
    expect(() => pick({})).toThrow()
  })
})

describe('the firewall of an account', () => {
  const rules = {
    bypass: 'Logging,AzureServices',
    defaultAction: 'Deny',
    virtualNetworkRules: [{ id: '/subscriptions/x/subnets/s', action: 'Allow', state: 'Succeeded' }],
    resourceAccessRules: [{ tenantId: 't', resourceId: 'r' }],
    ipRules: [
      { value: '52.1.2.3', action: 'Allow' },
      { value: '40.0.0.0/24', action: 'Allow', note: 'kept' },
    ],
    laterField: true,
  }
  const closed = account({ networkAcls: rules })

  it('names the addresses of its rules as they are written there', () => {
    expect(firewall.rules([closed])).toEqual([{ ip: '52.1.2.3' }, { ip: '40.0.0.0/24' }])
  })

  it('is written with exactly these addresses and everything else as it was', () => {
    const ipRules = [
      { value: '40.0.0.0/24', action: 'Allow', note: 'kept' },
      { value: '20.9.8.7', action: 'Allow' },
    ]
    expect(written(closed, ['20.9.8.7'], ['52.1.2.3'])).toEqual([
      {
        method: 'PATCH',
        id,
        apiVersion: storageAccount.apiVersion,
        body: { properties: { networkAcls: { ...rules, ipRules } } },
        adds: ['20.9.8.7'],
        removes: ['52.1.2.3'],
      },
    ])
  })

  it('is not written where nothing differs', () => {
    expect(written(closed, ['52.1.2.3'], ['9.9.9.9'])).toEqual([])
  })

  it('writes single addresses without a suffix, for Azure refuses /32', () => {
    expect(JSON.stringify(written(closed, ['20.9.8.7']))).not.toContain('/32')
  })
})
