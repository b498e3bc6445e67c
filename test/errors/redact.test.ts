import { describe, expect, it } from 'vitest'
import { redact } from '../../src/errors/redact.ts'

const key = `${'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq'.padEnd(86, 'K')}==`
const token = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl'

describe('redact', () => {
  it.each([
    ['an account key alone', `the key is ${key} now`, key],
    ['a connection string', `DefaultEndpointsProtocol=https;AccountName=st;AccountKey=${key};EndpointSuffix=core.windows.net`, key],
    [
      'a service bus connection string',
      'Endpoint=sb://x/;SharedAccessKeyName=Root;SharedAccessKey=c2hvcnQta2V5;EntityPath=q',
      'c2hvcnQta2V5',
    ],
    ['an authorization header', 'Authorization: Bearer abcdefghijklmnop.qrstuvwxyz', 'abcdefghijklmnop'],
    ['a web token', `token ${token}`, 'eyJzdWIiOiIxMjM0In0'],
    ['a shared access signature', 'https://st.blob.core.windows.net/c?sv=2024&se=2026-01-01&sig=abcDEF%2B123456', 'abcDEF'],
    [
      'a signed poll URL',
      'https://management.azure.com/x?api-version=1&t=638485032018035520&c=MIIHHjCCBgagAwIB&s=abcdefghijkl&h=mnopqrstuv',
      'MIIHHjCC',
    ],
    ['a client secret in a form', 'grant_type=client_credentials&client_secret=abc~def.ghi&client_id=x', 'abc~def'],
    ['a client secret in JSON', '{"client_secret":"abc~d\\"ef","x":1}', 'abc~d'],
    ['an access token in JSON', '{"access_token": "opaque-text"}', 'opaque-text'],
    ['a proxy password', 'connect to http://user:pass-word@proxy:8080 failed', 'pass-word'],
    ['a private key', '-----BEGIN RSA PRIVATE KEY-----\nMIIabc\n-----END RSA PRIVATE KEY-----', 'MIIabc'],
    [
      'a connection string in base64',
      `Invalid value: "${Buffer.from(`AccountKey=${key}`).toString('base64')}"`,
      Buffer.from(key.slice(6)).toString('base64').slice(4, 30),
    ],
    ['a client secret of Entra alone', 'writing abC8Q~Xy_-.0123456789abcdefghijklmnopqrstu', 'abC8Q~Xy'],
    ['an environment of a container', '{"name":"AZURE_STORAGEBLOB_CLIENTSECRET","value":"short"}', 'short'],
    ['the tail of a key', `…${key.slice(30)} is wrong`, key.slice(34, 60)],
    ['a federated assertion', 'client_assertion=abcdefgh12345&x=1', 'abcdefgh12345'],
  ])('takes out %s', (_, text, credential) => {
    const cleaned = redact(text)
    expect(cleaned).not.toContain(credential)
    expect(cleaned).toContain('[redacted]')
  })

  it('leaves the rest of the text', () => {
    expect(redact(`AccountName=st;AccountKey=${key};EndpointSuffix=core.windows.net`)).toBe(
      'AccountName=st;AccountKey=[redacted];EndpointSuffix=core.windows.net',
    )
  })

  it.each([
    '/subscriptions/0b1f6471-1bf0-4dda-aec3-cb9272f09590/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/stdata',
    'RightMissing: update cluster shop · Microsoft.ContainerService/managedClusters/write',
    'GET https://management.azure.com/x?api-version=2024-11-30 404',
    'cluster-aaaabbbbccccddddeeeeffffgg is waiting for target-hhhhiiiijjjjkkkkllllmmmmnn',
  ])('leaves alone: %s', (text) => {
    expect(redact(text)).toBe(text)
  })
})
