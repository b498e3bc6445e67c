// Reports to OpenTelemetry what the loops do: a span for each activity, with waits, problems and changes as its events, and counts. Only the API is
// used here, which does nothing until sdk.ts has set up the exporters. Names follow OpenTelemetry's conventions, with `connector.` before the app's
// own words; docs/observability.md lists them.
//
// Instruments are made by `createObserver`, not at import: an instrument made before the SDK is set up never records anything.
import { type Attributes, context, metrics, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { mistakesSoFar } from '../errors/own-mistake.ts'
import { redact } from '../errors/redact.ts'
import { type OutsideCall, providerOf, templateOf } from '../model/outside-call.ts'
import type { Observer } from '../ports/observer.ts'
import { gauges } from './gauges.ts'
import { loopFields } from './log.ts'

export type Telemetry = { readonly observer: Observer; readonly azureCall: Tell; readonly kubernetesCall: Tell }
type Tell = (call: OutsideCall) => void

const scope = 'aks-service-connector'
/** Seconds. From a read that takes no time to an activity near its limit of ten minutes. */
const boundaries = [0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300]
const most = 20
const failing: ReadonlySet<string> = new Set(['failed', 'lost'])

export function createTelemetry(now: () => number): Telemetry {
  const tracer = trace.getTracer(scope)
  const meter = metrics.getMeter(scope)
  const seconds = { unit: 's', advice: { explicitBucketBoundaries: boundaries } }
  const attempts = meter.createCounter('connector.step.attempts', { description: 'Attempts at a step, by outcome' })
  const durations = meter.createHistogram('connector.activity.duration', { ...seconds, description: 'Attempts and decisions of loops' })
  const requests = meter.createHistogram('connector.client.request.duration', { ...seconds, description: 'Requests to Azure and clusters' })
  const throttled = meter.createCounter('connector.client.request.throttled', { description: 'Requests answered with 429' })
  meter
    .createObservableCounter('connector.mistakes', { description: 'Mistakes of the app itself (InternalError)' })
    .addCallback((to) => to.observe(mistakesSoFar()))
  const { beat, counted, swept } = gauges(meter, now)

  /** A call is reported when it is over; it belongs to the activity that made it. */
  const call =
    (api: 'arm' | 'kubernetes'): Tell =>
    ({ method, host, path, status, ms }) => {
      const isTable = api === 'arm' && host.includes('.table.')
      const provider = api === 'arm' && !isTable ? providerOf(path) : undefined
      const template = isTable ? '/{}' : templateOf(path)
      const attributes: Attributes = {
        'connector.api': isTable ? 'table' : api,
        ...(provider === undefined ? {} : { 'connector.provider': provider }),
        'http.request.method': method,
        ...(status === undefined ? { 'error.type': 'no answer' } : { 'http.response.status_code': status }),
      }
      requests.record(ms / 1000, attributes)
      if (status === 429) throttled.add(1, { 'connector.api': attributes['connector.api'], 'connector.provider': provider })
      const ended = Date.now()
      const span = tracer.startSpan(`${method} ${template}`, {
        kind: SpanKind.CLIENT,
        startTime: ended - ms,
        attributes: { ...attributes, 'server.address': host, 'url.template': template },
      })
      if (status === undefined || status >= 400) span.setStatus({ code: SpanStatusCode.ERROR })
      span.end(ended)
    }

  const observer: Observer = {
    async during(activity, loop, run, outcome) {
      const attributes: Attributes = { 'connector.activity': activity, 'connector.loop.kind': loop.kind }
      const { cluster, connection } = loopFields(loop)
      const began = performance.now()
      const span = tracer.startSpan(activity, {
        attributes: {
          ...attributes,
          'connector.loop.id': loop.id,
          ...(cluster === undefined ? {} : { 'connector.cluster': cluster }),
          ...(connection === undefined ? {} : { 'connector.connections': [connection] }),
        },
      })
      const done = (word: string): void => {
        durations.record((performance.now() - began) / 1000, { ...attributes, 'connector.outcome': word })
        span.setAttribute('connector.outcome', word)
        if (failing.has(word)) span.setStatus({ code: SpanStatusCode.ERROR })
        span.end()
      }
      try {
        const result = await context.with(trace.setSpan(context.active(), span), run)
        done(outcome(result))
        return result
      } catch (error) {
        span.addEvent('exception', { 'exception.message': redact(String(error)) })
        done('lost')
        throw error
      }
    },
    attempted({ step, loop, connections, after }) {
      const { outcome } = after
      attempts.add(1, { 'connector.step': step, 'connector.loop.kind': loop.kind, 'connector.outcome': outcome.kind })
      const span = trace.getActiveSpan()
      if (!span) return
      const names = [...new Set(connections.map(({ name }) => name))]
      span.setAttributes({
        'connector.step': step,
        'connector.attempts': after.attempts,
        'connector.connections': names.slice(0, most),
        'connector.problems': [...new Set(outcome.problems.map(({ code }) => code))],
      })
      for (const { text } of outcome.waits.slice(0, most)) event(span, 'wait', { text })
      for (const { code, text } of outcome.problems.slice(0, most)) event(span, 'problem', { code, text })
      for (const text of outcome.changed.slice(0, most)) event(span, 'change', { text })
      if (outcome.operation) event(span, 'operation', { text: outcome.operation.what })
    },
    beat,
    counted,
    swept,
    idle: false,
  }
  return { observer, azureCall: call('arm'), kubernetesCall: call('kubernetes') }
}

const event = (span: Span, name: string, fields: Readonly<Record<string, string>>): void => {
  span.addEvent(name, Object.fromEntries(Object.entries(fields).map(([field, text]) => [`connector.${field}`, redact(text)])))
}
