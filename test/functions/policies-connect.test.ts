// Policies that connect, through their routes and discovery: what a preview says, what saving stores, and what a deleted policy leaves.
import type { HttpResponseInit } from '@azure/functions'
import { beforeEach, describe, expect, it } from 'vitest'
import { policyConnections } from '../../src/declare/policy-connections.ts'
import { discover } from '../../src/functions/triggers/discover.timer.ts'
import type { ResourcePlace } from '../../src/model/connect-rule.ts'
import { loop } from '../../src/model/loop.ts'
import { targets } from '../../src/targets/catalogue.ts'
import { anyone } from '../model/allow-all.ts'
import { type Ask, account, app, cluster, everything, installation, request, type TestServices, testServices } from './test-services.ts'

let given: TestServices
let listed: ResourcePlace[]
let own: ResourcePlace | undefined | 'unknown'
const aks = (name: string, tags = { env: 'prod' }): ResourcePlace => ({
  id: cluster.replace('/aks', `/${name}`),
  location: 'westeurope',
  tags,
})
const logs: ResourcePlace = { id: account, location: 'westeurope', tags: { purpose: 'logs' } }

beforeEach(() => {
  own = 'unknown'
  listed = [aks('aks'), aks('test', { env: 'test' }), logs]
  given = testServices({
    async *discover() {
      for (const place of listed) yield { what: 'resource', id: place.id, isTagged: false, place }
    },
    placeOf: async () => own,
  })
})
const call = async (method: string, path: string, ask: Ask = {}) => {
  const { status, body } = (await app(() => given.services)(request(method, path, ask), given.context)) as HttpResponseInit
  return { status, body: typeof body === 'string' ? JSON.parse(body) : undefined }
}
const target = { type: 'storage-blob', tags: { purpose: 'logs' }, region: 'same' }
const rule = { name: 'logs', clusters: { tags: { env: 'prod' } }, target }
const body = (connect: unknown = [rule], allow = everything) => ({ body: { allow, connect } })
const discovered = () => discover(() => given.services, given.context)

/** What the loops of the clusters do. */
async function converged(): Promise<void> {
  for (const place of listed) {
    const where = { cluster: loop('cluster', place.id), place }
    for (const spec of policyConnections(await given.store.policies(), where, installation, targets).specs)
      await given.store.desire(spec, anyone)
  }
}

describe('a policy that connects', () => {
  it('is previewed: what it would connect, and nothing is stored', async () => {
    const { status, body: seen } = await call('POST', '/policies/fleet/preview', body())
    expect([status, seen]).toMatchObject([
      200,
      {
        clusters: 1,
        connects: {
          count: 1,
          notAllowed: 0,
          first: [{ id: expect.stringContaining('/managedClusters/aks/'), target: `${account}/blobServices/default` }],
        },
        disconnects: { count: 0 },
        problems: { count: 0 },
      },
    ])
    expect(await given.store.policies()).toEqual([])
    expect((await call('POST', '/policies/fleet/preview', body([rule], { ...everything, auth: ['secret'] }))).body.connects).toMatchObject({
      notAllowed: 1,
    })
    listed.push({ ...logs, id: account.replace('stdata', 'other') })
    expect((await call('POST', '/policies/fleet/preview', body())).body).toMatchObject({ connects: { count: 0 }, problems: { count: 1 } })
  })

  it('shows the first hundred of many', async () => {
    listed.push(...Array.from({ length: 149 }, (_, at) => aks(`more-${at}`)))
    const { connects } = (await call('POST', '/policies/fleet/preview', body())).body
    expect([connects.count, connects.first.length]).toEqual([150, 100])
  })

  it('makes matching clusters known, and stores the targets that it found', async () => {
    expect((await call('PUT', '/policies/fleet', body())).status).toBe(201)
    expect(given.woken.map(({ id }) => id)).toEqual([aks('aks').id])
    expect((await given.store.policy('fleet'))?.found).toEqual({ 0: [{ id: account, location: 'westeurope', tags: {} }] })
    const read = await call('GET', '/policies/fleet')
    expect(read.body).toEqual({ name: 'fleet', allow: everything, connect: [rule], warnings: expect.any(Array) })
    expect((await call('PUT', '/policies/fleet', { body: read.body })).status).toBe(200)
  })

  it.each([
    ['an unknown type', [{ ...rule, target: { type: 'tape', id: account } }], 'connect.0.target.type'],
    ['an id of another type', [{ ...rule, target: { type: 'storage-blob', id: cluster } }], 'connect.0.target.id'],
    ['an unknown field', [{ ...rule, colour: 'red' }], 'connect.0'],
    ['no list', rule, 'connect'],
  ])('is refused with %s', async (_, connect, field) => {
    const { status, body: told } = await call('PUT', '/policies/fleet', body(connect))
    expect([status, told.error.details[0].target]).toEqual([400, field])
  })

  it('finds later clusters and targets by discovery', async () => {
    await call('PUT', '/policies/fleet', body())
    given.woken.splice(0)
    listed.push(aks('new'))
    await discovered()
    expect(given.woken.map(({ id }) => id)).toEqual([aks('new').id])
    listed.push({ id: account.replace('stdata', 'north'), location: 'northeurope', tags: { purpose: 'logs' } })
    await discovered()
    expect((await given.store.policy('fleet'))?.found?.[0]).toHaveLength(2)
  })

  it('keeps a target that the list leaves out, until the target itself says that it does not match', async () => {
    await call('PUT', '/policies/fleet', body())
    listed = [aks('aks')]
    await discovered()
    expect((await given.store.policy('fleet'))?.found?.[0]).toHaveLength(1)
    own = { ...logs, tags: {} }
    await discovered()
    expect((await given.store.policy('fleet'))?.found).toBeUndefined()
  })

  it('stays as an empty row while its connections are kept, and says whether they are many', async () => {
    await call('PUT', '/policies/fleet', body())
    await converged()
    expect((await call('POST', '/policies/fleet/preview', body([]))).body.disconnects).toMatchObject({ count: 1, isKeptLonger: false })
    expect((await call('DELETE', '/policies/fleet')).status).toBe(200)
    expect(await given.store.policy('fleet')).toMatchObject({ ended: true, allow: { clusters: [] } })
    expect((await call('GET', '/policies/fleet')).status).toBe(404)
    expect((await call('GET', '/policies')).body.value).toEqual([])
    expect((await call('DELETE', '/policies/fleet')).status).toBe(204)
    for await (const { loop: one } of given.store.connections()) await given.store.remove(one as never)
    await discovered()
    expect(await given.store.policy('fleet')).toBeUndefined()
  })

  it('keeps what it withdraws for longer where that is many', async () => {
    listed.push(...['b', 'c', 'd', 'e'].map((name) => aks(name)))
    await call('PUT', '/policies/fleet', body())
    await converged()
    await call('PUT', '/policies/fleet', body([{ ...rule, clusters: { names: ['aks'] } }]))
    expect(await given.store.policy('fleet')).toMatchObject({ withdrawsMany: true })
  })

  it('keeps it for longer also when the same change is written again', async () => {
    listed.push(...['b', 'c', 'd', 'e'].map((name) => aks(name)))
    await call('PUT', '/policies/fleet', body())
    await converged()
    const nothing = { body: { allow: everything } }
    for (const time of ['first', 'again']) {
      await call('PUT', '/policies/fleet', nothing)
      expect([time, await given.store.policy('fleet')]).toMatchObject([time, { withdrawsMany: true }])
    }
    for await (const { loop: one } of given.store.connections()) await given.store.remove(one as never)
    await call('PUT', '/policies/fleet', nothing)
    expect(await given.store.policy('fleet')).toEqual({ name: 'fleet', allow: everything })
  })

  it('hands what a rule has found on to the same rule only, wherever it stands', async () => {
    await call('PUT', '/policies/fleet', body())
    listed = [aks('aks')]
    const other = { ...rule, name: 'other', target: { ...target, tags: { purpose: 'payments' } } }
    await call('PUT', '/policies/fleet', body([other, rule]))
    expect((await given.store.policy('fleet'))?.found).toMatchObject({ 1: [{ id: account }] })
    expect((await given.store.policy('fleet'))?.found?.[0]).toBeUndefined()
  })

  it('connects 200 targets at most, those that it has first, and tells how many match', async () => {
    const many = { ...rule, name: 'logs-{target}', target: { type: 'storage-blob', tags: { purpose: 'logs' } } }
    const numbered = (letter: string, count: number): ResourcePlace[] =>
      Array.from({ length: count }, (_, at) => ({ ...logs, id: account.replace('stdata', `${letter}${String(at).padStart(3, '0')}`) }))
    const former = numbered('m', 150)
    listed = [aks('aks'), ...former]
    await call('PUT', '/policies/fleet', body([many]))
    listed.push(...numbered('a', 60))
    const told = await call('POST', '/policies/fleet/preview', body([many]))
    expect(told.body.problems.first[0].text).toContain('210 targets match')
    await discovered()
    const found = (await given.store.policy('fleet'))?.found?.[0] ?? []
    expect(found).toHaveLength(200)
    expect(former.filter(({ id }) => !found.some((one) => one.id === id))).toEqual([])
  })

  it('is not read at all while one of its rules is not understood, rather than without it', async () => {
    await call('PUT', '/policies/fleet', body())
    const policy = await given.store.policy('fleet')
    await given.store.putPolicy({ ...policy, connect: [{ colour: 'red' }] } as never)
    await expect(given.store.policies()).rejects.toThrow()
  })

  it('is not overwritten by discovery while it is being changed', async () => {
    await call('PUT', '/policies/fleet', body())
    const before = await given.store.policy('fleet')
    await given.store.putPolicy({ name: 'fleet', allow: everything })
    expect(before && (await given.store.settlePolicy(before, { ...before, found: {} }))).toBe(false)
    expect(await given.store.policy('fleet')).toEqual({ name: 'fleet', allow: everything })
  })
})

describe('consent by the tag of a target', () => {
  const tagged = { ...logs, tags: { 'connect-allow': '*/*:shop' } }

  it('is read where it is switched on, shown among policies, and ends when the target says so', async () => {
    listed = [tagged]
    await discovered()
    expect(await given.store.policies()).toEqual([])
    Object.assign(given.services, { installation: { ...installation, targetConsent: true } })
    await discovered()
    expect((await call('GET', '/policies')).body.value).toMatchObject([{ from: account, allow: { auth: ['workload-identity'] } }])
    listed = []
    await discovered()
    expect(await given.store.policies()).toHaveLength(1)
    own = logs
    await discovered()
    expect(await given.store.policies()).toEqual([])
  })
})
