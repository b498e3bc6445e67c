import type { HttpResponseInit } from '@azure/functions'
import { beforeEach, describe, expect, it } from 'vitest'
import { loop } from '../../src/model/loop.ts'
import {
  type Ask,
  app,
  cluster,
  everything,
  fallAsleep,
  linkerBody,
  linkerPath,
  request,
  subscription,
  type TestServices,
  testServices,
  version,
} from './test-services.ts'

let given: TestServices
beforeEach(() => {
  given = testServices()
})
const call = async (method: string, path: string, ask: Ask = {}) => {
  const { status, body } = (await app(() => given.services)(request(method, path, ask), given.context)) as HttpResponseInit
  return { status, body: typeof body === 'string' ? JSON.parse(body) : undefined }
}
const put = (allow: unknown, name = 'team') => call('PUT', `/policies/${name}`, { body: { allow } })

describe('a policy', () => {
  it('is made, changed, read, listed and deleted', async () => {
    const one = { ...everything, clusters: [`${subscription}/rg/*`], targets: [`${subscription}/rg/*`] }
    expect(await put(one)).toEqual({ status: 201, body: { name: 'team', allow: one } })
    expect((await put({ ...one, changeClusters: true })).status).toBe(200)
    expect(await call('GET', '/policies/TEAM')).toEqual({
      status: 200,
      body: { name: 'team', allow: { ...one, changeClusters: true } },
    })
    expect((await call('GET', '/policies')).body.value).toHaveLength(1)
    expect((await call('DELETE', '/policies/team')).status).toBe(200)
    expect((await call('DELETE', '/policies/team')).status).toBe(204)
    expect((await call('GET', '/policies/team')).status).toBe(404)
  })

  it('is answered with warnings where it matches in every subscription, and can be put as it was read', async () => {
    const warning = (field: string) => expect.stringContaining(`${field}: the pattern '*/*/*' matches in every subscription`)
    const put1 = await put(everything)
    expect(put1.body.warnings).toEqual([warning('clusters'), warning('targets')])
    const read = await call('GET', '/policies/team')
    expect(read.body.warnings).toHaveLength(2)
    expect((await call('PUT', '/policies/team', { body: read.body })).status).toBe(200)
    expect((await call('GET', '/policies')).body.value[0].warnings).toHaveLength(2)
  })

  it.each([
    ['no allow', {}],
    ['a transport that there is not', { allow: { ...everything, transports: ['*'] } }],
    ['a caller that is no id', { allow: { ...everything, callers: ['ada'] } }],
    ['a missing list', { allow: { ...everything, auth: undefined } }],
    ['an unknown right', { allow: { ...everything, everything: true } }],
    ['a text instead of a list', { allow: { ...everything, clusters: '*/*/*' } }],
    ['an empty pattern', { allow: { ...everything, namespaces: [''] } }],
    ['a cluster pattern that can match nothing', { allow: { ...everything, clusters: ['*'] } }],
    ['a full id as pattern', { allow: { ...everything, targets: ['/subscriptions/s/resourceGroups/g/providers/p/t/n'] } }],
    ['a namespace with a slash', { allow: { ...everything, namespaces: ['a/b'] } }],
    ['too many patterns', { allow: { ...everything, namespaces: Array.from({ length: 201 }, (_, at) => `n${at}`) } }],
  ])('with %s is refused and not stored', async (_what, body) => {
    const answer = await call('PUT', '/policies/team', { body })
    expect(answer.status).toBe(400)
    expect(answer.body.error).toMatchObject({
      code: 'InvalidRequestContent',
      details: expect.arrayContaining([expect.objectContaining({ target: expect.stringMatching(/allow|body/) })]),
    })
    expect(await given.store.policies()).toEqual([])
  })

  it.each(['a%20b', '-a', 'a_b', 'a'.repeat(64)])('with the name %s is refused', async (name) => {
    expect((await put(everything, name)).status).toBe(400)
  })

  it('that is written makes every connection and cluster run again', async () => {
    await given.store.putPolicy({ name: 'all', allow: everything })
    await app(() => given.services)(request('PUT', `${linkerPath('data')}?${version}`, { body: linkerBody() }), given.context)
    await given.store.touch(loop('cluster', cluster), 'wake', { make: true })
    const all = [loop('cluster', cluster), loop('connection', linkerPath('data'))]
    await fallAsleep(given, ...all)
    given.woken.length = 0
    await put(everything)
    expect(given.woken.map(({ kind }) => kind)).toEqual(['connection', 'cluster'])
    await fallAsleep(given, ...all)
    given.woken.length = 0
    await call('DELETE', '/policies/team')
    expect(given.woken.map(({ kind }) => kind)).toEqual(['connection', 'cluster'])
  })

  it('takes public addresses that clusters come from, and no others', async () => {
    expect((await put({ ...everything, egress: ['203.0.113.7', '203.0.113.16/28'] })).status).toBe(201)
    const answer = await put({ ...everything, egress: ['10.0.0.1', '0.0.0.0/0'] })
    expect(answer.status).toBe(400)
    expect(JSON.stringify(answer.body)).toContain('10.0.0.1')
  })

  it('that is deleted allows nothing before it is gone', async () => {
    await put(everything)
    const allowedAtTouch: unknown[] = []
    await given.store.touch(loop('cluster', cluster), 'wake', { make: true })
    await fallAsleep(given, loop('cluster', cluster))
    given = {
      ...given,
      services: {
        ...given.services,
        hub: () => ({
          wake: async () => void allowedAtTouch.push((await given.store.policy('team'))?.allow.clusters),
          terminate: async () => {},
          purge: async () => 0,
        }),
      },
    }
    await call('DELETE', '/policies/team')
    expect(allowedAtTouch).toEqual([[]])
  })

  it('spreads the runs of a large fleet over time', async () => {
    for (let at = 0; at < 200; at++)
      await given.store.touch(loop('cluster', `${cluster}${at}`), 'wake', { make: true, at: given.clock.now + 86_400_000 })
    await put(everything)
    expect(given.woken).toHaveLength(50)
    const due: number[] = []
    for await (const row of given.store.loops('cluster')) due.push(row.dueAt - given.clock.now)
    expect(Math.max(...due)).toBe(8_000)
    expect(due.filter((ms) => ms === 0).length).toBeLessThanOrEqual(51)
  })
})
