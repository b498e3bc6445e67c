import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import type { ConnectionInput } from '../../src/declare/connection-input.ts'
import { declarationsOf } from '../../src/declare/tags.ts'
import { vaultObjectsIn } from '../../src/declare/vault-objects.ts'
import { loop } from '../../src/model/loop.ts'
import { fileOf, type VaultObject, vaultObjectTypes } from '../../src/model/vault-object.ts'
import { secretProviderClassOf } from '../../src/steps/connection/secret-provider-class.ts'
import { targetOf, targets } from '../../src/targets/catalogue.ts'
import { clientId, connection, identityFacts, installation, loopOf, shop, stdata, targetFacts, viewOf, worker } from '../steps/builders.ts'

const keyvault = targetOf('keyvault') ?? expect.fail('There is no key vault')
const inputOf = (vaultObjects: readonly VaultObject[], type = keyvault) => ({ vaultObjects, type }) as unknown as ConnectionInput
const read = (objects: readonly VaultObject[], auth: 'csi' | 'workload-identity' = 'csi') =>
  vaultObjectsIn(inputOf(objects), auth, 'direct')
const secretNamed = (objectName: string): VaultObject => ({ objectName, objectType: 'secret' })

const name = fc.stringMatching(/^[0-9a-zA-Z-]{1,20}$/)
const object: fc.Arbitrary<VaultObject> = fc.record(
  {
    objectName: fc.oneof(name, fc.constantFrom('null', '007', 'true', '-', '1e3', '0x1')),
    objectType: fc.constantFrom(...vaultObjectTypes),
    objectAlias: fc.stringMatching(/^[a-zA-Z0-9_][-._a-zA-Z0-9]{0,20}$/),
    objectVersion: fc.stringMatching(/^[0-9a-f]{32}$/),
  },
  { requiredKeys: ['objectName', 'objectType'] },
)
const objects = fc.uniqueArray(object, { minLength: 1, maxLength: 50, selector: (one) => fileOf(one).toLowerCase() })

const parametersOf = (self: Parameters<typeof connection>[0], endpoint: string) => {
  const made = connection({ type: 'keyvault', identity: worker, ...self })
  const view = viewOf(loopOf(made), {
    self: made,
    others: [
      [stdata, targetFacts({ services: { keyvault: { endpoint } } })],
      [worker, identityFacts()],
    ],
  })
  return secretProviderClassOf(made, view)['parameters'] as Record<string, string>
}

describe('objects of a key vault', () => {
  it('are in the class as they were asked for, whatever YAML would make of their names', () => {
    fc.assert(
      fc.property(objects, (asked) => {
        expect(read(asked)).toMatchObject({ value: asked, issues: [] })
        const text = parametersOf({ vaultObjects: asked, auth: 'csi' }, 'https://stdata.vault.azure.net/')['objects'] ?? ''
        const { array } = parse(text) as { readonly array: readonly string[] }
        expect(array.map((one) => parse(one))).toEqual(asked)
      }),
    )
  })

  it.each([
    ['the identity of the add-on', 'csi', { useVMManagedIdentity: 'true', userAssignedIdentityID: clientId }],
    ['that of the pod', 'workload-identity', { clientID: clientId }],
  ] as const)('are fetched by %s', (_, auth, signIn) => {
    const { objects: __, ...rest } = parametersOf({ vaultObjects: [secretNamed('a')], auth }, 'https://stdata.vault.azure.net/')
    expect(rest).toEqual({ usePodIdentity: 'false', ...signIn, keyvaultName: 'stdata', tenantId: installation.tenant })
  })

  it('are fetched by an identity binding where pods sign in by one', () => {
    const at = 'https://stdata.vault.azure.net/'
    const asked = { vaultObjects: [secretNamed('a')], auth: 'workload-identity' } as const
    expect(parametersOf(asked, at)).not.toHaveProperty('useAzureTokenProxy')
    expect(parametersOf({ ...asked, federation: 'identity-binding' }, at)).toMatchObject({ clientID: clientId, useAzureTokenProxy: 'true' })
  })

  it.each([
    ['https://stdata.vault.azure.cn/', 'AzureChinaCloud'],
    ['https://stdata.vault.usgovcloudapi.net/', 'AzureUSGovernmentCloud'],
  ])('are in the cloud of the vault: %s', (endpoint, cloudName) => {
    expect(parametersOf({ vaultObjects: [secretNamed('a')], auth: 'csi' }, endpoint)['cloudName']).toBe(cloudName)
  })

  it('are one file each', () => {
    const twice = fc.tuple(objects, fc.nat()).map(([all, at]) => [...all, { ...(all[at % all.length] ?? secretNamed('a')) }])
    fc.assert(fc.property(twice, (all) => read(all).issues.length > 0))
    expect(read([secretNamed('Key'), { ...secretNamed('other'), objectAlias: 'kEY' }]).issues).toMatchObject([
      { message: "several objects would be the same file: 'kEY'" },
    ])
  })

  it.each([
    ['a name with a slash', { objectName: 'a/b' }, /names of objects/],
    ['no name', { objectName: '' }, /names of objects/],
    ['a name of another script', { objectName: 'é' }, /names of objects/],
    ['two lines', { objectName: 'a\n    objectType: key' }, /names of objects/],
    ['a file outside of the volume', { objectAlias: '../etc/passwd' }, /names of files/],
    ['a version that is none', { objectVersion: 'latest' }, /versions/],
  ])('are refused with %s', (_, wrong, message) => {
    expect(read([{ ...secretNamed('a'), ...wrong }]).issues).toMatchObject([
      { field: 'vaultObjects', message: expect.stringMatching(message) },
    ])
  })

  it('are at most 50', () => {
    expect(read(Array.from({ length: 51 }, (__, at) => secretNamed(`s${at}`))).issues).toMatchObject([
      { message: '51 objects are too many' },
    ])
  })

  it('are refused where nothing can mount them: another target, a service principal, the extension', () => {
    for (const type of targets.filter(({ type: one }) => one !== 'keyvault'))
      expect(vaultObjectsIn(inputOf([secretNamed('a')], type as never), 'secret', 'direct').issues).toHaveLength(1)
    expect(vaultObjectsIn(inputOf([secretNamed('a')]), 'service-principal', 'direct').issues).toMatchObject([
      { hint: 'leave it out, or write auth workload-identity or csi' },
    ])
    expect(vaultObjectsIn(inputOf([secretNamed('a')]), 'csi', 'extension').issues).toMatchObject([
      { hint: 'leave it out, or write transport direct' },
    ])
  })

  it('are named in a tag by commas', () => {
    const declared = (value: string) => declarationsOf({ 'connect-keys': value }, loop('cluster', shop.id), installation, targets)
    expect(declared('keyvault:kv?secret=a, b%2Dc&auth=csi').spec).toMatchObject([{ vaultObjects: [secretNamed('a'), secretNamed('b-c')] }])
    expect(declared('keyvault:kv?auth=csi').spec[0]).not.toHaveProperty('vaultObjects')
    for (const value of [
      'keyvault:kv?secret=a,,b',
      'keyvault:kv?secret=a,a',
      'blob:st?secret=a',
      'keyvault:kv?secret=a&transport=extension',
    ])
      expect(declared(value).faults).toMatchObject([{ code: 'InvalidTag', about: { message: expect.stringMatching(/^secret: /) } }])
  })
})
