import { describe, expect, it } from 'vitest'
import { additionalConfigurationIssues } from '../../src/declare/additional-configurations.ts'
import { customizedKeyIssues } from '../../src/declare/secret-keys.ts'
import type { Auth } from '../../src/model/auth.ts'
import { secretKeyName } from '../../src/model/secret-key-names.ts'
import { storageBlob } from '../../src/targets/types/storage-blob.ts'

const endpoint = 'AZURE_STORAGEBLOB_RESOURCEENDPOINT'
const id = 'AZURE_STORAGEBLOB_CLIENTID'
const wrong = (keys: Record<string, string>, auth: Auth = 'workload-identity', client = 'none'): readonly string[] =>
  customizedKeyIssues(keys, storageBlob, auth, client).map((one) => `${one.message} / ${one.hint}`)

describe('own names for keys of the Secret', () => {
  it.each<[string, Record<string, string>]>([
    ['for some of the keys', { [id]: 'CLIENT_ID' }],
    ['for all of them', { [id]: 'azure.client-id', [endpoint]: '_' }],
    ['that two keys change with each other', { [id]: endpoint, [endpoint]: id }],
    ['that are the names they have', { [id]: id }],
    ['for none', {}],
  ])('are taken %s', (_what, keys) => {
    expect(wrong(keys)).toEqual([])
  })

  it('are refused for keys that the target does not write, and those that it writes are named', () => {
    expect(wrong({ AZURE_STORAGEBLOB_CLIENT_ID: 'X', [endpoint]: 'Y' })).toEqual([
      `'AZURE_STORAGEBLOB_CLIENT_ID' is not a key that storage-blob writes with auth workload-identity and client none / own names for ${endpoint}, ${id}`,
    ])
    expect(wrong({ a: 'X', b: 'Y' })).toEqual([expect.stringContaining("'a, b' are not keys that storage-blob writes")])
  })

  it('are refused for keys of another auth type or client type', () => {
    const connectionString = { AZURE_STORAGEBLOB_CONNECTIONSTRING: 'X' }
    expect(wrong(connectionString, 'secret')).toEqual([])
    expect(wrong(connectionString)).toHaveLength(1)
    expect(wrong(connectionString, 'secret', 'springBoot')).toEqual([
      expect.stringContaining('spring.cloud.azure.storage.blob.account-key'),
    ])
    expect(wrong({ [id]: 'X' }, 'secret')).toHaveLength(1)
    expect(wrong({ [id.toLowerCase()]: 'X' })).toHaveLength(1)
  })

  it.each(['', 'a b', 'ä', 'a/b', '.', '..', '..data', 'x'.repeat(254)])("are refused where Kubernetes takes no such key: '%s'", (name) => {
    expect(wrong({ [id]: name })).toEqual([expect.stringContaining('not a valid key of a Kubernetes Secret')])
  })

  it.each(['.env', 'a..b', 'x'.repeat(253)])("are taken where Kubernetes takes such a key: '%s'", (name) => {
    expect(wrong({ [id]: name })).toEqual([])
  })

  it('are refused where two keys would get one name, also that of a key which keeps its own', () => {
    expect(wrong({ [id]: 'SAME', [endpoint]: 'SAME' })).toEqual([expect.stringContaining("two keys would get the same name 'SAME'")])
    expect(wrong({ [id]: endpoint })).toEqual([expect.stringContaining(`two keys would get the same name '${endpoint}'`)])
  })

  it('shows hostile names cleaned and short', () => {
    const [text = ''] = wrong({ [`\u0007${'x'.repeat(5000)}`]: 'X' })
    expect(text).toContain("'?xxx")
    expect(text.length).toBeLessThan(400)
  })
})

describe('keys with the name of their connection', () => {
  it.each([
    ['AZURE_STORAGEBLOB_RESOURCEENDPOINT', 'conn2', 'AZURE_STORAGEBLOB_CONN2_RESOURCEENDPOINT'],
    ['AZURE_COSMOS_LISTKEYURL', 'my.new-conn_2', 'AZURE_COSMOS_MYNEWCONN2_LISTKEYURL'],
    ['spring.cloud.azure.cosmos.endpoint', 'conn2', 'spring.cloud.azure.cosmos.endpoint'],
  ])('have it after the type, where they have a type: %s of %s', (key, name, named) => {
    expect(secretKeyName(key, { name, keyNaming: 'perConnection' })).toBe(named)
    expect(secretKeyName(key, { name, keyNaming: 'perConnection', customizedKeys: { [key]: 'MINE' } })).toBe('MINE')
    expect(secretKeyName(key, { name })).toBe(key)
  })

  it('are refused where an own name is one of them', () => {
    const named = { name: 'conn2', keyNaming: 'perConnection' } as const
    const taken = { [id]: 'AZURE_STORAGEBLOB_CONN2_RESOURCEENDPOINT' }
    expect(customizedKeyIssues(taken, storageBlob, 'workload-identity', 'none', named)).toMatchObject([
      { message: expect.stringContaining('two keys would get the same name') },
    ])
  })
})

describe('keys that an author adds', () => {
  const issues = (added: Readonly<Record<string, string>>) => additionalConfigurationIssues(added, [id]).map(({ message }) => message)

  it('are taken with any value', () => {
    expect(issues({ BLOB_CONTAINER: 'photos', 'app.mode': '' })).toEqual([])
  })

  it('are refused where they are not valid, the connection has them itself, or there is too much', () => {
    expect(issues({ 'a b': 'x' })).toEqual([`not valid as keys of a Kubernetes Secret: 'a b'`])
    expect(issues({ [id]: 'x' })).toEqual([`the connection writes these keys itself: '${id}'`])
    expect(issues({ LONG: 'x'.repeat(12_000) })).toEqual(['names and values have 12004 characters together'])
  })
})
