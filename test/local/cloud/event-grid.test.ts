import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type ArmWorld, armWorld, clusterPath, groupPath, storagePath } from './arm/arm-world.ts'

type Got = { method: string; headers: IncomingMessage['headers']; body: unknown; time: number }

describe('Event Grid', () => {
  let world: ArmWorld
  let webhook: Server
  let url: string
  let got: Got[]
  let answer: (request: Got) => { status: number; body?: unknown; headers?: Record<string, string> }
  const handshake = (request: Got) => {
    if (request.method === 'OPTIONS') return { status: 200, headers: { 'WebHook-Allowed-Origin': 'eventgrid.azure.net' } }
    const [event] = Array.isArray(request.body) ? request.body : []
    if (request.headers['aeg-event-type'] === 'SubscriptionValidation')
      return { status: 200, body: { validationResponse: event.data.validationCode } }
    return undefined
  }

  beforeEach(async () => {
    world = await armWorld()
    got = []
    answer = () => ({ status: 202 })
    webhook = createServer(async (request, response) => {
      const parts = []
      for await (const part of request) parts.push(part)
      const text = Buffer.concat(parts).toString()
      const one = {
        method: request.method ?? '',
        headers: request.headers,
        body: text ? JSON.parse(text) : undefined,
        time: world.clock.now(),
      }
      const first = handshake(one)
      if (!first) got.push(one)
      const { status, body, headers } = { headers: {}, body: '', ...(first ?? answer(one)) }
      response.writeHead(status, headers).end(JSON.stringify(body))
    })
    await once(webhook.listen(0, '127.0.0.1'), 'listening')
    url = `http://127.0.0.1:${(webhook.address() as { port: number }).port}/hook`
  })
  afterEach(async () => {
    webhook.close()
    await world.close()
  })

  const tag = (name = 'c1') =>
    world.as('ada').send('PATCH', `${clusterPath(name)}/providers/Microsoft.Resources/tags/default?api-version=2021-04-01`, {
      operation: 'Merge',
      properties: { tags: { a: '1' } },
    })
  const events = () =>
    got.flatMap(({ body }) => body as { subject: string; eventType: string; data: Record<string, unknown> & { claims: object } }[])

  it('asks a webhook first, in both schemas', async () => {
    await world.cloud.subscribeEvents({ url, schema: 'EventGrid' })
    await world.cloud.subscribeEvents({ url: `${url}2`, schema: 'CloudEvents' })
    webhook.removeAllListeners('request').on('request', (_request, response) => response.writeHead(404).end())
    for (const schema of ['EventGrid', 'CloudEvents'] as const)
      await expect(world.cloud.subscribeEvents({ url: `${url}3`, schema })).rejects.toThrow(/could not validate \/hook3/)
  })

  it('tells of tags without a word about the cluster, and of writes again when they end', async () => {
    await world.cloud.subscribeEvents({ url, schema: 'EventGrid' })
    await tag()
    await world.clock.pass(20_000)
    expect(events()).toMatchObject([
      {
        subject: `${clusterPath('c1')}/providers/Microsoft.Resources/tags/default`,
        eventType: 'Microsoft.Resources.ResourceWriteSuccess',
        data: { operationName: 'Microsoft.Resources/tags/write', status: 'Succeeded' },
      },
    ])
    expect(got[0]?.headers).toMatchObject({ 'aeg-event-type': 'Notification', 'aeg-delivery-count': '0' })
    expect(JSON.stringify(got)).not.toContain('"a":"1"')
    await world.clock.pass(3 * 60_000)
    expect(events()).toHaveLength(2)
    expect(events()[1]?.data['correlationId']).toBe(events()[0]?.data['correlationId'])
  })

  it('makes noise about actions, none about reads, and tells of failures', async () => {
    await world.cloud.subscribeEvents({ url, schema: 'EventGrid' })
    const app = world.as('app')
    await app.storage.listKeys('shop', 'orders')
    await app.storage.getProperties('shop', 'orders')
    await app.send('PATCH', `${storagePath('orders')}?api-version=2026-09-01`, {
      properties: { networkAcls: { ipRules: [{ value: '10.0.0.1' }] } },
    })
    await world.clock.pass(20_000)
    const types = events().map(({ eventType, data }) => [eventType.replace('Microsoft.Resources.Resource', ''), data['operationName']])
    expect(types.sort()).toEqual([
      ['ActionSuccess', 'Microsoft.Storage/storageAccounts/listKeys/action'],
      ['WriteFailure', 'Microsoft.Storage/storageAccounts/write'],
    ])
    expect(events()[0]?.data.claims).toMatchObject({ appid: world.cloud.app.clientId })
  })

  it('tells of started and stopped clusters, of moves and of deleted groups when they are accepted and when they end', async () => {
    await world.cloud.subscribeEvents({ url, schema: 'EventGrid' })
    const ada = world.as('ada')
    const told = async (): Promise<readonly string[]> => {
      await world.clock.pass(5 * 60_000)
      const all = events().map(({ subject, eventType, data }) => `${eventType.split('.').at(-1)} ${data['operationName']} ${subject}`)
      got.length = 0
      return all
    }
    await ada.send('POST', `${clusterPath('c1')}/stop?api-version=2026-06-01`)
    const stop = `ResourceActionSuccess Microsoft.ContainerService/managedClusters/stop/action ${clusterPath('c1')}`
    expect(await told()).toEqual([stop, stop])
    await ada.send('PUT', `${groupPath('data')}?api-version=2021-04-01`, { location: 'northeurope' })
    await told()
    const body = { resources: [storagePath('orders')], targetResourceGroup: groupPath('data') }
    await ada.send('POST', `${groupPath('shop')}/moveResources?api-version=2021-04-01`, body)
    const move = `ResourceActionSuccess Microsoft.Resources/subscriptions/resourceGroups/moveResources/action ${groupPath('shop')}`
    expect(await told()).toEqual([move, move])
    await ada.send('DELETE', `${groupPath('data')}?api-version=2021-04-01`)
    const gone = `ResourceDeleteSuccess Microsoft.Resources/subscriptions/resourceGroups/delete ${groupPath('data')}`
    expect(await told()).toEqual([gone, gone])
  })

  it('speaks CloudEvents, one event a request', async () => {
    await world.cloud.subscribeEvents({ url, schema: 'CloudEvents' })
    await tag()
    await world.clock.pass(20_000)
    expect(got[0]?.headers['content-type']).toBe('application/cloudevents+json; charset=utf-8')
    expect(got[0]?.body).toMatchObject({
      specversion: '1.0',
      type: 'Microsoft.Resources.ResourceWriteSuccess',
      source: expect.stringMatching(/^\/subscriptions\//),
    })
  })

  it('delivers twice, and out of order', async () => {
    const busy = await armWorld({}, { latencies: { eventDuplicates: 0.5, eventStragglers: 0.1 } })
    await busy.cloud.subscribeEvents({ url, schema: 'EventGrid' })
    for (let n = 0; n < 20; n++) await busy.as('app').storage.listKeys('shop', 'orders')
    await busy.clock.pass(10 * 60_000)
    const ids = got.map(({ body }) => (body as { id: string }[])[0]?.id)
    expect(new Set(ids).size).toBe(20)
    expect(ids.length).toBeGreaterThan(20)
    await busy.close()
  })

  it('tries again on its schedule, but not where that is hopeless', async () => {
    await world.cloud.subscribeEvents({ url, schema: 'EventGrid' })
    answer = () => ({ status: got.length < 4 ? 500 : 200 })
    await world.as('app').storage.listKeys('shop', 'orders')
    await world.clock.pass(30 * 60_000)
    expect(got).toHaveLength(4)
    const waits = got.slice(1).map(({ time }, at) => Math.round((time - (got[at]?.time ?? 0)) / 1000))
    for (const [at, least] of [10, 30, 60].entries()) {
      expect(waits[at]).toBeGreaterThanOrEqual(least)
      expect(waits[at]).toBeLessThanOrEqual(least * 1.1 + 1)
    }
    expect(got.map(({ headers }) => headers['aeg-delivery-count'])).toEqual(['0', '1', '2', '3'])
    answer = () => ({ status: 400 })
    await world.as('app').storage.listKeys('shop', 'orders')
    await world.clock.pass(30 * 60_000)
    expect(got).toHaveLength(5)
  })
})
