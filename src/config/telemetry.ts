// Where traces and metrics go, by the settings of the platform and of OpenTelemetry.
import * as z from 'zod'
import { type Environment, given, type ProxySettings, proxyIn } from './environment.ts'

/**
 * Settings of the platform and of OpenTelemetry; none of them can keep the app from starting.
 * https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 */
const telemetrySettings = z.object({
  OTEL_SDK_DISABLED: z.string().optional(),
  OTEL_EXPORTER_OTLP_ENDPOINT: z.string().optional(),
  /** The Functions host also supports gRPC, which the worker does not: in that case the worker exports nothing. */
  OTEL_EXPORTER_OTLP_PROTOCOL: z.enum(['http/protobuf', 'http/json', 'other']).default('http/protobuf').catch('other'),
  OTEL_METRIC_EXPORT_INTERVAL: z.coerce.number().int().min(100).catch(60_000),
  APPLICATIONINSIGHTS_CONNECTION_STRING: z.string().optional(),
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: z.string().default(''),
  WEBSITE_SITE_NAME: z.string().default('aks-service-connector'),
  WEBSITE_INSTANCE_ID: z.string().optional(),
  REGION_NAME: z.string().optional(),
})

/** Where traces and metrics go; both destinations can be used at once. */
export type TelemetrySettings = {
  readonly otlp?: { readonly protocol: 'http/protobuf' | 'http/json' }
  readonly applicationInsights?: { readonly connectionString: string; readonly signIn: boolean }
  readonly metricIntervalMs: number
  /** Resource attributes of this app instance. */
  readonly resource: Readonly<Record<string, string>>
  readonly proxy: ProxySettings
}

/** `undefined`: telemetry is off. */
export function parseTelemetry(env: Environment): TelemetrySettings | undefined {
  const data = telemetrySettings.parse(given(env))
  const protocol = data.OTEL_EXPORTER_OTLP_PROTOCOL
  const otlp = data.OTEL_EXPORTER_OTLP_ENDPOINT && protocol !== 'other' ? { protocol } : undefined
  const connectionString = data.APPLICATIONINSIGHTS_CONNECTION_STRING
  if (data.OTEL_SDK_DISABLED === 'true' || !(otlp || connectionString)) return undefined
  const signIn = /Authorization=AAD/i.test(data.APPLICATIONINSIGHTS_AUTHENTICATION_STRING)
  return {
    ...(otlp ? { otlp } : {}),
    ...(connectionString ? { applicationInsights: { connectionString, signIn } } : {}),
    metricIntervalMs: data.OTEL_METRIC_EXPORT_INTERVAL,
    resource: {
      'service.name': data.WEBSITE_SITE_NAME,
      ...(data.WEBSITE_INSTANCE_ID ? { 'service.instance.id': data.WEBSITE_INSTANCE_ID } : {}),
      'cloud.provider': 'azure',
      'cloud.platform': 'azure.functions',
      ...(data.REGION_NAME ? { 'cloud.region': data.REGION_NAME } : {}),
    },
    proxy: proxyIn(env),
  }
}
