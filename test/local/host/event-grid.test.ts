// Event Grid deliveries in both schemas, and the handshakes before the first one.

import { describe, expect, it } from 'vitest'
import { type Running, withHost } from './running-host.ts'

const event = (id: string, data: object) => ({
  ...{ id, topic: '/subscriptions/s', subject: 'a/b', eventType: 'Microsoft.Resources.ResourceWriteSuccess', data },
  ...{ eventTime: '2026-03-02T08:00:00.1230000Z', dataVersion: '2', metadataVersion: '1' },
})
const cloudEvent = (id: string, data: object) => ({
  specversion: '1.0',
  id,
  source: '/subscriptions/s',
  type: 'T',
  time: '2026-03-02T08:00:00Z',
  data,
})

const post = ({ host }: Running, type: string | undefined, body: unknown, contentType = 'application/json') =>
  fetch(`${host.url}/runtime/webhooks/EventGrid?functionName=onEvent`, {
    method: 'POST',
    headers: { 'content-type': contentType, ...(type === undefined ? {} : { 'aeg-event-type': type }) },
    body: JSON.stringify(body),
  })
const received = async (running: Running) =>
  (await running.get<{ kind: string; what: { id: string } }[]>('/fired')).filter(({ kind }) => kind === 'onEvent').map(({ what }) => what)

describe('the Event Grid webhook', () => {
  it('answers the validation event with its code', () =>
    withHost(async (running) => {
      const answer = await post(running, 'SubscriptionValidation', [event('1', { validationCode: 'C-1' })])
      expect(answer.status).toBe(200)
      expect(await answer.json()).toEqual({ validationResponse: 'C-1' })
      expect(await received(running)).toEqual([])
    }))

  it('answers the handshake of CloudEvents', () =>
    withHost(async ({ host }) => {
      const answer = await fetch(`${host.url}/runtime/webhooks/EventGrid?functionName=onEvent`, {
        method: 'OPTIONS',
        headers: { 'webhook-request-origin': 'eventgrid.azure.net' },
      })
      expect([answer.status, answer.headers.get('webhook-allowed-origin')]).toEqual([200, 'eventgrid.azure.net'])
    }))

  it('runs one invocation for each event of a batch', () =>
    withHost(async (running) => {
      expect((await post(running, 'Notification', [event('1', {}), event('2', {})])).status).toBe(202)
      expect((await received(running)).map(({ id }) => id).sort()).toEqual(['1', '2'])
      expect((await received(running))[0]).toMatchObject({ eventTime: '2026-03-02T08:00:00.123Z' })
    }))

  it('takes CloudEvents 1.0, single and in batches', () =>
    withHost(async (running) => {
      const type = 'application/cloudevents+json; charset=utf-8'
      expect((await post(running, 'Notification', cloudEvent('1', { a: 1 }), type)).status).toBe(202)
      expect((await post(running, 'Notification', [cloudEvent('2', {})], 'application/cloudevents-batch+json')).status).toBe(202)
      expect(await received(running)).toMatchObject([{ id: '1', data: { a: 1 }, specversion: '1.0' }, { id: '2' }])
    }))

  it('answers 500 when one event fails, although the others ran', () =>
    withHost(async (running) => {
      expect((await post(running, 'Notification', [event('1', { fail: true }), event('2', {})])).status).toBe(500)
      expect((await received(running)).map(({ id }) => id)).toEqual(['2'])
    }))

  it('wants the header that tells the kind of delivery', () =>
    withHost(async (running) => {
      expect((await post(running, undefined, [event('1', {})])).status).toBe(400)
      expect((await post(running, 'Unsubscribe', [])).status).toBe(202)
    }))
})
