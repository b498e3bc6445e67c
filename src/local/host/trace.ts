// Where an invocation stands in a trace. ASP.NET begins a span for every request, or goes on with the caller's; what the host runs by itself (activities,
// orchestrations, timers) has no span of the host above it: its `traceParent` is empty. https://www.w3.org/TR/trace-context/

import { randomBytes } from 'node:crypto'
import type { WebRequest } from './web.ts'

const given = /^(?!ff)[0-9a-f]{2}-((?!0{32})[0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})(?:-|$)/

export function traceOf({ headers }: Pick<WebRequest, 'headers'>): string {
  const [, trace = randomBytes(16).toString('hex'), flags = '01'] = given.exec(String(headers['traceparent'] ?? '')) ?? []
  return `00-${trace}-${randomBytes(8).toString('hex')}-${flags}`
}
