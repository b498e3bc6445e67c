// The only reader of process.env, parsed once. Every setting has the prefix CONNECTOR_; docs/settings.md lists them.
import * as z from 'zod'
import { SettingsError } from './errors/settings-error.ts'
import type { OwnResources } from './model/guarded.ts'
import { type SweepSettings, sweepModes } from './model/leftover.ts'
import { isStepName, stepNames } from './model/step-name.ts'
import type { Installation } from './model/view.ts'

const minutes = (fallback: number) =>
  z.coerce
    .number()
    .positive()
    .max(60_000)
    .default(fallback)
    .transform((value) => value * 60_000)

/** https://learn.microsoft.com/rest/api/storageservices/naming-queues-and-metadata#queue-names */
const eventQueueName = z.string().regex(/^[a-z0-9](?!.*--)[a-z0-9-]{1,61}[a-z0-9]$/, 'is the name of a Storage queue')

const schema = z.object({
  CONNECTOR_STORAGE_ACCOUNT: z.string().regex(/^[a-z0-9]{3,24}$/, 'is the name of the storage account that holds the table'),
  CONNECTOR_TABLE: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9]{2,62}$/, 'is a table name: letters and digits')
    .default('connector'),
  CONNECTOR_TENANT_ID: z.uuid('is the tenant id, a UUID'),
  CONNECTOR_INSTALLATION: z
    .string()
    .regex(/^[a-z0-9]{1,12}$/, 'is 1 to 12 of a-z 0-9')
    .default('main'),
  /** Comma-separated: `api://<client id>,<client id>`. */
  CONNECTOR_AUDIENCE: z
    .string()
    .min(1, 'is the audience of tokens for this app: api://<client id of its app registration>')
    .transform((text) => text.split(',').map((audience) => audience.trim())),
  /** The app's URL for callers, if a proxy in front does not report it in its headers. */
  CONNECTOR_PUBLIC_URL: z.url({ protocol: /^https$/ }).optional(),
  CONNECTOR_CALLERS: z.literal('entra', "is 'entra'; 'key' is not supported yet").default('entra'),
  CONNECTOR_IDENTITY_GROUP: z
    .string()
    .regex(/^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+$/i, 'is a resource group id')
    .optional(),
  CONNECTOR_KEY_VAULT: z
    .string()
    .regex(/^https:\/\/[a-z0-9-]{3,24}\.vault\.azure\.net\/?$/i, 'is the address of a Key Vault: https://<name>.vault.azure.net')
    .transform((text) => text.toLowerCase().replace(/\/$/, ''))
    .optional(),
  CONNECTOR_PUBLISH_STATUS: z.enum(['on', 'off'], "is 'on' or 'off'").default('on'),
  /** Read at start, too: without it no queue is listened to. */
  CONNECTOR_EVENT_QUEUE: eventQueueName.optional(),
  CONNECTOR_DECLARE_IN_CLUSTER: z.enum(['on', 'off'], "is 'on' or 'off'").default('off'),
  CONNECTOR_TARGET_CONSENT: z.enum(['on', 'off'], "is 'on' or 'off'").default('off'),
  CONNECTOR_PROVE_ACCESS: z.enum(['on', 'off'], "is 'on' or 'off'").default('off'),
  CONNECTOR_REPORT_STEPS: z
    .string()
    .default('')
    .transform(
      (text) =>
        new Set(
          text
            .split(',')
            .map((name) => name.trim())
            .filter((name) => name !== ''),
        ),
    )
    .refine((names) => [...names].every(isStepName), `is a list of step names: ${Object.values(stepNames).flat().join(', ')}`),
  CONNECTOR_GRACE_MINUTES: minutes(30),
  CONNECTOR_MASS_GRACE_MINUTES: minutes(24 * 60),
  CONNECTOR_GONE_AFTER_MINUTES: minutes(10),
  CONNECTOR_LEAVING_MINUTES: minutes(60),
  CONNECTOR_KEY_OVERLAP_MINUTES: minutes(24 * 60),
  CONNECTOR_AUDIT_MINUTES: minutes(24 * 60),
  CONNECTOR_SWEEP: z.enum(sweepModes, `is one of ${sweepModes.join(', ')}`).default('report'),
  CONNECTOR_SWEEP_GRACE_MINUTES: minutes(24 * 60),
  CONNECTOR_SWEEP_MOST: z.coerce.number().int().min(1).max(10_000).default(100),
  CONNECTOR_SWEEP_SHARE: z.coerce
    .number()
    .positive()
    .max(100)
    .default(25)
    .transform((percent) => percent / 100),
  CONNECTOR_REQUEST_TIMEOUT_SECONDS: z.coerce
    .number()
    .positive()
    .max(300)
    .default(30)
    .transform((value) => value * 1000),
  /** Client id of a user-assigned identity of the app; absent = its system-assigned one. */
  AZURE_CLIENT_ID: z.uuid().optional(),
  /** As the SDK's own sign-in reads it. */
  AZURE_AUTHORITY_HOST: z.url({ protocol: /^https$/, error: 'is where identities sign in: https://login.microsoftonline.com' }).optional(),
  HTTPS_PROXY: z.string().optional(),
  NO_PROXY: z.string().optional(),
  IDENTITY_ENDPOINT: z.string().optional(),
})

/** Settings of the Functions host that name its storage and vaults: https://learn.microsoft.com/azure/azure-functions/functions-app-settings */
const hostSchema = z.object({
  AzureWebJobsStorage: z.string().optional(),
  AzureWebJobsStorage__accountName: z.string().optional(),
  AzureWebJobsStorage__blobServiceUri: z.string().optional(),
  AzureWebJobsStorage__queueServiceUri: z.string().optional(),
  AzureWebJobsStorage__tableServiceUri: z.string().optional(),
  AzureWebJobsSecretStorageKeyVaultUri: z.string().optional(),
  WEBSITE_CONTENTAZUREFILECONNECTIONSTRING: z.string().optional(),
})

/**
 * Settings of the platform and of OpenTelemetry; none of them can keep the app from starting.
 * https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 */
const telemetrySchema = z.object({
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
  readonly proxy: Config['proxy']
}

export type Config = {
  readonly storageAccount: string
  readonly table: string
  /** Accepted audiences of tokens. */
  readonly audiences: readonly string[]
  readonly publicUrl?: string
  readonly installation: Installation
  /** `https://<name>.vault.azure.net`: where provided secrets are stored. */
  readonly keyVault?: string
  readonly reportSteps: ReadonlySet<string>
  readonly auditEveryMs: number
  readonly sweep: SweepSettings
  /** When keys are rotated, the former one works this long after every Secret has the new one. */
  readonly keyOverlapMs: number
  readonly requestTimeoutMs: number
  /** App Service's endpoint of the managed identity; absent outside Azure. */
  readonly managedIdentity?: string
  readonly clientId?: string
  /** Where identities sign in; absent in the public cloud. */
  readonly authority?: string
  readonly proxy: { readonly HTTPS_PROXY?: string; readonly NO_PROXY?: string }
}

/** @throws SettingsError naming every invalid setting and how to write it. */
export function parseConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const parsed = schema.safeParse(Object.fromEntries(Object.entries(env).filter(([, value]) => value !== '')))
  if (!parsed.success)
    throw new SettingsError(parsed.error.issues.map(({ path, message }) => ({ setting: path.join('.'), wrong: message })))
  const { data } = parsed
  return {
    storageAccount: data.CONNECTOR_STORAGE_ACCOUNT,
    table: data.CONNECTOR_TABLE,
    audiences: data.CONNECTOR_AUDIENCE,
    ...(data.CONNECTOR_PUBLIC_URL ? { publicUrl: data.CONNECTOR_PUBLIC_URL } : {}),
    installation: {
      name: data.CONNECTOR_INSTALLATION,
      tenant: data.CONNECTOR_TENANT_ID,
      graceMs: data.CONNECTOR_GRACE_MINUTES,
      massGraceMs: data.CONNECTOR_MASS_GRACE_MINUTES,
      goneAfterMs: data.CONNECTOR_GONE_AFTER_MINUTES,
      leavingMs: data.CONNECTOR_LEAVING_MINUTES,
      own: ownResources(data, hostSchema.parse(env)),
      ...(data.CONNECTOR_IDENTITY_GROUP ? { identityGroup: data.CONNECTOR_IDENTITY_GROUP } : {}),
      ...(data.CONNECTOR_DECLARE_IN_CLUSTER === 'on' ? { declareInCluster: true as const } : {}),
      ...(data.CONNECTOR_TARGET_CONSENT === 'on' ? { targetConsent: true as const } : {}),
      ...(data.CONNECTOR_PROVE_ACCESS === 'on' ? { proveAccess: true as const } : {}),
      ...(data.CONNECTOR_PUBLISH_STATUS === 'off' ? { publishStatus: false as const } : {}),
    },
    ...(data.CONNECTOR_KEY_VAULT ? { keyVault: data.CONNECTOR_KEY_VAULT } : {}),
    reportSteps: data.CONNECTOR_REPORT_STEPS,
    auditEveryMs: data.CONNECTOR_AUDIT_MINUTES,
    sweep: {
      mode: data.CONNECTOR_SWEEP,
      graceMs: data.CONNECTOR_SWEEP_GRACE_MINUTES,
      most: data.CONNECTOR_SWEEP_MOST,
      share: data.CONNECTOR_SWEEP_SHARE,
    },
    keyOverlapMs: data.CONNECTOR_KEY_OVERLAP_MINUTES,
    requestTimeoutMs: data.CONNECTOR_REQUEST_TIMEOUT_SECONDS,
    ...(data.IDENTITY_ENDPOINT ? { managedIdentity: data.IDENTITY_ENDPOINT } : {}),
    ...(data.AZURE_CLIENT_ID ? { clientId: data.AZURE_CLIENT_ID } : {}),
    ...(data.AZURE_AUTHORITY_HOST ? { authority: data.AZURE_AUTHORITY_HOST } : {}),
    proxy: { ...(data.HTTPS_PROXY ? { HTTPS_PROXY: data.HTTPS_PROXY } : {}), ...(data.NO_PROXY ? { NO_PROXY: data.NO_PROXY } : {}) },
  }
}

/** Where the app keeps its state and its secrets: no connection may lead there. */
function ownResources(data: z.infer<typeof schema>, host: z.infer<typeof hostSchema>): OwnResources {
  const inConnectionString = (text: string | undefined): string | undefined => /(?:^|;)AccountName=([^;]+)/i.exec(text ?? '')?.[1]
  const inHost = (url: string | undefined): string | undefined => /^https:\/\/([^./]+)\./i.exec(url ?? '')?.[1]
  const names = (all: readonly (string | undefined)[]): readonly string[] => [
    ...new Set(all.flatMap((name) => (name ? [name.toLowerCase()] : []))),
  ]
  return {
    storageAccounts: names([
      data.CONNECTOR_STORAGE_ACCOUNT,
      host.AzureWebJobsStorage__accountName,
      inHost(host.AzureWebJobsStorage__blobServiceUri),
      inHost(host.AzureWebJobsStorage__queueServiceUri),
      inHost(host.AzureWebJobsStorage__tableServiceUri),
      inConnectionString(host.AzureWebJobsStorage),
      inConnectionString(host.WEBSITE_CONTENTAZUREFILECONNECTIONSTRING),
    ]),
    keyVaults: names([inHost(data.CONNECTOR_KEY_VAULT), inHost(host.AzureWebJobsSecretStorageKeyVaultUri)]),
  }
}

export const config = (): Config => parseConfig(process.env)

/** `undefined`: telemetry is off. */
export function parseTelemetry(env: Readonly<Record<string, string | undefined>>): TelemetrySettings | undefined {
  const data = telemetrySchema.parse(Object.fromEntries(Object.entries(env).filter(([, value]) => value !== '')))
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
    proxy: {
      ...(env['HTTPS_PROXY'] ? { HTTPS_PROXY: env['HTTPS_PROXY'] } : {}),
      ...(env['NO_PROXY'] ? { NO_PROXY: env['NO_PROXY'] } : {}),
    },
  }
}

export const telemetry = (): TelemetrySettings | undefined => parseTelemetry(process.env)

/** The queue of Azure events, if there is one. A wrong name is told with the other settings, at the first request. */
export const eventQueue = (): string | undefined => eventQueueName.safeParse(process.env['CONNECTOR_EVENT_QUEUE']).data
