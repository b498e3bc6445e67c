// Topics of Event Grid that take CloudEvents (<topic>.<region>-1.eventgrid.azure.net): only with a token, and from who may send there.
// https://learn.microsoft.com/azure/event-grid/post-to-custom-topic, https://learn.microsoft.com/azure/event-grid/cloud-event-schema
import { objectOf } from './arm/provider.ts'
import { resources } from './arm/resources.ts'
import type { Entra } from './entra/entra.ts'
import type { CloudRequest, CloudResponse, CloudService } from './http.ts'
import type { World } from './world.ts'

export type TopicOptions = {
  readonly verify: Entra['verify']
  mayDo(world: World, ask: { readonly principalId: string; readonly scope: string; readonly dataAction: string }): boolean
}

/** One that was sent to a topic. */
export type SentEvent = { readonly topic: string; readonly event: Readonly<Record<string, unknown>> }

const host = /^[a-z0-9-]+\.[a-z0-9-]+\.eventgrid\.azure\.net$/i
const type = 'microsoft.eventgrid/topics'
/** https://learn.microsoft.com/azure/event-grid/quotas-limits */
const mostBytes = 1024 * 1024

/** In the order in which they were sent. */
export const sentEvents = (world: World): readonly SentEvent[] => [...world.table<SentEvent>('sent events').values()]

export function createTopics(world: World, { verify, mayDo }: TopicOptions): CloudService {
  const topicAt = (hostname: string) =>
    [...resources(world).values()].find(
      (one) => one.type.toLowerCase() === type && String(objectOf(one.properties)['endpoint']).startsWith(`https://${hostname}/`),
    )

  async function handle(request: CloudRequest): Promise<CloudResponse> {
    const topic = topicAt(request.url.hostname)
    if (!topic) return { status: 0 } // its name does not resolve
    if (request.url.pathname !== '/api/events' || request.method !== 'POST')
      return refuse(404, 'NotFound', 'There is nothing at this address.')
    const claims = await verify(request.headers['authorization'], ['https://eventgrid.azure.net'])
    if (!claims) return refuse(401, 'Unauthorized', 'The request has neither a key nor a token of this audience.')
    const dataAction = 'Microsoft.EventGrid/events/send/action'
    if (!mayDo(world, { principalId: claims.oid, scope: topic.id, dataAction }))
      return refuse(403, 'Forbidden', `The principal ${claims.oid} may not perform ${dataAction} on ${topic.id}.`)
    if (request.body.length > mostBytes) return refuse(413, 'RequestEntityTooLarge', 'A request has at most 1 MB.')
    const events = eventsIn(request)
    if (!events) return refuse(400, 'BadRequest', 'This is no batch of CloudEvents 1.0 in JSON.')
    const sent = world.table<SentEvent>('sent events')
    for (const event of events) sent.set(String(sent.size).padStart(9, '0'), { topic: topic.id, event })
    return { status: 200 }
  }

  return { name: 'event-grid', owns: (hostname) => host.test(hostname), handle }
}

/** `undefined`: it is something else. https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md#required-attributes */
function eventsIn({ headers, body }: CloudRequest): readonly SentEvent['event'][] | undefined {
  const [, batch] = /^application\/cloudevents(-batch)?\+json\b/i.exec(headers['content-type'] ?? '') ?? []
  try {
    const read: unknown = JSON.parse(body.toString('utf8'))
    const events = batch === undefined ? [read] : read
    return Array.isArray(events) && /cloudevents/i.test(headers['content-type'] ?? '') && events.every(isEvent) ? events : undefined
  } catch {
    return undefined
  }
}

const isEvent = (event: unknown): boolean => {
  const given = objectOf(event)
  return given['specversion'] === '1.0' && ['id', 'source', 'type'].every((name) => typeof given[name] === 'string' && given[name] !== '')
}

const refuse = (status: number, code: string, message: string): CloudResponse => ({ status, body: { error: { code, message } } })
