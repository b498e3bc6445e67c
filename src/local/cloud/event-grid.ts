// Event Grid: delivers what happened in ARM to webhooks and Storage queues, at least once, in no order, some twice and some late; a delivery that fails
// is tried again on Azure's schedule (https://learn.microsoft.com/azure/event-grid/delivery-and-retry).

import { request } from 'node:http'
import { type QueueDestination, type SendToQueue, urlOf } from './event-grid-queue.ts'
import { cloudEventOf, type EventGridEvent, eventOf, type Happening, secretEventOf } from './happening.ts'
import { latencies } from './latencies.ts'
import type { Effect, Json, World } from './world.ts'

type Webhook = { readonly url: string }
/** `source`: the ARM id of the Key Vault whose events these are. Absent: those of the subscription. */
export type EventSubscription = { readonly schema: 'EventGrid' | 'CloudEvents'; readonly source?: string } & (
  | Webhook
  | { readonly queue: QueueDestination }
)

type Delivery = Effect & {
  readonly type: 'event-delivery'
  /** Of the subscription. */
  readonly to: string
  readonly event: EventGridEvent & Json
  readonly attempt: number
}

const seconds = [10, 30, 60, 300, 600, 1_800, 3_600, 10_800, 21_600, 43_200]
const mostAttempts = 30
/** These are not tried again. */
const hopeless = [400, 401, 403, 404, 413]
const timeToAnswer = 30_000

/** By where they deliver to, and the source if that is a vault. */
const subscriptions = (world: World): Map<string, EventSubscription> => world.table<EventSubscription>('event-subscriptions')

const keyOf = (source: string | undefined, url: string): string => (source === undefined ? url : `${source.toLowerCase()} ${url}`)

export const emit = (world: World, happening: Happening): void =>
  publish(world, eventOf(happening, world.uuid(), world.clock.now()), undefined)

/** A new version of a secret in a vault. */
export const emitSecret = (world: World, vaultId: string, secret: string, version: string): void =>
  publish(world, secretEventOf(vaultId, secret, version, world.uuid(), world.clock.now()), vaultId.toLowerCase())

function publish(world: World, sent: EventGridEvent, source: string | undefined): void {
  const event = sent as EventGridEvent & Json
  const { eventDelivery, eventDuplicates, eventStragglers } = latencies(world)
  for (const [to, subscription] of subscriptions(world)) {
    if (subscription.source?.toLowerCase() !== source) continue
    const deliver = (longest: number): void => {
      world.later(longest * (0.1 + 0.9 * world.random()), { type: 'event-delivery', to, event, attempt: 1 } satisfies Delivery)
    }
    deliver(world.random() < eventStragglers ? eventDelivery * 20 : eventDelivery)
    if (world.random() < eventDuplicates) deliver(eventDelivery * 3)
  }
}

export function startDelivering(world: World, sendToQueue: SendToQueue): void {
  world.on<Delivery>('event-delivery', async (delivery) => {
    const subscription = subscriptions(world).get(delivery.to)
    if (!subscription) return
    const { schema } = subscription
    const status =
      'queue' in subscription
        ? await sendToQueue(subscription.queue, schema === 'CloudEvents' ? cloudEventOf(delivery.event) : delivery.event)
        : await send({ ...subscription, schema }, delivery)
    if ((status >= 200 && status <= 204) || hopeless.includes(status) || delivery.attempt >= mostAttempts) return
    const wait = (seconds[delivery.attempt - 1] ?? 43_200) * 1_000 * latencies(world).eventRetry
    world.later(wait * (1 + 0.1 * world.random()), { ...delivery, attempt: delivery.attempt + 1 })
  })
}

/** Azure asks a webhook whether it wants events before it sends any; so does this. A queue is not asked. */
export async function subscribe(world: World, subscription: EventSubscription): Promise<void> {
  if ('queue' in subscription) return void subscriptions(world).set(keyOf(subscription.source, urlOf(subscription.queue)), subscription)
  const refuse = (why: string): never => {
    throw new Error(`Event Grid could not validate ${new URL(subscription.url).pathname}: ${why}`)
  }
  if (subscription.schema === 'CloudEvents') {
    const answer = await call(subscription.url, 'OPTIONS', { 'webhook-request-origin': 'eventgrid.azure.net' }, '')
    const allowed = answer.headers['webhook-allowed-origin']
    if (answer.status !== 200 || (allowed !== '*' && allowed !== 'eventgrid.azure.net')) refuse(`OPTIONS answered ${answer.status}`)
  } else {
    const validationCode = world.uuid().toUpperCase()
    const event = {
      id: world.uuid(),
      topic: '/subscriptions',
      subject: '',
      data: { validationCode, validationUrl: 'https://rp-westeurope.eventgrid.azure.net/eventsubscriptions/connector/validate' },
      eventType: 'Microsoft.EventGrid.SubscriptionValidationEvent',
      eventTime: new Date(world.clock.now()).toISOString(),
      metadataVersion: '1',
      dataVersion: '2',
    }
    const headers = { 'aeg-event-type': 'SubscriptionValidation', 'content-type': 'application/json; charset=utf-8' }
    const answer = await call(subscription.url, 'POST', headers, JSON.stringify([event]))
    if (answer.status !== 200 || !answer.body.includes(validationCode)) refuse(`answered ${answer.status} ${answer.body.slice(0, 200)}`)
  }
  subscriptions(world).set(keyOf(subscription.source, subscription.url), subscription)
}

async function send({ url, schema }: Webhook & Pick<EventSubscription, 'schema'>, { event, attempt }: Delivery): Promise<number> {
  const common = { 'aeg-event-type': 'Notification', 'aeg-subscription-name': 'CONNECTOR', 'aeg-delivery-count': String(attempt - 1) }
  const [headers, body] =
    schema === 'CloudEvents'
      ? [{ ...common, 'content-type': 'application/cloudevents+json; charset=utf-8' }, cloudEventOf(event)]
      : [{ ...common, 'aeg-data-version': '2', 'aeg-metadata-version': '1', 'content-type': 'application/json; charset=utf-8' }, [event]]
  try {
    return (await call(url, 'POST', headers, JSON.stringify(body))).status
  } catch {
    return 0
  }
}

type Answer = { readonly status: number; readonly headers: Readonly<Record<string, string | string[] | undefined>>; readonly body: string }

/** Straight to the webhook, past any proxy that the process's environment names. */
function call(url: string, method: string, headers: Record<string, string>, body: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      url,
      { method, headers: { ...headers, 'content-length': Buffer.byteLength(body) }, timeout: timeToAnswer },
      (response) => {
        const parts: Buffer[] = []
        response.on('data', (part: Buffer) => parts.push(part))
        response.on('error', reject)
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts).toString() })
        })
      },
    )
    outgoing.on('timeout', () => outgoing.destroy(new Error('no answer within 30 s')))
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}
