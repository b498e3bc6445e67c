// The Event Grid webhook: handshakes and deliveries for functions with an Event Grid trigger.
//
// Every event is one invocation, all of a request in parallel; a single failing one fails the request, and Event Grid then sends the
// whole batch again. https://learn.microsoft.com/azure/event-grid/receive-events

import type { FunctionMetadata, RegisteredFunction } from './functions-core.ts'
import type { Invoke } from './invocation.ts'
import type { RpcValue } from './rpc-values.ts'
import { traceOf } from './trace.ts'
import { textAnswer, type WebAnswer, type WebRequest } from './web.ts'

export type EventGridParts = {
  readonly functions: ReadonlyMap<string, RegisteredFunction>
  /** `traceParent` is that of the request which brought the event. */
  readonly deliver: (target: RegisteredFunction, event: Record<string, unknown>, traceParent?: string) => Promise<void>
}

export const isEventGridFunction = ({ metadata }: RegisteredFunction): boolean =>
  Object.values(metadata.bindings).some(({ type }) => type === 'eventGridTrigger')

export type DeliveryParts = {
  readonly invoke: Invoke
  readonly extraInputs: (metadata: FunctionMetadata) => Record<string, RpcValue>
  readonly counted: (name: string) => void
  readonly failed: (what: string, error: unknown) => void
}

/** One event, one invocation. */
export const eventDelivery =
  ({ invoke, extraInputs, counted, failed }: DeliveryParts): EventGridParts['deliver'] =>
  async (target, event, traceParent) => {
    const { metadata } = target
    const binding = Object.entries(metadata.bindings).find(([, { type }]) => type === 'eventGridTrigger')?.[0] ?? ''
    const inputs = { [binding]: { json: JSON.stringify(event) }, ...extraInputs(metadata) }
    const triggerMetadata = event['data'] === undefined ? {} : { data: { json: JSON.stringify(event['data']) } }
    counted(metadata.name)
    try {
      await invoke(target, { inputs, triggerMetadata, ...(traceParent === undefined ? {} : { traceParent }) })
    } catch (error) {
      failed(metadata.name, error)
      throw error
    }
  }

/** Newtonsoft.Json reads texts that look like dates as dates, and writes them without trailing zeros. */
const reserialized = (value: unknown): unknown => {
  if (typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$/.test(value)) return value.replace(/\.?0*Z$/, 'Z')
  if (Array.isArray(value)) return value.map(reserialized)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, reserialized(inner)]))
}

const isEvent = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

const validationCode = (events: readonly unknown[]): string | undefined => {
  const first = events[0]
  if (!isEvent(first)) return undefined
  // A CloudEvent carries its data as JSON inside a text.
  const data: unknown = typeof first['data'] === 'string' ? JSON.parse(first['data']) : first['data']
  const code = isEvent(data) ? data['validationCode'] : undefined
  return typeof code === 'string' ? code : undefined
}

export const eventGridWebhook = ({ functions, deliver }: EventGridParts) => {
  const notify = async (target: RegisteredFunction, events: readonly unknown[], traceParent: string): Promise<WebAnswer> => {
    if (!events.every(isEvent)) return { status: 500 }
    const results = await Promise.allSettled(
      events.map((event) => deliver(target, reserialized(event) as Record<string, unknown>, traceParent)),
    )
    const failed = results.some(({ status }) => status === 'rejected')
    return failed ? textAnswer(500, `Exception while executing function: Functions.${target.metadata.name}`) : { status: 202 }
  }

  return async (request: WebRequest): Promise<WebAnswer> => {
    const name = request.query.get('functionName') ?? ''
    const target = functions.get(name)
    if (target === undefined || !isEventGridFunction(target)) return textAnswer(404, `cannot find function: '${name}'`)
    // CloudEvents' abuse protection, https://github.com/cloudevents/spec/blob/v1.0/http-webhook.md#4-abuse-protection
    if (request.method === 'OPTIONS') return { status: 200, headers: { 'Webhook-Allowed-Origin': 'eventgrid.azure.net' } }
    if (request.method !== 'POST') return { status: 400 }
    const type = String(request.headers['aeg-event-type'] ?? '')
    if (type === 'Unsubscribe') return { status: 202 }
    if (type !== 'SubscriptionValidation' && type !== 'Notification') return { status: 400 }
    let events: unknown[]
    try {
      const body: unknown = JSON.parse((await request.body()).toString('utf8'))
      events = Array.isArray(body) ? body : [body]
      if (type === 'Notification') return await notify(target, events, traceOf(request))
      const validationResponse = validationCode(events)
      return validationResponse === undefined ? { status: 500 } : textAnswer(200, JSON.stringify({ validationResponse }))
    } catch (error) {
      if (error instanceof SyntaxError) return { status: 500 }
      throw error
    }
  }
}
