// The only reader of process.env, parsed once. Every setting has the prefix CONNECTOR_; docs/settings.md lists them.
import { type Environment, given, type ProxySettings, proxyIn } from './config/environment.ts'
import { ownResources } from './config/own-resources.ts'
import { eventQueueName, settings } from './config/settings.ts'
import { parseTelemetry, type TelemetrySettings } from './config/telemetry.ts'
import { SettingsError } from './errors/settings-error.ts'
import type { SweepSettings } from './model/leftover.ts'
import type { Installation } from './model/view.ts'

export type Config = {
  readonly storageAccount: string
  readonly table: string
  /** Accepted audiences of tokens. */
  readonly audiences: readonly string[]
  readonly publicUrl?: string
  readonly installation: Installation
  /** `https://<name>.vault.azure.net`: where provided secrets are stored. */
  readonly keyVault?: string
  /** Where others are told what becomes of connections, and the audience of tokens for it. */
  readonly events?: { readonly endpoint: string; readonly audience?: string }
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
  readonly proxy: ProxySettings
}

/** @throws SettingsError naming every invalid setting and how to write it. */
export function parseConfig(env: Environment): Config {
  const parsed = settings.safeParse(given(env))
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
      own: ownResources(data, env),
      ...(data.CONNECTOR_IDENTITY_GROUP ? { identityGroup: data.CONNECTOR_IDENTITY_GROUP } : {}),
      ...(data.CONNECTOR_DECLARE_IN_CLUSTER === 'on' ? { declareInCluster: true as const } : {}),
      ...(data.CONNECTOR_TARGET_CONSENT === 'on' ? { targetConsent: true as const } : {}),
      ...(data.CONNECTOR_OWN_ADDRESSES ? { ownAddresses: data.CONNECTOR_OWN_ADDRESSES } : {}),
      ...(data.CONNECTOR_FLUX_ACCOUNT ? { fluxAccount: data.CONNECTOR_FLUX_ACCOUNT } : {}),
      ...(data.CONNECTOR_PROVE_ACCESS === 'on' ? { proveAccess: true as const } : {}),
      onDelete: data.CONNECTOR_ON_DELETE,
      ...(data.CONNECTOR_PUBLISH_STATUS === 'off' ? { publishStatus: false as const } : {}),
    },
    ...(data.CONNECTOR_KEY_VAULT ? { keyVault: data.CONNECTOR_KEY_VAULT } : {}),
    ...(data.CONNECTOR_EVENTS_ENDPOINT
      ? {
          events: {
            endpoint: data.CONNECTOR_EVENTS_ENDPOINT,
            ...(data.CONNECTOR_EVENTS_AUDIENCE ? { audience: data.CONNECTOR_EVENTS_AUDIENCE } : {}),
          },
        }
      : {}),
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
    proxy: proxyIn(env),
  }
}

export const config = (): Config => parseConfig(process.env)

/** `undefined`: telemetry is off. */
export const telemetry = (): TelemetrySettings | undefined => parseTelemetry(process.env)

/** The queue of Azure events, if there is one. A wrong name is told with the other settings, at the first request. */
export const eventQueue = (): string | undefined => eventQueueName.safeParse(process.env['CONNECTOR_EVENT_QUEUE']).data

/** Whether others are told what becomes of connections. */
export const announces = (): boolean => (process.env['CONNECTOR_EVENTS_ENDPOINT'] ?? '') !== ''
