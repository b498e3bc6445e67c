import { createHash } from 'node:crypto'
import type { HttpResponseInit } from '@azure/functions'
import { beforeEach, expect, it } from 'vitest'
import { loop } from '../../src/model/loop.ts'
import { anOutcome, aRecord } from '../model/a-record.ts'
import {
  app,
  cluster,
  everything,
  keyOfLinker,
  linkerBody,
  linkerPath,
  request,
  steps,
  type TestServices,
  testServices,
} from './test-services.ts'

let given: TestServices
beforeEach(async () => {
  given = testServices()
  await given.store.putPolicy({ name: 'all', allow: everything })
})
const reader = { claims: { roles: ['Connections.Read'] } } as const
const call = async (method: string, path: string, ask: object = {}) => {
  const { status, headers, body } = (await app(() => given.services)(request(method, path, ask), given.context)) as HttpResponseInit
  return { status, headers: headers as Record<string, string>, body: JSON.parse(String(body ?? '{}')) }
}
const put = () => call('PUT', `${linkerPath('data')}?api-version=2024-04-01`, { body: linkerBody({ authInfo: { authType: 'secret' } }) })
const ask = (name = 'data', version = '2024-04-01') => call('POST', `${linkerPath(name)}/validateLinker?api-version=${version}`, reader)
async function report(version?: string) {
  const { pathname, search } = new URL((await ask('data', version)).headers['azure-asyncoperation'] ?? '')
  return await call('GET', pathname + search, reader)
}

/** Lets the steps of the connection's own loop have run. */
async function ran(kind: 'satisfied' | 'blocked'): Promise<void> {
  const own = { kind: 'connection', key: keyOfLinker('data'), id: linkerPath('data') } as const
  const problems = [{ code: 'NotAllowed', text: 'No policy.', cause: 'None fits.', remediation: 'Write one.', link: 'l' }] as const
  for (const step of steps.connection) {
    const outcome = kind === 'satisfied' || step !== 'check-consent' ? anOutcome() : anOutcome({ kind, problems })
    const recorded = aRecord({ outcome, since: given.clock.now, ranAt: given.clock.now, generation: 1 })
    expect(await given.store.record(own, { step, tracked: [] }, { ...recorded, tracked: [] })).toBe('recorded')
  }
}

it('answers at once with null and an operation at one address, and changes nothing', async () => {
  await put()
  const before = [given.woken.length, given.table.writes()]
  const { status, headers, body } = await ask()
  expect([status, body]).toEqual([202, null])
  expect(headers['azure-asyncoperation']).toMatch(
    /^https:\/\/connector\.example\/subscriptions\/[^/]+\/providers\/Microsoft\.ServiceLinker\/locations\/global\/operationStatuses\/.+\?api-version=2024-04-01$/,
  )
  expect(headers['location']).toBe(headers['azure-asyncoperation'])
  expect([given.woken.length, given.table.writes()]).toEqual(before)
})

it('reports in the form of Azure Service Connector, in fields and in a message', async () => {
  await put()
  await ran('satisfied')
  const { status, body } = await report()
  expect(status).toBe(200)
  expect(body).toMatchObject({
    resourceId: linkerPath('data'),
    status: 'Succeeded',
    properties: { linkerName: 'data', isConnectionAvailable: true, sourceId: null, targetId: null, authType: 'secret' },
  })
  const { validationDetail, Message } = body.properties
  expect(validationDetail[0].name).toBe('Target resource existence validated.')
  const said = JSON.parse(Message)
  expect(said).toMatchObject({ ConnectionName: 'data', IsConnectionAvailable: true, AuthType: 'secret' })
  expect(said.ValidationDetail.map(({ Name }: { Name: string }) => Name)).toEqual(
    validationDetail.map(({ name }: { name: string }) => name),
  )
  // The first version has the message in another case.
  expect(JSON.parse((await report('2022-05-01')).body.properties.message)).toMatchObject({ ConnectionName: 'data' })
})

it('says of a target that no loop has read that it is not known, and of a refused connection why', async () => {
  await put()
  await ran('blocked')
  const { validationDetail, isConnectionAvailable } = (await report()).body.properties
  expect(isConnectionAvailable).toBe(false)
  expect(validationDetail).toContainEqual({
    name: 'Consent of a policy validated.',
    description: null,
    result: 'failure',
    errorCode: 'NotAllowed',
    errorMessage: 'No policy. None fits. Write one.',
  })
  expect(validationDetail[0]).toMatchObject({ result: 'warning', description: 'Waiting until stdata has been read.' })
})

it('is 404 where there is no connection, any more', async () => {
  expect(await ask('nobody')).toMatchObject({ status: 404, body: { error: { code: 'ResourceNotFound' } } })
  expect(await ask('_.-')).toMatchObject({ status: 400, body: { error: { code: 'InvalidResourceName' } } })
  await put()
  const { pathname, search } = new URL((await ask()).headers['azure-asyncoperation'] ?? '')
  const row = (await given.store.read({ kind: 'connection', key: keyOfLinker('data'), id: '' }))?.row ?? expect.fail()
  await given.store.forget(row)
  expect(await call('GET', pathname + search, reader)).toMatchObject({ status: 404, body: { error: { code: 'NotFound' } } })
})

it('says what is wrong with a tag that cannot be read', async () => {
  const bad = { tag: 'connect-data', name: 'data', message: 'It has no target', hint: 'storage-blob:…' }
  const connection = { kind: 'connection', key: keyOfLinker('data'), id: linkerPath('data') } as const
  const clusterLoop = loop('cluster', cluster)
  await given.store.touch(clusterLoop, 'event', { make: true })
  const recorded = aRecord({ facts: { invalidTags: [{ ...bad, connection }] } })
  await given.store.record(clusterLoop, { step: 'read-declarations', tracked: [] }, { ...recorded, tracked: [] })
  expect(await ask()).toMatchObject({ status: 409, body: { error: { code: 'InvalidTag' } } })
  const listed = await call('POST', `${linkerPath('data')}/listConfigurations?api-version=2024-04-01`, reader)
  expect(listed).toMatchObject({ status: 200, body: { configurations: [] } })
})

it('lists the keys of the Secret, with a hash of what is no secret and none of a credential', async () => {
  await call('PUT', `${linkerPath('data')}?api-version=2024-04-01`, {
    body: linkerBody({ authInfo: { authType: 'secret' }, configurationInfo: { additionalConfigurations: { MODE: 'fast' } } }),
  })
  const { body } = await report()
  const item = body.properties.validationDetail.find(({ name }: { name: string }) => name === 'Kubernetes Secret validated.')
  expect(item.keys).toEqual([
    { name: 'AZURE_STORAGEBLOB_CONNECTIONSTRING', sha256: null },
    { name: 'MODE', sha256: createHash('sha256').update('fast').digest('hex') },
  ])
})
