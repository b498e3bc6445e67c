// The same events by a Storage queue, for networks that no webhook reaches: Event Grid writes them into the queue, and the app reads it outbound. The handler
// is that of the webhook. A message that is no event is dropped; one that fails is tried again by the host, and timers find what gets lost.
import { app, type InvocationContext } from '@azure/functions'
import type { HandlerContextOf } from '../http/handler-context.ts'
import { hubInputs } from '../hub.ts'
import { azureEvent } from './azure-events.event-grid.ts'

/** `queue`: its name in the storage account of the host. https://learn.microsoft.com/azure/event-grid/handler-storage-queues */
export function registerAzureEventQueue(services: HandlerContextOf, queue: string): void {
  app.storageQueue('azure-events-queue', {
    queueName: queue,
    connection: 'AzureWebJobsStorage',
    extraInputs: hubInputs,
    handler: (message, context) => queuedEvents(services, message, context),
  })
}

/** One after the other: a message of a batch that fails is read again as a whole, and what was woken once is not woken twice. */
export async function queuedEvents(servicesOf: HandlerContextOf, message: unknown, context: InvocationContext): Promise<void> {
  for (const event of eventsIn(message)) await azureEvent(servicesOf, event, context)
}

/** The host decodes Base64, and the worker parses JSON where it can; a queue may have been filled by others. */
function eventsIn(message: unknown): readonly unknown[] {
  const content = typeof message === 'string' ? parsed(message) : message
  return Array.isArray(content) ? content : [content]
}

function parsed(text: string): unknown {
  for (const one of [text, Buffer.from(text, 'base64').toString('utf8')]) {
    try {
      return JSON.parse(one)
    } catch {
      // The next form, or none.
    }
  }
  return undefined
}
