import { expect, it } from 'vitest'
import { idOfAccount, idOfCluster, minute, useScenarios } from './scenario.ts'

const scenario = useScenarios()
const cluster = idOfCluster('c1')

const everything = { clusters: ['*/*/*'], targets: ['*/*/*'], namespaces: ['*'], auth: ['*'], changeClusters: true }

it('a policy connects the clusters that match to the target with a tag, and its deletion disconnects them; a target consents by its own tag', async () => {
  const story = await scenario({ settings: { CONNECTOR_TARGET_CONSENT: 'on' } })
  await story.tag(cluster, { env: 'prod' })
  await story.tag(idOfAccount('orders'), { purpose: 'logs' })
  const target = { type: 'storage-blob', tags: { purpose: 'logs' } }
  const connect = [{ name: 'logs-{target}', clusters: { tags: { env: 'prod' } }, target, namespace: 'orders', auth: 'secret' }]
  // Resource Graph lags.
  await story.clock.pass(10 * minute)
  const seen = await story.call('ada', 'POST', '/policies/fleet/preview', { allow: everything, connect })
  expect(seen.body).toMatchObject({ clusters: 1, connects: { count: 1, notAllowed: 0 }, problems: { count: 0 } })
  await story.call('ada', 'PUT', '/policies/fleet', { allow: everything, connect })
  await story.reaches('logs-orders', 'Succeeded')
  expect((await story.linker('logs-orders')).properties).toMatchObject({ origin: 'policy', scope: 'orders' })

  await story.call('ada', 'DELETE', '/policies/fleet')
  await story.vanishes('logs-orders')
  expect(story.changes()).toEqual([])

  await story.tag(cluster, { 'connect-photos': 'blob:shop/orders?namespace=orders' })
  await story.tag(idOfAccount('orders'), { 'connect-allow': 'c1:orders' })
  await story.reaches('photos', 'Succeeded', 60 * minute)
})
