import { RestError } from '@azure/core-rest-pipeline'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { AzuriteHandle } from '../../../../src/local/cloud/storage/azurite.ts'
import { azuriteOfRun } from '../../../azurite.ts'
import { storageWorld } from './world.ts'

let azurite: AzuriteHandle
beforeAll(() => {
  azurite = azuriteOfRun()
})
afterAll(() => azurite.close())

const blobs = 'Microsoft.Storage/storageAccounts/blobServices/containers'

const refusal = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work
  } catch (error) {
    if (error instanceof RestError) return `${error.statusCode} ${error.code}: ${error.message.split('\n')[0]}`
    throw error
  }
  throw new Error('nothing was refused')
}

async function setup() {
  const all = await storageWorld(azurite)
  all.given.rights.add(`${blobs}/*`)
  return all
}

const names = async (client: ReturnType<Awaited<ReturnType<typeof setup>>['blobs']>): Promise<string[]> => {
  const found: string[] = []
  for await (const page of client.listContainers().byPage({ maxPageSize: 2 })) found.push(...page.containerItems.map((each) => each.name))
  return found
}

it('keeps containers and blobs, with a token and with the account key', async () => {
  const all = await setup()
  const [mine, byKey] = [all.blobs(), all.blobsByKey()]
  for (const name of ['one', 'two', 'three']) await byKey.createContainer(name)
  expect(await names(mine)).toEqual(['one', 'three', 'two'])
  const text = 'see http://pool0000.blob.core.windows.net/, ä'
  await mine
    .getContainerClient('one')
    .uploadBlockBlob('a folder/ö.xml', text, Buffer.byteLength(text), { blobHTTPHeaders: { blobContentType: 'application/xml' } })
  const blob = byKey.getContainerClient('one').getBlobClient('a folder/ö.xml')
  expect((await blob.downloadToBuffer()).toString()).toBe(text)
  expect((await blob.getProperties()).contentLength).toBe(Buffer.byteLength(text))
  const listed = []
  for await (const each of mine.getContainerClient('one').listBlobsFlat()) listed.push(each.name)
  expect(listed).toEqual(['a folder/ö.xml'])
})

it('keeps the name of a deleted container for half a minute', async () => {
  const all = await setup()
  const [one, other] = ['one', 'other'].map((name) => all.blobs().getContainerClient(name))
  await one?.create()
  await other?.create()
  await one?.delete()
  expect(await refusal(Promise.resolve(one?.create()))).toContain('409 ContainerBeingDeleted')
  expect(await refusal(Promise.resolve(one?.getBlobClient('a').downloadToBuffer()))).toMatch(/^409 /)
  await other?.getBlockBlobClient('a').upload('a', 1)
  await all.clock.pass(31_000)
  await one?.create()
})

it('tells only outside names', async () => {
  const { blobs: client, service, token } = await setup()
  await client().createContainer('one')
  const bearer = (await token().getToken('x'))?.token
  const url = new URL('https://shop.blob.core.windows.net/?comp=list')
  const answer = await service.handle({
    method: 'GET',
    url,
    headers: { authorization: `Bearer ${bearer}` },
    body: Buffer.alloc(0),
    location: 'internet',
  })
  expect(String(answer.body)).toContain('ServiceEndpoint="https://shop.blob.core.windows.net/"')
  expect(String(answer.body)).not.toMatch(/pool|127\.0\.0\.1/)
})

it('looks at the network first: even an outsider with a good key learns nothing else', async () => {
  const { blobs: client, blobsByKey, given } = await setup()
  given.blocked.add('internet')
  const closed = '403 AuthorizationFailure: This request is not authorized to perform this operation.'
  expect(await refusal(client().createContainer('one'))).toBe(closed)
  expect(await refusal(blobsByKey().createContainer('one'))).toBe(closed)
  expect(await refusal(blobsByKey(Buffer.from('wrong').toString('base64')).createContainer('one'))).toBe(closed)
  await client('aks-shop').createContainer('one')
})

it('refuses a token without the role, and one for something else', async () => {
  const { blobs: client, given, token } = await setup()
  given.rights.clear()
  expect(await refusal(names(client()))).toBe(
    '403 AuthorizationPermissionMismatch: This request is not authorized to perform this operation using this permission.',
  )
  given.rights.add('*')
  expect(await refusal(names(client('internet', token('https://management.azure.com'))))).toMatch(/^401 InvalidAuthenticationInfo: /)
  expect(await refusal(names(client('internet', token('https://shop.table.core.windows.net'))))).toMatch(/^401 /)
  expect(await names(client('internet', token('https://shop.blob.core.windows.net/')))).toEqual([])
})

it('asks for both kinds of right on a container, so that an Owner without a data role may not list', async () => {
  const { blobs: client, given } = await setup()
  given.rights = new Set([`${blobs}/[a-z]+`])
  expect(await refusal(names(client()))).toMatch(/^403 AuthorizationPermissionMismatch/)
  given.rights.add(`${blobs}/blobs/read`)
  expect(await names(client())).toEqual([])
  expect(await refusal(client().getContainerClient('one').uploadBlockBlob('x', 'x', 1))).toMatch(/^403 AuthorizationPermissionMismatch/)
})

it('refuses a rotated key, any key where they are switched off, and an old signature', async () => {
  const { blobsByKey, given, clock } = await setup()
  expect(await names(blobsByKey())).toEqual([])
  const old = given.accounts.get('shop')
  if (!old) throw new Error('no account')
  given.accounts.set('shop', { ...old, keys: ['c2Vjb25k'] })
  expect(await refusal(names(blobsByKey()))).toMatch(/^403 AuthenticationFailed: Server failed to authenticate the request. Make sure/)
  expect(await names(blobsByKey('c2Vjb25k'))).toEqual([])
  given.accounts.set('shop', { ...old, allowSharedKeyAccess: false })
  expect(await refusal(names(blobsByKey()))).toBe(
    '403 KeyBasedAuthenticationNotPermitted: Key based authentication is not permitted on this storage account.',
  )
  given.accounts.set('shop', old)
  await clock.pass(16 * 60_000)
  expect(await refusal(names(blobsByKey()))).toMatch(/^403 AuthenticationFailed/)
})

it('answers a caller without credentials with where to get them', async () => {
  const { service } = await setup()
  const url = new URL('https://shop.blob.core.windows.net/one?restype=container')
  const answer = await service.handle({ method: 'HEAD', url, headers: {}, body: Buffer.alloc(0), location: 'internet' })
  expect(answer.status).toBe(401)
  expect(answer.body).toBeUndefined()
  expect(answer.headers?.['x-ms-error-code']).toBe('NoAuthenticationInformation')
  expect(answer.headers?.['www-authenticate']).toMatch(/^Bearer authorization_uri=https:\/\/login.microsoftonline.com\//)
})

it('says plainly what it does not take', async () => {
  const { service } = await setup()
  const ask = (path: string, method = 'GET') =>
    service.handle({
      method,
      url: new URL(path, 'https://shop.blob.core.windows.net'),
      headers: {},
      body: Buffer.alloc(0),
      location: 'internet',
    })
  expect(await ask('/one?restype=container&comp=list&sv=2024-01-01&sig=x')).toMatchObject({
    status: 501,
    body: expect.stringContaining('SAS'),
  })
  expect(await ask('/one/%ff')).toMatchObject({ status: 400, headers: { 'x-ms-error-code': 'InvalidUri' } })
  expect(await ask('/?comp=batch', 'POST')).toMatchObject({ status: 501, body: expect.stringContaining('comp=batch') })
})

it('has no name for an account that is not there', async () => {
  const { service, given } = await setup()
  expect(service.owns('shop.blob.core.windows.net')).toBe(true)
  expect(service.owns('other.blob.core.windows.net')).toBe(false)
  given.accounts.clear()
  expect(service.owns('shop.blob.core.windows.net')).toBe(false)
})
