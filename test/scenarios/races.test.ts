// Two at once: the last one says what is desired, nothing is doubled, nothing is left.
import { describe, expect, it } from 'vitest'
import { secretData } from './footprint.ts'
import { idOfAccount, idOfCluster, minute, type Scenario, useScenarios } from './scenario.ts'

const scenario = useScenarios()
const cluster = idOfCluster('c1')
const value = 'storage-blob:shop/orders?namespace=orders&auth=secret'
const identityAuth = { authInfo: { authType: 'userAssignedIdentity' } }
const other = { targetService: { type: 'AzureResource', id: `${idOfAccount('other')}/blobServices/default` } }
const storageAccounts = ['orders', 'other'].map((name) => ({
  name,
  group: 'shop',
  region: 'northeurope',
  network: 'rules' as const,
  containers: ['photos'],
}))
const kinds = (story: Scenario): readonly (string | undefined)[] => story.changes().map((line) => line.split(' ')[0])
const forSecret = ['Secret', 'firewall']
const forIdentity = ['Secret', 'ServiceAccount', 'credential', 'firewall', 'identity', 'role']

/** How far a connect has come when the other one arrives: virtual milliseconds. */
const moments = [0, 20_000]

describe('a PUT and a tag of one name', () => {
  it.each([0, 5_000])('make one connection, whose first author keeps it (%i ms apart)', async (ms) => {
    const story = await scenario()
    await story.putPolicy()
    const tagged = story.tag(cluster, { 'connect-photos': value })
    if (ms > 0) await story.clock.pass(ms)
    const [put] = await Promise.all([story.putLinker('photos'), tagged])
    expect(put.status).toBe(201)
    await story.reaches('photos', 'Succeeded')
    await story.until('the tag to be told that it came second', async () =>
      JSON.stringify((await story.linker('photos')).body).includes('DeclaredElsewhere'),
    )
    expect(kinds(story)).toEqual(forSecret)
    // The tag takes over as soon as the first author has released it.
    expect((await story.removeLinker('photos')).status).toBe(202)
    await story.until('the tag to hold it', async () => (await story.removeLinker('photos')).status === 409, minute)
    await story.reaches('photos', 'Succeeded')
    await story.tag(cluster, { 'connect-photos': undefined })
    await story.vanishes('photos', 3 * 60 * minute)
    expect(story.changes()).toEqual([])
  })
})

it('two PUTs of different bodies at once end in one of them, whole', async () => {
  const story = await scenario({ fleet: { storageAccounts } })
  await story.putPolicy()
  const answers = await Promise.all([
    story.putLinker('photos', identityAuth),
    story.putLinker('photos', other),
    story.putLinker('photos', identityAuth),
  ])
  expect(answers.map(({ status }) => status).every((status) => status === 200 || status === 201)).toBe(true)
  const { properties } = await story.reaches('photos', 'Succeeded')
  const isOther = JSON.stringify(properties.targetService).includes('/other/')
  expect(kinds(story)).toEqual(isOther ? forSecret : forIdentity)
  await story.putLinker('photos', other)
  await story.reaches('photos', 'Succeeded')
  await story.until('what was there before to be removed', () => kinds(story).join() === forSecret.join(), 2 * 60 * minute)
  expect(secretData(story.cloud.world, cluster, 'sc-photos-secret').AZURE_STORAGEBLOB_CONNECTIONSTRING).toContain('AccountName=other')
  expect(story.changes().filter((line) => line.startsWith('firewall orders'))).toEqual([])
})

describe.each(moments)('%i ms after the first', (ms) => {
  it('a DELETE in the middle of a connect leaves nothing', async () => {
    const story = await scenario()
    await story.putPolicy()
    await story.putLinker('photos', identityAuth)
    await story.clock.pass(ms)
    expect((await story.removeLinker('photos')).status).toBe(202)
    await story.vanishes('photos', 2 * 60 * minute)
    expect(story.changes()).toEqual([])
    await story.clock.pass(90 * minute)
    expect(story.changes()).toEqual([])
  })

  it('a PUT in the middle of a disconnect ends connected', async () => {
    const story = await scenario()
    await story.putPolicy()
    await story.putLinker('photos', identityAuth)
    await story.reaches('photos', 'Succeeded')
    await story.removeLinker('photos')
    await story.clock.pass(ms)
    expect((await story.putLinker('photos', identityAuth)).status).toBe(201)
    await story.reaches('photos', 'Succeeded', 2 * 60 * minute)
    await story.clock.pass(90 * minute)
    expect((await story.linker('photos')).state).toBe('Succeeded')
    expect(kinds(story)).toEqual(forIdentity)
    expect((await story.pod('photos')).exitCode).toBe(0)
  })

  it('a policy deleted in the middle of a connect disconnects after the grace time, and nothing more is opened', async () => {
    const story = await scenario()
    await story.putPolicy()
    await story.putLinker('photos', identityAuth)
    await story.clock.pass(ms)
    await story.call('ada', 'DELETE', '/policies/all')
    await story.clock.pass(50 * minute)
    await story.until('everything to be removed', () => story.changes().length === 0, 2 * 60 * minute)
    expect((await story.linker('photos')).state).toBe('Failed')
  })
})

describe('PUT and DELETE at the very same time', () => {
  it('of a connection that is there end in one of the two, whole', async () => {
    const story = await scenario()
    await story.putPolicy()
    await story.putLinker('photos')
    await story.reaches('photos', 'Succeeded')
    await Promise.all([story.removeLinker('photos'), story.putLinker('photos', identityAuth), story.removeLinker('photos')])
    await story.clock.pass(2 * 60 * minute)
    const { status, state } = await story.linker('photos')
    if (status === 404) expect(story.changes()).toEqual([])
    else {
      expect(state).toBe('Succeeded')
      expect(kinds(story)).toEqual(forIdentity)
    }
  })
})

describe('a tag that is removed and put back', () => {
  it.each([
    ['within the grace time, is no disconnect', 10, true],
    ['after the grace time, connects again', 60, false],
  ])('%s', async (_, minutes, stays) => {
    const story = await scenario()
    await story.putPolicy()
    await story.tag(cluster, { 'connect-photos': value })
    await story.reaches('photos', 'Succeeded')
    const deletes = () => story.cloud.calls.filter(({ method, path }) => method === 'DELETE' && path.includes('/secrets/')).length
    await story.tag(cluster, { 'connect-photos': undefined })
    await story.clock.pass(minutes * minute)
    expect((await story.linker('photos')).status).toBe(stays ? 200 : 404)
    await story.tag(cluster, { 'connect-photos': value })
    await story.reaches('photos', 'Succeeded')
    await story.clock.pass(60 * minute)
    expect((await story.linker('photos')).state).toBe('Succeeded')
    expect(deletes()).toBe(stays ? 0 : 1)
    expect(kinds(story)).toEqual(forSecret)
  })

  it('while its connection is being withdrawn, connects again', async () => {
    const story = await scenario()
    await story.putPolicy()
    await story.tag(cluster, { 'connect-photos': value })
    await story.reaches('photos', 'Succeeded')
    const unavailable = { status: 503, body: { kind: 'Status', message: 'unavailable' } }
    story.cloud.faults.add({ match: { service: 'kubernetes', method: 'DELETE', path: /secrets\// }, times: 3, answer: unavailable })
    await story.tag(cluster, { 'connect-photos': undefined })
    await story.until('the withdrawal', async () => (await story.linker('photos')).state === 'Deleting', 60 * minute)
    await story.tag(cluster, { 'connect-photos': value })
    await story.reaches('photos', 'Succeeded', 2 * 60 * minute)
    await story.clock.pass(60 * minute)
    expect(kinds(story)).toEqual(forSecret)
  })
})

it('two connections that want the same Secret: the first has it, the second is told, and gets it when the first is gone', async () => {
  const story = await scenario()
  await story.putPolicy()
  const answers = await Promise.all([story.putLinker('my.photos'), story.putLinker('my_photos'), story.putLinker('MyPhotos')])
  expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409])
  const names = ['my.photos', 'my_photos', 'MyPhotos']
  const winner = names[answers.findIndex(({ status }) => status === 201)] ?? ''
  const next = names.find((name) => name !== winner) ?? ''
  await story.reaches(winner, 'Succeeded')
  expect(kinds(story)).toEqual(forSecret)
  await story.removeLinker(winner)
  await story.vanishes(winner)
  expect((await story.putLinker(next)).status).toBe(201)
  await story.reaches(next, 'Succeeded')
  expect(kinds(story)).toEqual(forSecret)
})
