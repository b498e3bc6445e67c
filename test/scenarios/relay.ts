// Stands between Event Grid and the app's webhook, and does to each event what a story says: lost, doubled, late, or kept back until asked for.
import { createServer, type IncomingHttpHeaders, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Clock } from '../../src/local/clock.ts'
import type { EventSubscription } from '../../src/local/cloud/event-grid.ts'
import type { Scenario } from './story.ts'

/** In how many milliseconds of virtual time it is delivered, once for each; nothing = lost. */
export type Deliveries = readonly number[]
export const delivered: Deliveries = [0]

type Kept = { readonly headers: IncomingHttpHeaders; readonly path: string; readonly body: Buffer }
type Relayed = { readonly resource: string; readonly operation: string; readonly appId: string }

export type Relay = {
  readonly url: (webhook: string) => string
  /** Every event that came, oldest first. */
  readonly events: readonly Relayed[]
  deliveries: (event: Relayed, index: number) => Deliveries
  /** The webhook's host answers nothing but 503; Event Grid will try again. */
  down: boolean
  /** Delivers an event that came before once more. */
  again(index: number): Promise<void>
  close(): Promise<void>
}

/** All events of a story that was begun without any go through it. */
export async function relayed(story: Scenario, schema: EventSubscription['schema'] = 'EventGrid'): Promise<Relay> {
  const relay = await startRelay(story.clock)
  await story.cloud.subscribeEvents({ url: relay.url(`${story.host.url}/runtime/webhooks/EventGrid?functionName=azure-events`), schema })
  return relay
}

async function startRelay(clock: Clock): Promise<Relay> {
  let target = ''
  const events: Relayed[] = []
  const all: Kept[] = []
  const forward = ({ headers, path, body }: Kept): Promise<{ status: number; headers: IncomingHttpHeaders; body: Buffer }> =>
    new Promise((done, failed) => {
      const { host: _, connection: __, ...kept } = headers
      const sent = request(`${target}${path}`, { method: body.length > 0 ? 'POST' : 'OPTIONS', headers: kept }, (response) => {
        const parts: Buffer[] = []
        response.on('data', (part: Buffer) => parts.push(part))
        response.on('end', () => done({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts) }))
      })
      sent.on('error', failed)
      sent.end(body)
    })
  const server = createServer(async (incoming, outgoing) => {
    const parts: Buffer[] = []
    for await (const part of incoming) parts.push(part as Buffer)
    const kept: Kept = { headers: incoming.headers, path: incoming.url ?? '', body: Buffer.concat(parts) }
    if (incoming.headers['aeg-event-type'] !== 'Notification') {
      const answer = await forward(kept)
      outgoing.writeHead(answer.status, answer.headers).end(answer.body)
      return
    }
    if (relay.down) {
      outgoing.writeHead(503).end()
      return
    }
    const event = relayedOf(kept.body)
    events.push(event)
    all.push(kept)
    for (const ms of relay.deliveries(event, events.length - 1)) clock.at(clock.now() + ms, () => void deliver(kept))
    outgoing.writeHead(200).end()
  })
  /** Time stands still until the webhook has answered; what it refuses is lost here, for the relay is no Event Grid. */
  const deliver = async (kept: Kept): Promise<void> => {
    const free = clock.busy('the delivery of an event')
    await forward(kept).catch(() => undefined)
    free()
  }
  const relay: Relay = {
    url(webhook) {
      const { origin, pathname, search } = new URL(webhook)
      target = origin
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}${pathname}${search}`
    },
    events,
    deliveries: () => delivered,
    down: false,
    async again(index) {
      const kept = all[index]
      if (kept) await deliver(kept)
    },
    close: () => new Promise((done) => void server.close(() => done()).closeAllConnections()),
  }
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  return relay
}

function relayedOf(body: Buffer): Relayed {
  const [event] = [JSON.parse(body.toString())].flat() as [
    { data: { resourceUri: string; operationName: string; claims: { appid: string } } },
  ]
  return { resource: event.data.resourceUri, operation: event.data.operationName, appId: event.data.claims.appid }
}
