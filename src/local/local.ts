// The whole embedded environment: simulated cloud, Functions host with the built app, App Service's front, events delivered to the
// webhook. Tests use it as a library in one process; `npm start` and the demo run it in real time.
//
// The app is loaded in this process, so its environment is this process's: set while it runs, put back on close.
import { randomBytes } from 'node:crypto'
import type { Clock } from './clock.ts'
import { type Cloud, startCloud } from './cloud/cloud.ts'
import { principals } from './cloud/entra/directory.ts'
import { tenant } from './cloud/entra/entra.ts'
import type { EventSubscription } from './cloud/event-grid.ts'
import type { Latencies } from './cloud/latencies.ts'
import type { AzuriteHandle } from './cloud/storage/azurite.ts'
import { trustCa } from './cloud/trust.ts'
import type { WorldState } from './cloud/world.ts'
import { setEnvironment } from './environment.ts'
import type { Fleet } from './fleets/fleet.ts'
import { type Front, startFront } from './front.ts'
import type { HostOptions } from './host/contract.ts'
import { type Host, startHost } from './host/host.ts'
import { urlAt } from './request-target.ts'

export type LocalOptions = {
  readonly clock: Clock
  readonly fleet: Fleet
  readonly azurite: AzuriteHandle
  readonly cloudState?: WorldState
  /** Stores the simulated cloud durably; its answers to writes wait for it. */
  readonly saveCloud?: (state: WorldState) => Promise<void>
  readonly latencies?: Partial<Latencies>
  /** More app settings, over the defaults of `appSettings`. */
  readonly settings?: Readonly<Record<string, string>>
  readonly host?: Partial<Omit<HostOptions, 'clock' | 'port'>>
  readonly ports?: { readonly proxy?: number; readonly identity?: number; readonly host?: number; readonly front?: number }
  readonly caFile?: string
  /** To the webhook, or to the queue that the setting CONNECTOR_EVENT_QUEUE names. */
  readonly events?: EventSubscription['schema'] | 'none'
}

type Answer = { readonly status: number; readonly headers: Headers; readonly body: unknown }

export type Local = {
  readonly cloud: Cloud
  readonly host: Host
  readonly front: Front
  /** A token of a person of the fleet, for the app where no audience is given. */
  token(person: string, audience?: string): Promise<string>
  /** A request through the front, as a person of the fleet. */
  call(person: string, method: string, path: string, body?: unknown): Promise<Answer>
  close(): Promise<void>
}

/** The app as callers behind the simulated cloud's proxy know it. */
export const appHostname = 'connector.azurewebsites.net'

/** Where the app and its host keep their state. */
const stateAccount = 'connectorstate'

/** The app settings of a deployed app that have to do with where it runs. */
export const appSettings = (fleet: Fleet, storage: string): Record<string, string> => ({
  CONNECTOR_STORAGE_ACCOUNT: storage,
  CONNECTOR_TENANT_ID: tenant,
  CONNECTOR_AUDIENCE: fleet.app.audience,
  AzureWebJobsStorage__accountName: storage,
  AzureWebJobsStorage__credential: 'managedidentity',
  ...(fleet.app.keyVault ? { CONNECTOR_KEY_VAULT: `https://${fleet.app.keyVault}.vault.azure.net` } : {}),
})

/** What was started is stopped again where something after it cannot be, and where all is closed: the last first. */
export async function startLocal(options: LocalOptions): Promise<Local> {
  await using started = new AsyncDisposableStack()
  const { clock, fleet, ports } = options
  const cloud = await startCloud({
    clock,
    fleet,
    azurite: options.azurite,
    ...(options.cloudState ? { state: options.cloudState } : {}),
    ...(options.saveCloud ? { save: options.saveCloud } : {}),
    ...(options.latencies ? { latencies: options.latencies } : {}),
    ...(options.caFile ? { caFile: options.caFile } : {}),
    ...(ports?.proxy === undefined ? {} : { port: ports.proxy }),
    ...(ports?.identity === undefined ? {} : { identityPort: ports.identity }),
  })
  started.defer(() => cloud.close())
  trustCa(cloud.caPem)
  const settings: Readonly<Record<string, string>> = {
    ...appSettings(fleet, stateAccount),
    AzureWebJobsStorage__clientId: cloud.app.clientId,
    ...cloud.environment('functions'),
    ...options.settings,
  }
  started.defer(setEnvironment(settings))
  const frontKey = randomBytes(24).toString('base64url')
  const host = await startHost({
    appFolder: 'dist',
    // The client of Kubernetes, the largest part of the app.
    keep: ['kubernetes.cjs'],
    stateFile: ':memory:',
    chunkedBodies: 'empty',
    frontKey,
    ...options.host,
    clock,
    ...(ports?.host === undefined ? {} : { port: ports.host }),
  })
  started.defer(() => host.stop())
  const front = await startFront({
    target: host.url,
    entra: cloud.entra,
    clock,
    audience: fleet.app.audience,
    key: options.host?.frontKey ?? frontKey,
    ...(ports?.front === undefined ? {} : { port: ports.front }),
  })
  started.defer(() => front.close())
  cloud.serve(front.service(appHostname))
  const schema = options.events ?? 'EventGrid'
  const name = settings['CONNECTOR_EVENT_QUEUE']
  const to = name ? { queue: { account: stateAccount, name } } : { url: `${host.url}${webhook(options.host?.keys)}` }
  if (schema !== 'none') await cloud.subscribeEvents({ ...to, schema })

  const token = async (person: string, audience = fleet.app.audience): Promise<string> => {
    const principal = [...principals(cloud.world).values()].find((row) => row.name === person)
    if (!principal) throw new Error(`The fleet has no person named '${person}'`)
    return await cloud.entra.token(principal, audience)
  }
  const running = started.move()
  return {
    cloud,
    host,
    front,
    token,
    async call(person, method, path, body) {
      const answer = await fetch(urlAt(front.url, path), {
        method,
        headers: { authorization: `Bearer ${await token(person)}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      })
      const text = await answer.text()
      return { status: answer.status, headers: answer.headers, body: text === '' ? undefined : parsed(text) }
    },
    close: () => running.disposeAsync(),
  }
}

const webhook = (keys: HostOptions['keys'] = 'off'): string =>
  `/runtime/webhooks/EventGrid?functionName=azure-events${keys === 'off' ? '' : `&code=${keys.system.eventgrid_extension}`}`

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
