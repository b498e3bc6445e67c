// Events only wake: doubled, late, reordered, lost and forged ones change when something is noticed, never what becomes of it.
import { QueueServiceClient } from '@azure/storage-queue'
import { afterEach, describe, expect, it } from 'vitest'
import { secretData } from './footprint.ts'
import { type Relay, relayed } from './relay.ts'
import { idOfAccount, idOfCluster, minute, type Scenario, useScenarios } from './scenario.ts'
import { readsOfAccount } from './story.ts'

const scenario = useScenarios()
const cluster = idOfCluster('c1')
const hour = 60 * minute
const value = 'storage-blob:shop/orders?namespace=orders&auth=secret'
const secretAndRule = [expect.stringMatching(/^Secret orders\/sc-photos-secret in c1$/), expect.stringMatching(/^firewall orders /)]

const open: Relay[] = []
afterEach(async () => {
  for (const relay of open.splice(0)) await relay.close()
})

async function withRelay(schema: 'EventGrid' | 'CloudEvents' = 'EventGrid'): Promise<{ readonly story: Scenario; readonly relay: Relay }> {
  // What is doubled or late is for the story to say.
  const story = await scenario({ events: 'none', latencies: { eventDuplicates: 0, eventStragglers: 0 } })
  const relay = await relayed(story, schema)
  open.push(relay)
  await story.putPolicy()
  return { story, relay }
}

const key = (story: Scenario): string | undefined =>
  secretData(story.cloud.world, cluster, 'sc-photos-secret').AZURE_STORAGEBLOB_CONNECTIONSTRING
const rotate = ({ arm }: Scenario) => arm('POST', `${idOfAccount('orders')}/regenerateKey?api-version=2024-01-01`, { keyName: 'key1' })
const isTagWrite = ({ operation }: { readonly operation: string }): boolean => /tags\/write/i.test(operation)

/** The next event of a tag comes so late, every other one at once. Answers whether it was written. */
function delayNextTag(relay: Relay, ms: number): () => boolean {
  let late: object | undefined
  relay.deliveries = (event) => {
    if (late !== undefined || !isTagWrite(event)) return [0]
    late = event
    return [ms]
  }
  return () => late !== undefined
}

describe.each(['EventGrid', 'CloudEvents'] as const)('events in the schema of %s', (schema) => {
  it('come four times over and in any order: nothing is doubled', async () => {
    const { story, relay } = await withRelay(schema)
    relay.deliveries = (_, index) => [40_000 - 1_000 * (index % 40), 50_000, 50_000, 3 * minute]
    await story.tag(cluster, { 'connect-photos': value })
    await story.reaches('photos', 'Succeeded')
    await story.clock.pass(10 * minute)
    expect(relay.events.length).toBeGreaterThan(1)
    expect(story.changes()).toEqual(secretAndRule)
    await story.tag(cluster, { 'connect-photos': undefined })
    await story.vanishes('photos')
    expect(story.changes()).toEqual([])
  })

  it('about what the app does not know, or that are none at all, are taken and leave no trace', async () => {
    const { story } = await withRelay(schema)
    const before = { ...story.host.counters.invocations }
    for (const data of [
      { resourceUri: `${idOfAccount('orders', 'other')}`, operationName: 'Microsoft.Storage/storageAccounts/write' },
      { resourceUri: `${cluster}/agentPools/x`, operationName: 'Microsoft.ContainerService/managedClusters/agentPools/write' },
      { resourceUri: '/subscriptions/nobody', operationName: 'Microsoft.Resources/subscriptions/write' },
      { resourceUri: '/../..//', operationName: 7 },
      { resourceUri: 'x'.repeat(5_000) },
      {},
    ])
      expect(await post(story, schema, data)).toBeLessThan(300)
    await story.clock.pass(5 * minute)
    expect(story.host.counters.invocations['azure-events']).toBe((before['azure-events'] ?? 0) + 6)
    expect(story.host.counters.invocations['reconcile']).toBe(before['reconcile'])
  })
})

async function post({ host }: Scenario, schema: 'EventGrid' | 'CloudEvents', data: unknown): Promise<number> {
  const type = 'Microsoft.Resources.ResourceWriteSuccess'
  const common = { id: '1', subject: '', data }
  const event =
    schema === 'EventGrid'
      ? [{ ...common, topic: '', eventType: type, eventTime: '2026-03-02T08:00:00Z', dataVersion: '2', metadataVersion: '1' }]
      : { ...common, source: '', type, time: '2026-03-02T08:00:00Z', specversion: '1.0' }
  const answer = await fetch(`${host.url}/runtime/webhooks/EventGrid?functionName=azure-events`, {
    method: 'POST',
    headers: { 'aeg-event-type': 'Notification', 'content-type': 'application/json; charset=utf-8' },
    body: JSON.stringify(event),
  })
  return answer.status
}

it('come by a Storage queue where no webhook is reached; what is no event is put aside', async () => {
  const story = await scenario({ settings: { CONNECTOR_EVENT_QUEUE: 'azure-events' } })
  await story.putPolicy()
  await story.tag(cluster, { 'connect-photos': value })
  // Resource Graph would find it later, and an audit the key.
  await story.reaches('photos', 'Succeeded', 9 * minute)
  const first = key(story)
  await rotate(story)
  await story.until('the rotated key to be heard of', () => key(story) !== first, 9 * minute)
  const { invocations } = story.host.counters
  expect([invocations['azure-events'], (invocations['azure-events-queue'] ?? 0) > 1]).toEqual([undefined, true])

  const { principalId: oid } = story.cloud.app
  const getToken = async () => ({
    token: await story.cloud.entra.token({ oid }, 'https://storage.azure.com'),
    expiresOnTimestamp: Date.now() + hour,
  })
  const queues = new QueueServiceClient('https://connectorstate.queue.core.windows.net', { getToken })
  const queue = queues.getQueueClient('azure-events')
  await queue.sendMessage('this is not Base64!')
  await queue.sendMessage(Buffer.from('no event').toString('base64'))
  await story.until('the queue to be empty', async () => (await queue.getProperties()).approximateMessagesCount === 0, 5 * minute)
  const aside = await queues.getQueueClient('azure-events-poison').peekMessages({ numberOfMessages: 32 })
  expect(aside.peekedMessageItems.map(({ messageText }) => messageText)).toEqual(['this is not Base64!'])
})

it('keeps what the tags say now, when the event of a tag comes hours after that of its removal', async () => {
  const { story, relay } = await withRelay()
  const isLate = delayNextTag(relay, 5 * hour)
  await story.tag(cluster, { 'connect-photos': value })
  await story.reaches('photos', 'Succeeded', 2 * hour)
  expect(isLate()).toBe(true)
  await story.tag(cluster, { 'connect-photos': undefined })
  await story.vanishes('photos')
  await story.clock.pass(6 * hour)
  expect((await story.linker('photos')).status).toBe(404)
  expect(story.changes()).toEqual([])
})

it('keeps what the tags say now, when the event of a removal comes hours after the tag was put back', async () => {
  const { story, relay } = await withRelay()
  await story.tag(cluster, { 'connect-photos': value })
  await story.reaches('photos', 'Succeeded')
  const isLate = delayNextTag(relay, 3 * hour)
  await story.tag(cluster, { 'connect-photos': undefined })
  await story.clock.pass(5 * minute)
  expect(isLate()).toBe(true)
  await story.tag(cluster, { 'connect-photos': value })
  await story.clock.pass(4 * hour)
  expect((await story.linker('photos')).state).toBe('Succeeded')
  expect(story.changes()).toEqual(secretAndRule)
})

it('learns of a rotated key from an event that comes three hours late, and from none at all at the next audit', async () => {
  const { story, relay } = await withRelay()
  await story.putLinker('photos')
  await story.reaches('photos', 'Succeeded')
  const first = key(story)
  relay.deliveries = () => [3 * hour]
  await rotate(story)
  await story.clock.pass(2 * hour)
  expect(key(story)).toBe(first)
  await story.until('the late event to be acted on', () => key(story) !== first, 70 * minute)
  const second = key(story)
  relay.deliveries = () => []
  await rotate(story)
  await story.until('the audit', () => key(story) !== second, 28 * hour)
})

it('does not read again because of its own writes, and does because of those of others', async () => {
  const { story, relay } = await withRelay()
  await story.putLinker('photos')
  await story.reaches('photos', 'Succeeded')
  await story.clock.pass(2 * minute)
  const { clientId } = story.cloud.app
  const isWrite = /storageAccounts\/write/i
  const own = relay.events.findIndex(({ appId, operation }) => appId === clientId && isWrite.test(operation))
  expect(own).toBeGreaterThanOrEqual(0)
  const reads = () => readsOfAccount(story)
  const before = reads()
  for (let times = 0; times < 5; times++) await relay.again(own)
  await story.clock.pass(minute)
  expect(before).toBeGreaterThan(0)
  expect(reads()).toBe(before)

  const path = `${idOfAccount('orders')}?api-version=2024-01-01`
  await story.arm('PATCH', path, { properties: { networkAcls: { defaultAction: 'Deny', bypass: 'AzureServices', ipRules: [] } } })
  await story.until(
    'the rule that was taken away to be back',
    () => story.changes().some((line) => line.startsWith('firewall')),
    5 * minute,
  )
})

it('makes good everything when the webhook was down for three hours', async () => {
  const { story, relay } = await withRelay()
  await story.putLinker('photos')
  await story.reaches('photos', 'Succeeded')
  const before = key(story)
  relay.down = true
  await rotate(story)
  await story.clock.pass(3 * hour)
  expect(key(story)).toBe(before)
  relay.down = false
  await story.until('Event Grid to have tried again', () => key(story) !== before, 4 * hour)
  // whichever event of that time comes first makes the target read; this one comes as well
  const isRotation = ({ operation }: { readonly operation: string }) => /storageaccounts\/regeneratekey\/action$/i.test(operation)
  await story.until('the event of the rotation to have come', () => relay.events.some(isRotation), 4 * hour)
})
