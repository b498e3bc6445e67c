import type { HttpResponseInit } from '@azure/functions'
import { beforeEach, describe, expect, it } from 'vitest'
import type { TargetFacts } from '../../src/model/facts.ts'
import { loop } from '../../src/model/loop.ts'
import { anOutcome, aRecord } from '../model/a-record.ts'
import {
  account,
  app,
  everything,
  linkerBody,
  linkerPath,
  request,
  subscription,
  type TestServices,
  testServices,
  version,
} from './test-services.ts'

const minute = 60_000
const allow = { ...everything, rotateKeys: true }
let given: TestServices
beforeEach(async () => {
  given = testServices()
  await given.store.putPolicy({ name: 'all', allow })
})
const call = async (method: string, path: string, ask: object = {}) => {
  const { status, headers, body } = (await app(() => given.services)(request(method, path, ask), given.context)) as HttpResponseInit
  return { status, headers: headers as Record<string, string>, body: JSON.parse(String(body || '{}')) }
}
const byKey = { authInfo: { authType: 'secret' } }
const put = (name = 'data', properties: object = byKey) => call('PUT', `${linkerPath(name)}?${version}`, { body: linkerBody(properties) })
const rotate = (name = 'data', query = '', ask: object = {}) => call('POST', `${linkerPath(name)}/rotate?${version}${query}`, ask)

/** A connection that has joined its target. */
async function connected(name = 'data', properties: object = byKey) {
  await put(name, properties)
  const self = (await given.store.read(loop('connection', linkerPath(name))))?.row.self ?? expect.fail()
  await given.store.join(self, self.target)
  return self
}
const stdata = loop('target', account)
let ran = 0
/** What rotate-keys has recorded. */
async function record(facts: Partial<TargetFacts>, outcome = anOutcome()): Promise<void> {
  const before = (await given.store.read(stdata))?.steps.find(({ step }) => step === 'rotate-keys')
  const at = { ranAt: given.clock.now + ran++, since: given.clock.now }
  const recorded = aRecord({ facts, outcome, ...at })
  const ledger = { step: 'rotate-keys', tracked: [], ...(before ? { row: before } : {}) } as const
  expect(await given.store.record(stdata, ledger, { ...recorded, tracked: [] })).toBe('recorded')
}
const before = { primary: 'p', secondary: 's' }
const poll = async (url = '') => {
  const { pathname, search } = new URL(url)
  return await call('GET', pathname + search)
}

describe('POST …/rotate', () => {
  it('stores the request with the target, wakes its loop and answers with an operation', async () => {
    await connected()
    given.woken.length = 0
    const { status, headers, body } = await rotate()
    expect([status, body]).toEqual([202, null])
    expect(headers['location']).toBe(headers['azure-asyncoperation'])
    expect(given.woken.map(({ kind }) => kind)).toEqual(['target'])
    expect((await given.store.read(stdata))?.view.rotation).toEqual({ at: given.clock.now, overlapMs: 60 * minute })
    expect(await poll(headers['location'])).toMatchObject({ status: 200, body: { status: 'Updating', resourceId: linkerPath('data') } })
  })

  it('takes how long both keys work from the request', async () => {
    await connected()
    expect((await rotate('data', '&overlapMinutes=5')).status).toBe(202)
    expect((await given.store.read(stdata))?.view.rotation?.overlapMs).toBe(5 * minute)
    for (const wrong of ['0', '-1', '1e3', '60001', 'long', ''])
      expect(await rotate('data', `&overlapMinutes=${wrong}`)).toMatchObject({ status: 400, body: { error: { code: 'InvalidOverlap' } } })
  })

  it('answers 409 while one is under way, through whatever connection, and accepts the next when it has ended', async () => {
    await Promise.all([connected('one'), connected('two')])
    const [first, second] = await Promise.all([rotate('one'), rotate('two')])
    expect([first.status, second.status].sort()).toEqual([202, 409])
    expect(await rotate('two')).toMatchObject({ status: 409, body: { error: { code: 'RotationUnderWay' } } })
    const of = (await given.store.read(stdata))?.view.rotation?.at ?? 0
    await record({ rotation: { of, from: 'primary', before, endedAt: given.clock.now } })
    const next = await rotate('two')
    expect(next.status).toBe(202)
    // The clock stands still, and yet the two can be told apart.
    const location = [first, second].find(({ status }) => status === 202)?.headers['location']
    expect(await poll(location)).toMatchObject({ body: { status: 'Succeeded' } })
    expect(await poll(next.headers['location'])).toMatchObject({ body: { status: 'Updating' } })
  })

  it('refuses where no key is used, and where the service has none that can be regenerated', async () => {
    await connected('identity', { authInfo: { authType: 'userAssignedIdentity' } })
    expect(await rotate('identity')).toMatchObject({ status: 400, body: { error: { code: 'NoKeyUsed' } } })
    const id = `/subscriptions/${subscription}/resourceGroups/data/providers/microsoft.insights/components/traces`
    await connected('traces', { ...byKey, targetService: { type: 'AzureResource', id } })
    expect(await rotate('traces')).toMatchObject({ status: 400, body: { error: { code: 'KeyNotRenewable' } } })
  })

  it('needs a policy with rotateKeys that admits the caller, and the role to write connections', async () => {
    await connected()
    await given.store.putPolicy({ name: 'all', allow: everything })
    expect(await rotate()).toMatchObject({ status: 403, body: { error: { code: 'RotationNotAllowed' } } })
    await given.store.putPolicy({ name: 'rotating', allow: { ...allow, callers: ['00000000-0000-4000-8000-000000000001'] } })
    expect(await rotate()).toMatchObject({ status: 403, body: { error: { code: 'RotationNotAllowed' } } })
    await given.store.putPolicy({ name: 'rotating', allow })
    expect((await rotate('data', '', { claims: { roles: ['Connections.Read'] } })).status).toBe(403)
    expect((await rotate()).status).toBe(202)
  })

  it('refuses a connection that is not there, not joined, not allowed or being removed', async () => {
    expect(await rotate('nobody')).toMatchObject({ status: 404 })
    await put()
    expect(await rotate()).toMatchObject({ status: 409, body: { error: { code: 'Conflict' } } })
    await connected()
    await given.store.putPolicy({ name: 'all', allow: { ...allow, namespaces: [] } })
    expect(await rotate()).toMatchObject({ status: 403, body: { error: { code: 'NotAllowed' } } })
    await given.store.remove(loop('connection', linkerPath('data')))
    expect(await rotate()).toMatchObject({ status: 409, body: { error: { code: 'Conflict' } } })
  })
})

describe('the operation of a rotation', () => {
  it('fails with its reason when it cannot go on, and succeeds or is canceled at its end', async () => {
    const self = await connected()
    const { headers } = await rotate()
    const of = given.clock.now
    const read = async () => (await poll(headers['location'])).body
    const rotation = { of, from: 'primary', before } as const
    const waits = [self.key, 'another'].map((member) => ({ of: [], text: `until ${member}`, nextRunAt: 0, member }) as never)
    await record({ rotation, keys: { slot: 'secondary', rotation: of } }, anOutcome({ kind: 'waiting', waits }))
    given.clock.now += 61 * minute
    expect(await read()).toMatchObject({
      status: 'Failed',
      error: { details: [{ message: `until ${self.key}` }, { message: 'waiting until 1 other Secret has the new key' }] },
    })
    // The overlap can last for days: that is no failure.
    const until = given.clock.now + 24 * 60 * minute
    await record({ rotation: { ...rotation, switchedAt: given.clock.now }, keys: { slot: 'secondary', rotation: of, until } })
    given.clock.now += 12 * 60 * minute
    expect(await read()).toMatchObject({ status: 'Updating' })
    const own = loop('connection', linkerPath('data'))
    const written = aRecord({ facts: { keyOf: of }, generation: 1 })
    await given.store.record(own, { step: 'write-resources', tracked: [] }, { ...written, tracked: [] })
    const { conditions } = (await call('GET', `${linkerPath('data')}?${version}`)).body.properties
    expect(conditions).toMatchObject([{ code: 'FormerKeyEnds', step: 'rotate-keys', until: new Date(until).toISOString() }])
    await record({ rotation: { ...rotation, endedAt: given.clock.now } })
    expect(await read()).toMatchObject({ status: 'Succeeded', endTime: new Date(given.clock.now).toISOString() })
    await record({ rotation: { ...rotation, endedAt: given.clock.now, isAbandoned: true } })
    expect(await read()).toMatchObject({ status: 'Canceled', error: { message: expect.stringContaining('no connection uses a key') } })
  })
})
