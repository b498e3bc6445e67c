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

it('refuses PUT and DELETE over HTTP of what a tag declares', async () => {
  const story = await scenario()
  await story.putPolicy()
  await story.tag(cluster, { 'connect-photos': 'blob:shop/orders?namespace=orders&auth=secret' })
  await story.reaches('photos', 'Succeeded')
  expect(await story.putLinker('photos')).toMatchObject({ status: 409, body: { error: { code: 'DeclaredElsewhere' } } })
  expect(await story.removeLinker('photos')).toMatchObject({ status: 409, body: { error: { code: 'DeclaredElsewhere' } } })
})
