// The W3C headers of a trace, `traceparent` and `tracestate`: read from the Functions host's invocation, written when the durable client starts an
// instance. https://www.w3.org/TR/trace-context/
import { createTraceState, isSpanContextValid, type TextMapPropagator, TraceFlags, trace } from '@opentelemetry/api'

const shape = /^(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-|$)/

export const traceContext: TextMapPropagator = {
  fields: () => ['traceparent', 'tracestate'],
  inject(context, carrier, setter) {
    const span = trace.getSpanContext(context)
    if (!span || !isSpanContextValid(span)) return
    const flags = (span.traceFlags & TraceFlags.SAMPLED).toString(16).padStart(2, '0')
    setter.set(carrier, 'traceparent', `00-${span.traceId}-${span.spanId}-${flags}`)
    const state = span.traceState?.serialize()
    if (state) setter.set(carrier, 'tracestate', state)
  },
  extract(context, carrier, getter) {
    const carried = (name: string): string | undefined => [getter.get(carrier, name)].flat()[0]
    const [, traceId, spanId, flags] = shape.exec(carried('traceparent') ?? '') ?? []
    if (traceId === undefined || spanId === undefined || flags === undefined) return context
    const state = carried('tracestate')
    const span = {
      traceId,
      spanId,
      traceFlags: Number.parseInt(flags, 16) & TraceFlags.SAMPLED,
      isRemote: true,
      ...(state ? { traceState: createTraceState(state) } : {}),
    }
    return isSpanContextValid(span) ? trace.setSpanContext(context, span) : context
  },
}
