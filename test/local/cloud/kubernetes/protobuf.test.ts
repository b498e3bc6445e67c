// Bodies as kubectl 1.33 sent them.
import { describe, expect, it } from 'vitest'
import { fromProtobuf } from '../../../../src/local/cloud/kubernetes/protobuf.ts'

const read = (base64: string) => fromProtobuf(Buffer.from(base64, 'base64'))

describe('protobuf of the API server', () => {
  it.each([
    [
      'create namespace team-a',
      'azhzAAoPCgJ2MRIJTmFtZXNwYWNlEh4KFgoGdGVhbS1hEgAaACIAKgAyADgAQgASABoCCgAaACIA',
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team-a' } },
    ],
    [
      'create secret generic s --from-literal=A=1',
      'azhzAAoMCgJ2MRIGU2VjcmV0EiMKFwoBcxIAGgZ0ZWFtLWEiACoAMgA4AEIAEgYKAUESATEaABoAIgA=',
      { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's', namespace: 'team-a' }, data: { A: 'MQ==' } },
    ],
    [
      'create serviceaccount sa',
      'azhzAAoUCgJ2MRIOU2VydmljZUFjY291bnQSGgoYCgJzYRIAGgZ0ZWFtLWEiACoAMgA4AEIAGgAiAA==',
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'sa', namespace: 'team-a' } },
    ],
    [
      'create token sa --audience x',
      'azhzAAooChhhdXRoZW50aWNhdGlvbi5rOHMuaW8vdjESDFRva2VuUmVxdWVzdBIdChAKABIAGgAiACoAMgA4AEIAEgMKAXgaBAoAEgAaACIA',
      { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { audiences: ['x'] } },
    ],
  ])('is read: kubectl %s', (_, body, object) => {
    expect(read(body)).toEqual(object)
  })

  it('is refused when it is something else, or cut off', () => {
    expect(read(Buffer.from('{}').toString('base64'))).toBeUndefined()
    expect(read('azhzAAoPCgJ2MRIJ')).toBeUndefined()
    expect(read('')).toBeUndefined()
  })
})
