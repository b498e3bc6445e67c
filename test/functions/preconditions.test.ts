// ETags of linkers, and what If-Match and If-None-Match do: through the handlers, over the real store in memory.
import type { HttpResponseInit } from '@azure/functions'
import fc from 'fast-check'
import { beforeEach, expect, it } from 'vitest'
import type { Table } from '../../src/store/table.ts'
import { app, everything, linkerBody, linkerPath, request, type TestServices, testServices, version } from './test-services.ts'

let given: TestServices
beforeEach(async () => {
  given = testServices()
  await given.store.putPolicy({ name: 'all', allow: everything })
})

const path = `${linkerPath('data')}?${version}`
type Answer = { readonly status: number; readonly etag: string; readonly code?: string; readonly properties: Record<string, unknown> }

async function ask(method: string, body?: object, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  const input = { headers, ...(body ? { body } : {}) }
  const answer = (await app(() => given.services)(request(method, path, input), given.context)) as HttpResponseInit
  const parsed = typeof answer.body === 'string' ? JSON.parse(answer.body) : {}
  return {
    status: answer.status ?? 200,
    etag: (answer.headers as Record<string, string>)['etag'] ?? '',
    code: parsed?.error?.code,
    properties: parsed?.properties ?? {},
  }
}
const patch = (properties: object, headers?: Readonly<Record<string, string>>) => ask('PATCH', { properties }, headers)

it('lets the first of two writers with one ETag through, and tells the other to read again', async () => {
  const { etag } = await ask('PUT', linkerBody())
  const both = await Promise.all([
    patch({ clientType: 'python' }, { 'if-match': etag }),
    patch({ clientType: 'java' }, { 'if-match': etag }),
  ])
  expect(both.map(({ status }) => status).sort()).toEqual([201, 412])
  expect(both.find(({ status }) => status === 412)?.code).toBe('PreconditionFailed')
  expect((await patch({ clientType: 'java' }, { 'if-match': (await ask('GET')).etag })).status).toBe(201)
})

it('loses nothing of two PATCHes at one moment without an ETag', async () => {
  await ask('PUT', linkerBody({ authInfo: { authType: 'secret' } }))
  const fields = [
    { clientType: 'python' },
    { publicNetworkSolution: { action: 'optOut' } },
    { configurationInfo: { additionalConfigurations: { A: '1' } } },
  ]
  await fc.assert(
    fc.asyncProperty(fc.shuffledSubarray(fields, { minLength: 2 }), async (changes) => {
      await ask('PUT', linkerBody({ authInfo: { authType: 'secret' } }))
      expect((await Promise.all(changes.map((change) => patch(change)))).map(({ status }) => status)).toEqual(changes.map(() => 201))
      const { properties } = await ask('GET')
      for (const change of changes) expect(properties).toMatchObject(change)
    }),
    { numRuns: 10 },
  )
})

it('checks the very row that it replaces', async () => {
  const { etag } = await ask('PUT', linkerBody())
  // Another instance of the app changes it after this one has read it, and before it writes.
  const write: Table['write'] = given.table.write
  let isFirst = true
  given.table.write = async (changes) => {
    if (isFirst) {
      isFirst = false
      given.table.write = write
      expect((await patch({ clientType: 'java' })).status).toBe(201)
    }
    return await write(changes)
  }
  expect(await patch({ clientType: 'python' }, { 'if-match': etag })).toMatchObject({ status: 412 })
  expect((await ask('GET')).properties['clientType']).toBe('java')
})

it('creates only what is not there with If-None-Match: *, and changes only what is there with If-Match: *', async () => {
  expect(await ask('PUT', linkerBody(), { 'if-match': '*' })).toMatchObject({ status: 412, code: 'PreconditionFailed' })
  expect((await ask('PUT', linkerBody(), { 'if-none-match': '*' })).status).toBe(201)
  expect((await ask('PUT', linkerBody(), { 'if-none-match': '*' })).status).toBe(412)
  expect((await ask('PUT', linkerBody(), { 'if-match': '*' })).status).toBe(201)
})

it('deletes only what was seen', async () => {
  const { etag } = await ask('PUT', linkerBody())
  await patch({ clientType: 'python' })
  expect((await ask('DELETE', undefined, { 'if-match': etag })).status).toBe(412)
  expect((await ask('DELETE', undefined, { 'if-match': (await ask('GET')).etag })).status).toBe(202)
})

it('answers 304 to a client that has the answer, and the new one when the state has changed', async () => {
  await ask('PUT', linkerBody())
  const { etag } = await ask('GET')
  expect(await ask('GET', undefined, { 'if-none-match': `"x", ${etag}` })).toMatchObject({ status: 304, etag })
  given.clock.now += 3 * 3_600_000
  const later = await ask('GET', undefined, { 'if-none-match': etag })
  expect(later).toMatchObject({ status: 200, properties: { provisioningState: 'Failed' } })
  // No request changed the state: a writer that waited may write on.
  expect((await patch({ clientType: 'python' }, { 'if-match': etag })).status).toBe(201)
})

it('takes an ETag that a proxy has made weak, and one without quotes', async () => {
  const { etag } = await ask('PUT', linkerBody())
  for (const form of [`W/${etag}`, etag.slice(1, -1), `"other" , ${etag}`])
    expect((await ask('PUT', linkerBody(), { 'if-match': form })).status).toBe(201)
  expect((await ask('PUT', linkerBody(), { 'if-match': '"other"' })).status).toBe(412)
})

it('takes changes while the clock is behind the time of creation', async () => {
  await ask('PUT', linkerBody())
  given.clock.now -= 3_600_000
  expect((await patch({ clientType: 'python' })).status).toBe(201)
  expect((await ask('PUT', linkerBody(), { 'if-match': (await ask('GET')).etag })).status).toBe(201)
})

it('has another ETag in each life of a name', async () => {
  const { etag } = await ask('PUT', linkerBody())
  await ask('DELETE')
  expect((await ask('PUT', linkerBody(), { 'if-match': etag })).status).toBe(412)
})

it('says who made it and who changed it last, by object id', async () => {
  const systemData = async () => {
    const answer = (await app(() => given.services)(request('GET', path), given.context)) as HttpResponseInit
    return JSON.parse(String(answer.body)).systemData
  }
  await ask('PUT', linkerBody())
  const created = new Date(given.clock.now).toISOString()
  given.clock.now += 60_000
  await patch({ clientType: 'python' })
  expect(await systemData()).toEqual({
    createdBy: 'somebody',
    createdByType: 'User',
    createdAt: created,
    lastModifiedBy: 'somebody',
    lastModifiedByType: 'User',
    lastModifiedAt: new Date(given.clock.now).toISOString(),
  })
})
