import type { HttpResponseInit } from '@azure/functions'
import { beforeEach, describe, expect, it } from 'vitest'
import { declarationsOf } from '../../src/declare/tags.ts'
import { loop } from '../../src/model/loop.ts'
import { aRecord } from '../model/a-record.ts'
import {
  account,
  app,
  cluster,
  everything,
  linkerBody,
  linkerPath,
  request,
  type TestServices,
  testServices,
  version,
} from './test-services.ts'

let given: TestServices
beforeEach(async () => {
  given = testServices()
  await given.store.putPolicy({ name: 'all', allow: everything })
})
const put = (name: string, properties: object = {}, of = cluster) =>
  app(() => given.services)(request('PUT', `${linkerPath(name, of)}?${version}`, { body: linkerBody(properties) }), given.context)
const get = async (query = '') => {
  const { status, body } = (await app(() => given.services)(request('GET', `/connections${query}`), given.context)) as HttpResponseInit
  const parsed = JSON.parse(String(body)) as {
    value: { name: string; properties: object }[]
    nextLink?: string
    error: { message: string }
  }
  return { status, ...parsed, names: (parsed.value ?? []).map(({ name }) => name).sort() }
}

describe('GET /connections', () => {
  it('lists all, without timelines', async () => {
    await put('a')
    await put('b', {}, cluster.replace('/aks', '/other'))
    const { names, value } = await get()
    expect(names).toEqual(['a', 'b'])
    expect(value[0]?.properties).not.toHaveProperty('timeline')
  })

  it.each([
    ['namespace=SHOP', ['a', 'c']],
    ['namespace=test', ['b']],
    [`cluster=${cluster.toUpperCase()}`, ['a', 'b']],
    [`target=${account}`, ['a', 'b', 'c']],
    ['auth=secret', ['b']],
    ['auth=secret&namespace=shop', []],
    ['origin=tag', []],
    ['state=accepted', ['a', 'b', 'c']],
    ['state=Succeeded', []],
  ])('filters by %s', async (query, expected) => {
    await put('a')
    await put('b', { scope: 'test', authInfo: { authType: 'secret' } })
    await put('c', {}, cluster.replace('/aks', '/other'))
    expect((await get(`?${query}`)).names).toEqual(expected)
  })

  it('goes page by page through all of them, once each', async () => {
    const all = Array.from({ length: 7 }, (_, at) => `c${at}`)
    for (const name of all) await put(name)
    const observed: string[] = []
    let query: string | undefined = '?top=3&namespace=shop'
    let pages = 0
    while (query !== undefined) {
      const { names, nextLink } = await get(query)
      observed.push(...names)
      pages++
      query = nextLink === undefined ? undefined : new URL(nextLink).search
    }
    expect(pages).toBe(3)
    expect(observed.sort()).toEqual(all)
  })

  describe('with invalid tags', () => {
    const invalidTags = async (names: readonly string[]): Promise<void> => {
      const on = loop('cluster', cluster)
      await given.store.touch(on, 'wake', { make: true })
      const { bad } = declarationsOf(
        Object.fromEntries(names.map((name) => [`connect-${name}`, 'blub:x?namespace=shop'])),
        on,
        given.services.installation,
        [],
      )
      await given.store.record(on, { step: 'read-declarations', tracked: [] }, { ...aRecord({ facts: { invalidTags: bad } }), tracked: [] })
    }

    it('shows each of them as a connection that has failed, unless there is one of its name', async () => {
      await put('a')
      await invalidTags(['a', 'b', 'c'])
      expect((await get()).names).toEqual(['a', 'b', 'c'])
      expect((await get('?state=failed&namespace=shop&origin=tag')).value.map(({ properties }) => properties)).toMatchObject([
        { provisioningState: 'Failed', problems: [{ code: 'InvalidTag' }] },
        { provisioningState: 'Failed' },
      ])
      expect((await get('?auth=secret')).names).toEqual([])
    })

    it('answers GET of a name that is not valid with the linker that lists show; PUT and DELETE still refuse the name', async () => {
      await invalidTags(['my~data'])
      const call = async (method: 'GET' | 'PUT' | 'DELETE', name: string): Promise<HttpResponseInit> =>
        await app(() => given.services)(
          request(method, `${linkerPath(name)}?${version}`, method === 'PUT' ? { body: linkerBody() } : {}),
          given.context,
        )
      const { status, body } = await call('GET', 'my~data')
      expect(status).toBe(200)
      expect(JSON.parse(String(body))).toMatchObject({ name: 'my~data', properties: { provisioningState: 'Failed' } })
      const refused = await Promise.all([call('GET', 'no~such'), call('PUT', 'my~data'), call('DELETE', 'my~data')])
      expect(refused.map((answer) => answer.status)).toEqual([400, 400, 400])
    })

    it('goes on to them page by page, once each', async () => {
      const [stored, bad] = [
        ['s1', 's2', 's3'],
        ['b1', 'b2', 'b3', 'b4'],
      ]
      for (const name of stored) await put(name)
      await invalidTags(bad)
      const observed: string[] = []
      for (let query: string | undefined = '?top=2'; query !== undefined; ) {
        const { names, nextLink } = await get(query)
        observed.push(...names)
        query = nextLink === undefined ? undefined : new URL(nextLink).search
      }
      expect(observed.sort()).toEqual([...bad, ...stored])
    })
  })

  it.each(['colour=red', 'top=0', 'top=1001', 'top=x', 'after=x'])('refuses the query %s and says what there is', async (query) => {
    const answer = await get(`?${query}`)
    expect(answer.status).toBe(400)
    expect(answer.error.message.length).toBeGreaterThan(20)
  })
})

describe('GET /healthz', () => {
  it('tells whether the store can be reached, and nothing more', async () => {
    expect(await app(() => given.services)(request('GET', '/healthz', { anonymous: true }), given.context)).toMatchObject({ status: 200 })
    given.table.breakDown()
    const answer = (await app(() => given.services)(request('GET', '/healthz', { anonymous: true }), given.context)) as HttpResponseInit
    expect(answer.status).toBe(503)
    expect(String(answer.body)).not.toContain('ECONNREFUSED')
  })
})
