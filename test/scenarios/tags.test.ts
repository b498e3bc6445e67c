import { describe, expect, it } from 'vitest'
import { idOfCluster, minute, useScenarios } from './scenario.ts'

const scenario = useScenarios()
const cluster = idOfCluster('c1')

describe.each(['EventGrid', 'CloudEvents'] as const)('a tag, told by %s events', (events) => {
  it('becomes a connection, and its removal takes it back after the grace time', async () => {
    const story = await scenario({ events })
    await story.putPolicy()
    await story.tag(cluster, { 'connect-photos': 'storage-blob:shop/orders?namespace=orders&auth=secret' })
    await story.reaches('photos', 'Succeeded')
    expect((await story.pod('photos')).output).toBe('2 containers: invoices, photos')

    await story.tag(cluster, { 'connect-photos': undefined })
    await story.clock.pass(20 * minute)
    expect((await story.linker('photos')).state).toBe('Succeeded')
    await story.vanishes('photos')
    expect(story.changes()).toEqual([])
  })
})

it('is found by discovery where its event was lost', async () => {
  const story = await scenario({ events: 'none' })
  await story.putPolicy()
  await story.tag(cluster, { 'connect-photos': 'blob:shop/orders?namespace=orders&auth=secret' })
  await story.reaches('photos', 'Succeeded', 24 * 60 * minute)
})

it('waits for consent, and is connected once a policy allows it', async () => {
  const story = await scenario()
  await story.tag(cluster, { 'connect-photos': 'blob:shop/orders?namespace=orders&auth=secret' })
  await story.until('the problem to be told', async () =>
    JSON.stringify((await story.linker('photos')).properties.problems ?? '').includes('NotAllowed'),
  )
  expect(story.changes()).toEqual([])
  await story.putPolicy()
  await story.reaches('photos', 'Succeeded')
})

it('tells what is wrong with a bad tag, and connects the good ones', async () => {
  const story = await scenario()
  await story.putPolicy()
  await story.tag(cluster, { 'connect-bad': 'blub:shop/orders', 'connect-photos': 'blob:shop/orders?namespace=orders&auth=secret' })
  await story.reaches('photos', 'Succeeded')
  expect(JSON.stringify((await story.linker('photos')).properties.timeline)).not.toContain('blub')
})

it('shows a tag that is not understood as a connection that has failed, by every handler and in its namespace, until it is understood', async () => {
  const story = await scenario()
  await story.putPolicy()
  await story.tag(cluster, { 'connect-photos': 'blub:shop/orders?namespace=orders' })
  await story.reaches('photos', 'Failed')
  const problems = [{ code: 'InvalidTag', message: expect.stringContaining('blub') }]
  const failed = { name: 'photos', properties: { provisioningState: 'Failed', origin: 'tag', scope: 'orders', problems } }
  const list = async (path: string) => (await story.call('ada', 'GET', path)).body
  expect((await story.linker('photos')).body).toMatchObject(failed)
  expect(await list(`${cluster}/providers/Microsoft.ServiceLinker/linkers?api-version=2024-04-01`)).toMatchObject({ value: [failed] })
  expect(await list('/connections?state=Failed')).toMatchObject({ value: [failed] })
  const told = (): unknown =>
    story.cloud.world.table<{ data?: unknown }>(`kubernetes-objects ${cluster.toLowerCase()}`).get('configmaps orders sc-connections')?.data
  expect(told()).toMatchObject({ photos: expect.stringMatching(/^state: Failed\nproblem: InvalidTag: .*blub/) })
  expect(story.changes()).toEqual([])

  await story.tag(cluster, { 'connect-photos': 'blob:shop/orders?namespace=orders&auth=secret' })
  await story.reaches('photos', 'Succeeded')
  await story.clock.pass(minute)
  expect(told()).toMatchObject({ photos: expect.stringMatching(/^state: Succeeded/) })
  await story.tag(cluster, { 'connect-photos': undefined })
  await story.vanishes('photos')
  expect(told()).toBeUndefined()
})

it('refuses PUT and DELETE over HTTP of what a tag declares', async () => {
  const story = await scenario()
  await story.putPolicy()
  await story.tag(cluster, { 'connect-photos': 'blob:shop/orders?namespace=orders&auth=secret' })
  await story.reaches('photos', 'Succeeded')
  expect(await story.putLinker('photos')).toMatchObject({ status: 409, body: { error: { code: 'DeclaredElsewhere' } } })
  expect(await story.removeLinker('photos')).toMatchObject({ status: 409, body: { error: { code: 'DeclaredElsewhere' } } })
})
