import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { authTypeNamed } from '../../src/auth/catalogue.ts'
import { daprIn } from '../../src/declare/dapr-field.ts'
import type { DaprInput } from '../../src/model/dapr.ts'
import { loop } from '../../src/model/loop.ts'
import { resourceId } from '../../src/model/resource-id.ts'
import { targetOn } from '../../src/model/target-place.ts'
import { targets } from '../../src/targets/catalogue.ts'
import { daprRows } from '../../src/targets/dapr.ts'
import { accountId, clusterId } from '../model/a-connection.ts'

const named = (type: string) => targets.find((target) => target.type === type) ?? expect.fail(`there is no ${type}`)
const read = (dapr: DaprInput, type = 'storage-blob', transport: 'direct' | 'extension' = 'direct') => {
  const target = named(type)
  const place = targetOn(resourceId(accountId), target, undefined) ?? { owner: accountId, id: accountId }
  return daprIn({ origin: 'http', name: 'data', cluster: loop('cluster', clusterId), type: target, target: place, dapr }, transport)
}
const container = { name: 'containerName', value: 'orders' }

describe('the Dapr component that an author asks for', () => {
  it('is of the first type of the target unless it says another', () => {
    expect(read({ metadata: [container] }).value).toEqual({
      componentType: 'state.azure.blobstorage',
      version: 'v2',
      metadata: [container],
      scopes: [],
    })
    const binding = { componentType: 'Bindings.Azure.BlobStorage', metadata: [container], scopes: ['orders'] }
    expect(read(binding).value).toMatchObject({ componentType: 'bindings.azure.blobstorage', version: 'v1', scopes: ['orders'] })
  })

  it('says what is missing, and refuses what the app writes or what could be a secret', () => {
    expect(read({}).issues).toMatchObject([{ message: expect.stringContaining('containerName') }])
    for (const name of ['accountKey', 'AccountKey', 'azureClientId', 'azureClientSecret', 'sasToken', 'myPassword'])
      expect(read({ metadata: [container, { name, value: 'x' }] }).issues).toHaveLength(1)
    expect(read({ metadata: [container, container] }).issues).toHaveLength(1)
    expect(read({ metadata: [container], version: 'latest' }).issues).toHaveLength(1)
    expect(read({ componentType: 'state.redis' }).issues).toMatchObject([{ hint: expect.stringContaining('state.azure.blobstorage') }])
    expect(read({}, 'app-insights').issues).toHaveLength(1)
    expect(read({ metadata: [container] }, 'storage-blob', 'extension').issues).toHaveLength(1)
  })

  it('names apps as Dapr does', () => {
    const issuesOf = (scope: string) => read({ metadata: [container], scopes: ['orders', scope] }).issues ?? []
    for (const scope of ['a', 'orders-2', 'a'.repeat(58)]) expect(issuesOf(scope)).toEqual([])
    for (const scope of ['', 'Orders', 'a.b', '-a', 'a-', "a'b", 'a b', 'a\n', 'a'.repeat(59)]) expect(issuesOf(scope)).toHaveLength(1)
  })

  it('takes any other metadata as it is', () =>
    fc.assert(
      fc.property(fc.stringMatching(/^x[a-z]{0,20}$/), fc.string(), (name, value) => {
        fc.pre(!/key$|secret|password|connectionstring|token|certificate/i.test(name))
        expect(read({ metadata: [container, { name, value }] }).value?.metadata).toEqual([container, { name, value }])
      }),
    ))

  it.each(
    targets.flatMap((target) =>
      (target.dapr ?? []).flatMap((one) => target.auth.map((auth) => [target.type, one.componentType, auth, one] as const)),
    ),
  )('of %s, %s, has no secret in it with %s', (_type, _component, auth, one) => {
    const { metadata, secret } = daprRows(one, auth)
    expect(Object.keys(metadata).filter((name) => Object.hasOwn(secret, name))).toEqual([])
    expect(Object.keys({ ...metadata, ...secret }).every((name) => one.written.includes(name))).toBe(true)
    expect(Object.keys(secret).length > 0).toBe(authTypeNamed(auth).secret !== 'none')
  })
})
