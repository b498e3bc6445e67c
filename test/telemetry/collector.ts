// A collector that listens to OTLP over HTTP in JSON, and to Application Insights' own protocol: it keeps what it is sent, as it came and read.
// https://opentelemetry.io/docs/specs/otlp/#otlphttp
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { createAuthority, issue } from '../../src/local/cloud/certificates.ts'
import { trustCa } from '../../src/local/cloud/trust.ts'

type Value = {
  readonly stringValue?: string
  readonly intValue?: number | string
  readonly doubleValue?: number
  readonly arrayValue?: { readonly values?: readonly Value[] }
}
type Attribute = { readonly key: string; readonly value: Value }
type Fields = Readonly<Record<string, unknown>>

type Span = {
  readonly name: string
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string | undefined
  readonly failed: boolean
  readonly attributes: Fields
  readonly events: readonly { readonly name: string; readonly attributes: Fields }[]
}
/** `value`: the count of a histogram, what is counted or measured else; the latest of each set of attributes. */
type Point = { readonly metric: string; readonly attributes: Fields; readonly value: number }

export type Collector = {
  readonly url: string
  readonly spans: readonly Span[]
  readonly resource: Fields
  points(metric?: string): readonly Point[]
  /** Every body as it was sent, with its path and type. */
  readonly received: readonly { readonly path: string; readonly type: string; readonly body: Buffer }[]
  close(): Promise<void>
}

/** `https`: with a certificate that this process trusts from now on. */
export async function startCollector(scheme: 'http' | 'https' = 'http'): Promise<Collector> {
  const spans: Span[] = []
  const points = new Map<string, Point>()
  const received: { path: string; type: string; body: Buffer }[] = []
  let resource: Fields = {}
  const listener = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part)
    const raw = Buffer.concat(parts)
    const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw
    const type = request.headers['content-type'] ?? ''
    received.push({ path: request.url ?? '', type, body })
    if (type.startsWith('application/json') && request.url?.startsWith('/v1/')) {
      const sent = JSON.parse(body.toString()) as Sent
      for (const one of [...(sent.resourceSpans ?? []), ...(sent.resourceMetrics ?? [])]) resource = fieldsOf(one.resource?.attributes)
      for (const { scopeSpans = [] } of sent.resourceSpans ?? [])
        for (const { spans: some = [] } of scopeSpans) spans.push(...some.map(spanOf))
      for (const { scopeMetrics = [] } of sent.resourceMetrics ?? [])
        for (const { metrics = [] } of scopeMetrics)
          for (const metric of metrics)
            for (const point of pointsOf(metric)) points.set(JSON.stringify([point.metric, point.attributes]), point)
    }
    const items =
      type.startsWith('application/json') && request.url?.includes('/track') ? (JSON.parse(body.toString()) as unknown[]).length : 0
    response.setHeader('content-type', 'application/json')
    response.end(items > 0 ? JSON.stringify({ itemsReceived: items, itemsAccepted: items, errors: [] }) : type.includes('json') ? '{}' : '')
  }
  const server = scheme === 'http' ? createServer(listener) : createTlsServer(await certificate(), listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    received,
    get resource() {
      return resource
    },
    points: (metric) => [...points.values()].filter((point) => metric === undefined || point.metric === metric),
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function certificate(): Promise<{ readonly cert: string; readonly key: string }> {
  const authority = await createAuthority('collector')
  trustCa(authority.pem)
  return await issue(authority, ['127.0.0.1'])
}

type SentSpan = {
  readonly name: string
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly status?: { readonly code?: number }
  readonly attributes?: readonly Attribute[]
  readonly events?: readonly { readonly name: string; readonly attributes?: readonly Attribute[] }[]
}
type SentPoint = {
  readonly attributes?: readonly Attribute[]
  readonly asInt?: number | string
  readonly asDouble?: number
  readonly count?: number | string
}
type SentMetric = { readonly name: string } & Readonly<
  Partial<Record<'sum' | 'gauge' | 'histogram', { readonly dataPoints: readonly SentPoint[] }>>
>
type Sent = {
  readonly resourceSpans?: readonly {
    readonly resource?: Resource
    readonly scopeSpans?: readonly { readonly spans?: readonly SentSpan[] }[]
  }[]
  readonly resourceMetrics?: readonly {
    readonly resource?: Resource
    readonly scopeMetrics?: readonly { readonly metrics?: readonly SentMetric[] }[]
  }[]
}
type Resource = { readonly attributes?: readonly Attribute[] }

const spanOf = ({ name, traceId, spanId, parentSpanId, status, attributes, events = [] }: SentSpan): Span => ({
  name,
  traceId,
  spanId,
  parentSpanId,
  failed: status?.code === 2,
  attributes: fieldsOf(attributes),
  events: events.map((event) => ({ name: event.name, attributes: fieldsOf(event.attributes) })),
})

const pointsOf = ({ name, ...kinds }: SentMetric): readonly Point[] =>
  (kinds.sum ?? kinds.gauge ?? kinds.histogram)?.dataPoints.map((point) => ({
    metric: name,
    attributes: fieldsOf(point.attributes),
    value: Number(point.count ?? point.asInt ?? point.asDouble),
  })) ?? []

const fieldsOf = (attributes: readonly Attribute[] = []): Fields =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, plain(value)]))
const plain = (value: Value): unknown =>
  value.arrayValue ? (value.arrayValue.values ?? []).map(plain) : (value.stringValue ?? value.doubleValue ?? Number(value.intValue))
