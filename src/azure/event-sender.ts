// Sends CloudEvents to one endpoint, as a batch: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md#33-batched-content-mode
//
// A topic of Event Grid takes them with a token of the app's identity: https://learn.microsoft.com/azure/event-grid/authenticate-with-microsoft-entra-id
import { failureOf } from '../errors/classify.ts'
import type { Announcing } from '../ports/announcing.ts'
import type { AzureClientOptions } from './client-options.ts'
import { createSend } from './raw.ts'

/** `audience`: of the tokens that the endpoint takes. Absent: that of Event Grid for a topic, and for any other endpoint no token is sent. */
export type EventsEndpoint = { readonly endpoint: string; readonly audience?: string }

const topic = /^https:\/\/[a-z0-9-]+\.[a-z0-9-]+\.eventgrid\.azure\.(?:net|us|cn)\//i
/** https://learn.microsoft.com/azure/event-grid/post-to-custom-topic#endpoint */
const topicVersion = 'api-version=2018-01-01'

export function createEventSender(azure: AzureClientOptions, { endpoint, audience }: EventsEndpoint): Announcing['send'] {
  const isTopic = topic.test(endpoint)
  const scope = audience ?? (isTopic ? 'https://eventgrid.azure.net' : undefined)
  const send = createSend(azure, scope && `${scope}/.default`)
  const url = isTopic && !endpoint.includes('api-version=') ? `${endpoint}${endpoint.includes('?') ? '&' : '?'}${topicVersion}` : endpoint
  const doing = `send events to ${new URL(endpoint).hostname}`
  return async (events) => {
    const { status, headers, bodyAsText } = await send('POST', url, doing, events, {
      'content-type': 'application/cloudevents-batch+json; charset=utf-8',
    })
    if (status < 200 || status >= 300) throw failureOf({ status, body: bodyAsText ?? '', headers, doing })
  }
}
