// OpenTelemetry's SDK: exports the spans and counts. A separate file in the deployment (build.mjs), loaded only if telemetry is on, because it is
// larger than many a function app.
//
// The exporters read the standard settings themselves (OTEL_EXPORTER_OTLP_ENDPOINT, …_HEADERS, …_TIMEOUT; OTEL_BSP_*); what chooses between them
// comes parsed. Traces begin in the Functions host, which keeps or drops them as a whole: parents decide.
import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import type { TokenCredential } from '@azure/core-auth'
import { context, metrics, propagation, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources'
import {
  AggregationTemporality,
  InstrumentType,
  MeterProvider,
  type MetricReader,
  PeriodicExportingMetricReader,
  type PushMetricExporter,
} from '@opentelemetry/sdk-metrics'
import { BasicTracerProvider, BatchSpanProcessor, type SpanExporter } from '@opentelemetry/sdk-trace-base'
import type { TelemetrySettings } from '../config/telemetry.ts'

type Exporters = { readonly spans: SpanExporter; readonly metrics: PushMetricExporter }

/** `credential`: only used if Application Insights needs a sign-in. Returns how to stop, which sends what is left. */
export async function startSdk(settings: TelemetrySettings, credential: () => TokenCredential): Promise<() => Promise<void>> {
  const exporters = await Promise.all([
    ...(settings.otlp ? [otlp(settings.otlp, settings.proxy)] : []),
    ...(settings.applicationInsights ? [applicationInsights(settings.applicationInsights, credential)] : []),
  ])
  // OTEL_RESOURCE_ATTRIBUTES and OTEL_SERVICE_NAME override the app's own attributes.
  const resource = resourceFromAttributes(settings.resource).merge(detectResources({ detectors: [envDetector] }))
  const tracing = new BasicTracerProvider({ resource, spanProcessors: exporters.map(({ spans }) => new BatchSpanProcessor(spans)) })
  const metering = new MeterProvider({
    resource,
    readers: exporters.map(({ metrics: exporter }) =>
      forgetful(new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: settings.metricIntervalMs })),
    ),
  })
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  propagation.setGlobalPropagator(new W3CTraceContextPropagator())
  trace.setGlobalTracerProvider(tracing)
  metrics.setGlobalMeterProvider(metering)
  return async () => {
    await Promise.allSettled([tracing.shutdown(), metering.shutdown()])
    for (const api of [context, propagation, trace, metrics]) api.disable()
  }
}

/** A value that a gauge no longer reports must disappear: with cumulative sums, the SDK would repeat the last one forever. */
function forgetful(reader: MetricReader): MetricReader {
  const otherwise = reader.selectAggregationTemporality.bind(reader)
  return Object.assign(reader, {
    selectAggregationTemporality: (type: InstrumentType) =>
      type === InstrumentType.OBSERVABLE_GAUGE ? AggregationTemporality.DELTA : otherwise(type),
  })
}

async function otlp({ protocol }: NonNullable<TelemetrySettings['otlp']>, proxy: TelemetrySettings['proxy']): Promise<Exporters> {
  const agent = (scheme: string) =>
    scheme === 'https:' ? new HttpsAgent({ keepAlive: true, proxyEnv: { ...proxy } }) : new HttpAgent({ keepAlive: true })
  const [traces, meters] = await (protocol === 'http/json'
    ? Promise.all([import('@opentelemetry/exporter-trace-otlp-http'), import('@opentelemetry/exporter-metrics-otlp-http')])
    : Promise.all([import('@opentelemetry/exporter-trace-otlp-proto'), import('@opentelemetry/exporter-metrics-otlp-proto')]))
  const options = { httpAgentOptions: agent }
  return { spans: new traces.OTLPTraceExporter(options), metrics: new meters.OTLPMetricExporter(options) }
}

async function applicationInsights(
  { connectionString, signIn }: NonNullable<TelemetrySettings['applicationInsights']>,
  credential: () => TokenCredential,
): Promise<Exporters> {
  const { AzureMonitorMetricExporter, AzureMonitorTraceExporter } = await import('@azure/monitor-opentelemetry-exporter')
  const options = { connectionString, disableOfflineStorage: true, ...(signIn ? { credential: credential() } : {}) }
  return { spans: new AzureMonitorTraceExporter(options), metrics: new AzureMonitorMetricExporter(options) }
}
