// How calls of the app's own DurableClient fail: a wake is one call, and any of them can get lost between app and hub.

import type { ClientCall, HostOptions } from '../contract.ts'
import { jsonAnswer, type WebAnswer, type WebRequest } from '../web.ts'

const operations = { raiseevent: 'raise', terminate: 'terminate' } as const

/** `path` is what follows the API's prefix. */
function callOf({ method }: WebRequest, path: string): ClientCall {
  const [, kind = '', first = '', second = ''] = path.split('?')[0]?.split('/') ?? []
  if (kind.toLowerCase() === 'orchestrators' && method === 'POST') return { operation: 'start', instanceId: second }
  const operation = method === 'POST' ? operations[second.toLowerCase() as keyof typeof operations] : undefined
  return { operation: operation ?? 'other', instanceId: first }
}

export function clientFault(request: WebRequest, path: string, faultOf: HostOptions['clientFault']): WebAnswer | undefined {
  if (faultOf === undefined) return undefined
  const call = callOf(request, path)
  const fault = faultOf(call)
  if (fault === undefined) return undefined
  if (fault === 'refused') return jsonAnswer(503, { Message: 'The service is unavailable.' })
  return jsonAnswer(202, call.operation === 'start' ? { id: call.instanceId } : {})
}
