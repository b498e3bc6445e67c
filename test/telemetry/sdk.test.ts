// The exporters that a story does not use: protobuf, and Application Insights.
import { globSync, readFileSync } from 'node:fs'
import type { TokenCredential } from '@azure/core-auth'
import { propagation, ROOT_CONTEXT, trace } from '@opentelemetry/api'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parseTelemetry } from '../../src/config/telemetry.ts'
import { createTelemetry } from '../../src/telemetry/observer.ts'
import { startSdk } from '../../src/telemetry/sdk.ts'
import { type Collector, startCollector } from './collector.ts'

let collector: Collector
const set = new Set<string>()
let stop = async (): Promise<void> => {}
beforeEach(async () => {
  collector = await startCollector()
})
afterEach(async () => {
  await stop()
  await collector.close()
  for (const name of set) delete process.env[name]
})

const nobody = (): TokenCredential => {
  throw new Error('No caller asked for a sign-in')
}

/** The exporters read some of these by themselves. */
async function started(env: Readonly<Record<string, string>>, signIn: () => TokenCredential = nobody) {
  for (const [name, value] of Object.entries(env)) {
    set.add(name)
    process.env[name] = value
  }
  const settings = parseTelemetry(env)
  if (!settings) throw new Error('There is no listener')
  stop = await startSdk(settings, signIn)
  return stop
}

function recordCall(): void {
  createTelemetry(Date.now).azureCall({
    method: 'GET',
    host: 'management.azure.com',
    path: '/providers/Microsoft.Storage/operations',
    status: 200,
    ms: 12,
  })
}

describe('what is sent', () => {
  it('is protobuf where nothing else is asked for', async () => {
    const stop = await started({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, WEBSITE_SITE_NAME: 'my-connector' })
    recordCall()
    await stop()
    expect(collector.received.map(({ path, type }) => `${path} ${type}`).sort()).toEqual([
      '/v1/metrics application/x-protobuf',
      '/v1/traces application/x-protobuf',
    ])
    for (const { body } of collector.received) expect(body.toString('latin1')).toContain('my-connector')
    expect(collector.received.map(({ body }) => body.toString('latin1')).join()).toContain('GET /providers/Microsoft.Storage/operations')
  })

  it('goes to Application Insights as well, with a sign-in where it wants one', async () => {
    const insights = await startCollector('https')
    const key = crypto.randomUUID()
    const input: unknown[] = []
    const signIn = {
      getToken: async (scopes: unknown) => {
        input.push(scopes)
        return { token: 'a-token', expiresOnTimestamp: Date.now() + 3_600_000 }
      },
    }
    const stop = await started(
      {
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
        APPLICATIONINSIGHTS_CONNECTION_STRING: `InstrumentationKey=${key};IngestionEndpoint=${insights.url}/`,
        APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=x;Authorization=AAD',
        APPLICATION_INSIGHTS_NO_STATSBEAT: '1',
        APPLICATIONINSIGHTS_SDKSTATS_DISABLED: '1',
      },
      () => signIn,
    )
    recordCall()
    await stop()
    await insights.close()
    const text = insights.received.map(({ body }) => body.toString()).join('\n')
    expect(text).toContain(key)
    expect(text).toContain('GET /providers/Microsoft.Storage/operations')
    expect(text).toContain('connector.client.request.duration')
    expect(text).not.toContain('a-token')
    expect(input.flat()).toContainEqual(expect.stringMatching(/^https:\/\/monitor\.azure\.com\/+\.default$/))
    expect(collector.spans.map(({ name }) => name)).toEqual(['GET /providers/Microsoft.Storage/operations'])
  })

  it('is nothing after the end, and a second start listens again', async () => {
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' }
    await (await started(env))()
    recordCall()
    expect(collector.spans).toEqual([])
    const stop = await started(env)
    recordCall()
    await stop()
    expect(collector.spans).toHaveLength(1)
  })
})

describe('the gauges', () => {
  it('say what was told lately, and nothing of what is old', async () => {
    let now = 0
    const stop = await started({
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_METRIC_EXPORT_INTERVAL: '100',
    })
    const { observer } = createTelemetry(() => now)
    observer.counted({ states: new Map([['Succeeded', 3]]), operations: 2 })
    now += 60_000
    observer.beat(4, 300_000)
    const values = () => Object.fromEntries(collector.points().map(({ metric, value }) => [metric, value]))
    await expect.poll(values).toEqual({
      'connector.loops.overdue': 4,
      'connector.loops.overdue.longest': 300,
      'connector.connections': 3,
      'connector.operations': 2,
      'connector.mistakes': 0,
    })
    now += 10 * 60_000
    await new Promise((resolve) => setTimeout(resolve, 150))
    const before = collector.received.length
    await expect.poll(() => collector.received.length).toBeGreaterThan(before)
    const last = collector.received.at(-1)?.body.toString() ?? ''
    expect(last).toContain('connector.connections')
    expect(last).not.toContain('connector.loops.overdue')
    await stop()
  })
})

describe('a trace', () => {
  const parent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'

  it('goes on where the host began it, and on to the durable client', async () => {
    const stop = await started({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' })
    // What other vendors keep of a trace goes on with it.
    const carried = { traceparent: parent, tracestate: 'az=1,congo=t61rcWkgMzE' }
    const context = propagation.extract(ROOT_CONTEXT, carried)
    const carrier: Record<string, string> = {}
    propagation.inject(context, carrier)
    expect(carrier).toEqual(carried)
    trace.getTracer('x').startSpan('child', {}, context).end()
    await stop()
    expect(collector.spans).toMatchObject([{ traceId: '4bf92f3577b34da6a3ce929d0e0e4736', parentSpanId: '00f067aa0ba902b7' }])
  })

  it.each(['', 'nonsense', `ff${parent.slice(2)}`, `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`])(
    'starts afresh behind %j',
    async (traceparent) => {
      const stop = await started({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' })
      expect(trace.getSpanContext(propagation.extract(ROOT_CONTEXT, { traceparent }))).toBeUndefined()
      await stop()
    },
  )
})

describe('the settings', () => {
  it.each<[string, Record<string, string>]>([
    ['none', {}],
    ['empty ones', { OTEL_EXPORTER_OTLP_ENDPOINT: '' }],
    ['gRPC, which only the host speaks', { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://a', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }],
    ['switched off', { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://a', OTEL_SDK_DISABLED: 'true' }],
  ])('with %s mean that there is no listener', (_what, env) => expect(parseTelemetry(env)).toBeUndefined())

  it('sign in to Application Insights only where it wants that', () => {
    const env = { APPLICATIONINSIGHTS_CONNECTION_STRING: 'InstrumentationKey=x' }
    expect(parseTelemetry(env)?.applicationInsights?.signIn).toBe(false)
    const signIn = { ...env, APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=x;Authorization=AAD' }
    expect(parseTelemetry(signIn)?.applicationInsights?.signIn).toBe(true)
  })

  it('are not refused for a number that is none', () => {
    expect(parseTelemetry({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://a', OTEL_METRIC_EXPORT_INTERVAL: 'often' })?.metricIntervalMs).toBe(60_000)
  })
})

it('is documented: every metric, span attribute and event of a log line has its word on the page', () => {
  const page = readFileSync('docs/observability.md', 'utf8')
  const source = globSync('src/{telemetry,steps,functions,orchestrations}/*.ts').map((file) => readFileSync(file, 'utf8'))
  const words = source.flatMap((text) => [
    ...[...text.matchAll(/'(connector\.[a-z.]+)'/g)].map(([, word]) => word),
    ...[...text.matchAll(/\bevent: '([a-z ]+)'/g)].map(([, word]) => word),
  ])
  expect(words.length).toBeGreaterThan(25)
  for (const word of words) expect(page).toContain(`\`${word}\``)
})
