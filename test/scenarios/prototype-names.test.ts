// Connections and keys that are named as what every object of JavaScript has: they are names like any other.
import { expect, it } from 'vitest'
import { storeOf } from '../../src/local/cloud/kubernetes/store.ts'
import { secretData } from './footprint.ts'
import { idOfCluster, minute, useScenarios } from './scenario.ts'

const scenario = useScenarios()
const cluster = idOfCluster('c1')
const renamed = (own: string) => ({ configurationInfo: { customizedKeys: { AZURE_STORAGEBLOB_CONNECTIONSTRING: own } } })

it('a connection may be named constructor and its key toString: it is written, reported, changed and removed', async () => {
  const story = await scenario()
  await story.putPolicy()
  await story.putLinker('constructor', renamed('FIRST'))
  await story.reaches('constructor', 'Succeeded')
  await story.putLinker('constructor', renamed('toString'))
  await story.clock.pass(15 * minute)
  expect((await story.linker('constructor')).state).toBe('Succeeded')
  expect(Object.keys(secretData(story.cloud.world, cluster, 'sc-constructor-secret'))).toEqual(['toString'])
  const publisher = storeOf(story.cloud.world, cluster.toLowerCase()).get('configmaps', 'orders', 'sc-connections')
  expect(publisher?.['data']).toEqual({ constructor: expect.stringMatching(/^state: Succeeded\n/) })
  await story.removeLinker('constructor')
  await story.vanishes('constructor', 120 * minute)
  expect(story.changes()).toEqual([])
})

it('the one name that objects lose is refused, as a connection’s and as a key’s', async () => {
  const story = await scenario()
  await story.putPolicy()
  expect(await story.putLinker('__proto__')).toMatchObject({ status: 400, body: { error: { code: 'InvalidResourceName' } } })
  expect(await story.putLinker('photos', renamed('__proto__'))).toMatchObject({
    status: 400,
    body: { error: { code: 'InvalidRequestContent' } },
  })
  await story.tag(cluster, { 'connect-__proto__': 'storage-blob:orders?namespace=orders' })
  await story.clock.pass(30 * minute)
  expect((await story.call('ada', 'GET', '/connections')).body).toMatchObject({
    value: [{ name: '__proto__', properties: { provisioningState: 'Failed', problems: [{ code: 'InvalidTag' }] } }],
  })
  expect(story.changes()).toEqual([])
})
