import { describe, expect, it } from 'vitest'
import type { TargetFacts } from '../../src/domain/facts.ts'
import { type Secret, secret } from '../../src/domain/secret.ts'
import { storageBlob } from '../../src/targets/storage-blob.ts'
import type { ValuesInput } from '../../src/targets/target.ts'

const id = '/subscriptions/0b1f6471-1bf0-4dda-aec3-cb9272f09590/resourceGroups/data/providers/Microsoft.Storage/storageAccounts/stdata'
const account = (properties: object = {}, more: object = {}): Record<string, unknown> => ({
  id,
  kind: 'StorageV2',
  location: 'westeurope',
  ...more,
  properties: {
    primaryEndpoints: { blob: 'https://stdata.blob.core.windows.net/' },
    networkAcls: { bypass: 'AzureServices', virtualNetworkRules: [], ipRules: [], defaultAction: 'Allow' },
    ...properties,
  },
})
const read = (resource: Record<string, unknown>): TargetFacts => {
  const facts = storageBlob.read(resource)
  if ('code' in facts) throw new Error(`a fault: ${facts.code}`)
  return facts
}
const facts = read(account())
const identity = { clientId: 'c1', principalId: 'p1', tenant: 't1' }
const values = (of: Partial<ValuesInput>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(
      storageBlob.values({ target: facts, targetId: `${id}/blobServices/default`, client: 'none', auth: 'secret', ...of }),
    ).map(([name, value]) => [name, typeof value === 'string' ? value : value.reveal()]),
  )
const key: Secret<string> = secret('a2V5')
const connection = {
  AZURE_STORAGEBLOB_CONNECTIONSTRING: 'DefaultEndpointsProtocol=https;AccountName=stdata;AccountKey=a2V5;EndpointSuffix=core.windows.net',
}
const secretless = { AZURE_STORAGEBLOB_RESOURCEENDPOINT: 'https://stdata.blob.core.windows.net/', AZURE_STORAGEBLOB_CLIENTID: 'c1' }
const ofPrincipal = {
  AZURE_STORAGEBLOB_RESOURCEENDPOINT: 'https://stdata.blob.core.windows.net/',
  AZURE_STORAGEBLOB_CLIENTID: 'c2',
  AZURE_STORAGEBLOB_CLIENTSECRET: 'a2V5',
  AZURE_STORAGEBLOB_TENANTID: 't1',
}
const spring = {
  'azure.storage.account-name': 'stdata',
  'azure.storage.account-key': 'a2V5',
  'azure.storage.blob-endpoint': 'https://stdata.blob.core.windows.net/',
  'spring.cloud.azure.storage.blob.account-name': 'stdata',
  'spring.cloud.azure.storage.blob.account-key': 'a2V5',
  'spring.cloud.azure.storage.blob.endpoint': 'https://stdata.blob.core.windows.net/',
}

describe('what a connection to blobs puts into its Secret', () => {
  const plain = ['dotnet', 'dotnet-internal', 'java', 'python', 'nodejs', 'none']
  it.each([
    ...plain.map((client) => ['secret', client, connection] as const),
    ['secret', 'springBoot', spring] as const,
    ...plain.map((client) => ['workload-identity', client, secretless] as const),
    ...plain.map((client) => ['service-principal', client, ofPrincipal] as const),
  ])('is what the original writes, for %s and %s', (auth, client, expected) => {
    expect(values({ auth, client, credential: key, identity, servicePrincipal: { clientId: 'c2', tenant: 't1', secret: key } })).toEqual(
      expected,
    )
    expect([...storageBlob.keys(auth, client)].sort()).toEqual(Object.keys(expected).sort())
  })

  it('covers every client type of the original, and no other', () => {
    expect([...storageBlob.clients].sort()).toEqual(['dotnet', 'dotnet-internal', 'java', 'nodejs', 'none', 'python', 'springBoot'])
    for (const auth of ['workload-identity', 'service-principal'])
      expect([...(storageBlob.clientsByAuth?.[auth] ?? [])].sort()).toEqual(plain.sort())
  })

  it('never holds the key in the open', () => {
    for (const client of storageBlob.clients) {
      const made = storageBlob.values({ target: facts, targetId: id, client, auth: 'secret', credential: key })
      expect(JSON.stringify(made)).not.toContain('a2V5')
    }
  })

  it('fits clouds and zones with other endpoints', () => {
    const at = (endpoint: string): string | undefined =>
      values({ credential: key, target: { ...facts, endpoint } }).AZURE_STORAGEBLOB_CONNECTIONSTRING
    expect(at('https://stdata.blob.core.chinacloudapi.cn/')).toMatch(/;EndpointSuffix=core\.chinacloudapi\.cn$/)
    expect(at('https://stdata.z12.blob.storage.azure.net/')).toMatch(/;BlobEndpoint=https:\/\/stdata\.z12\.blob\.storage\.azure\.net\/$/)
  })

  it('cannot be made without what it is made of', () => {
    expect(() => values({ auth: 'workload-identity' })).toThrow('identity')
    expect(() => values({ auth: 'secret' })).toThrow('credential')
    expect(() => values({ auth: 'service-principal' })).toThrow('service principal')
  })
})

describe('reading an account', () => {
  it('takes its facts from the answer', () => {
    expect(read(account({}, { location: 'West Europe' }))).toEqual({
      location: 'westeurope',
      endpoint: 'https://stdata.blob.core.windows.net/',
      network: 'open',
      auth: ['secret', 'service-principal', 'workload-identity'],
      allowedIps: [],
    })
  })

  it.each([
    ['open', {}],
    ['open', { publicNetworkAccess: 'Enabled' }],
    ['open', { publicNetworkAccess: null, networkAcls: null }],
    ['rules', { networkAcls: { defaultAction: 'Deny', ipRules: [] } }],
    ['closed', { publicNetworkAccess: 'Disabled', networkAcls: { defaultAction: 'Allow' } }],
    ['closed', { publicNetworkAccess: 'SecuredByPerimeter' }],
  ])('finds the network %s where it says %j', (network, properties) => {
    expect(read(account(properties)).network).toBe(network)
  })

  it('offers no keys where they are not accepted', () => {
    expect(read(account({ allowSharedKeyAccess: false })).auth).toEqual(['service-principal', 'workload-identity'])
    expect(read(account({ allowSharedKeyAccess: null })).auth).toContain('secret')
  })

  it('notices that a key was regenerated, and holds no key', () => {
    const at = (key1: string): string | undefined => read(account({ keyCreationTime: { key1, key2: '2026-01-01T00:00:00Z' } })).keys
    expect(at('2026-01-01T00:00:00Z')).toBe(at('2026-01-01T00:00:00Z'))
    expect(at('2026-01-01T00:00:00Z')).not.toBe(at('2026-02-01T00:00:00Z'))
    expect(read(account({ keyCreationTime: { key1: null, key2: null } }))).not.toHaveProperty('keys')
  })

  it('says so where an account has no blobs', () => {
    expect(
      storageBlob.read(account({ primaryEndpoints: { file: 'https://stdata.file.core.windows.net/' } }, { kind: 'FileStorage' })),
    ).toEqual({
      code: 'TargetWithoutService',
      about: { target: 'stdata', service: 'blob service', kind: 'FileStorage' },
    })
  })

  it('takes the first key of the answer, and refuses an answer without keys', () => {
    const pick = (answer: unknown): string => storageBlob.credential?.pick(answer) ?? ''
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
    expect(storageBlob.firewallIps?.(closed)).toEqual(['52.1.2.3', '40.0.0.0/24'])
    expect(read(closed).allowedIps).toEqual(['40.0.0.0/24', '52.1.2.3'])
  })

  it('is written with exactly these addresses and everything else as it was', () => {
    expect(storageBlob.firewallBody?.(closed, ['40.0.0.0/24', '20.9.8.7'])).toEqual({
      properties: {
        networkAcls: {
          ...rules,
          ipRules: [
            { value: '40.0.0.0/24', action: 'Allow', note: 'kept' },
            { value: '20.9.8.7', action: 'Allow' },
          ],
        },
      },
    })
  })

  it('sends nothing of the account but its rules', () => {
    expect(Object.keys(storageBlob.firewallBody?.(closed, []) as object)).toEqual(['properties'])
  })

  it('writes single addresses without a suffix, for Azure refuses /32', () => {
    expect(JSON.stringify(storageBlob.firewallBody?.(closed, ['20.9.8.7']))).not.toContain('/32')
  })
})
