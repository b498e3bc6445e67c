// A place to crash in: the simulated cloud in one process, the Functions host with the app in another that can be killed at any moment and comes
// back with the same durable state. Time is real, and Azure is fast here.
//
// After each return the heartbeat runs once, which on its own would come within a minute. Nothing else helps the app.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { realClock } from '../../src/local/clock.ts'
import type { CloudCall } from '../../src/local/cloud/dispatcher.ts'
import type { AzuriteAddress } from '../../src/local/cloud/storage/azurite.ts'
import { createWorld } from '../../src/local/cloud/world.ts'
import { fleet as fleetOf, idOf, subscription } from '../../src/local/fleets/fleet.ts'
import { appSettings } from '../../src/local/local.ts'
import type { CloudProcess } from '../../src/local/processes/cloud-process.ts'
import type { HostProcess, HostProcessOptions } from '../../src/local/processes/host-process.ts'
import { type Program, startProgram } from '../../src/local/processes/messages.ts'
import { latenciesFor } from '../../src/local/start/latencies.ts'
import { throughProxy } from '../../src/local/through-proxy.ts'
import { allowAll } from '../model/allow-all.ts'
import { atWork } from '../scenarios/at-work.ts'
import { footprint } from '../scenarios/footprint.ts'

export type Auth = keyof typeof authInfo
export type Connection = { readonly name: string; readonly cluster: string; readonly auth: Auth }

export type Place = {
  /** Asks until the app has taken it, as a caller does. */
  connect(connection: Connection): Promise<void>
  disconnect(connection: Connection): Promise<void>
  /** `gone` = there is none; `silent` = there is no answer. */
  state(connection: Connection): Promise<string>
  /** The host kills itself after so many more durable commits; Infinity = not at all. */
  killAfter(commits: number): Promise<void>
  kill(): Promise<void>
  /** Resolves when the host of now has ended. */
  died(): Promise<void>
  isDead(): boolean
  restart(): Promise<void>
  footprint(): Promise<readonly string[]>
  /** Things in the ledger, and how each is held. */
  ledger(): Promise<readonly string[]>
  /** What has not come to rest. */
  atWork(): Promise<readonly string[]>
  /** What the app asked of Azure and the clusters since the last time. */
  calls(): Promise<readonly CloudCall[]>
  violations(): Promise<readonly string[]>
  close(): Promise<void>
}

const cloudFile = new URL('../../src/local/processes/cloud-process.ts', import.meta.url)
const hostFile = new URL('../../src/local/processes/host-process.ts', import.meta.url)
const group = `/subscriptions/${subscription}/resourceGroups/shop/providers`
const pathOf = ({ name, cluster }: Connection): string =>
  `${group}/Microsoft.ContainerService/managedClusters/${cluster}/providers/Microsoft.ServiceLinker/linkers/${name}?api-version=2024-04-01`
const authInfo = {
  secret: { authType: 'secret' },
  userAssignedIdentity: { authType: 'userAssignedIdentity' },
  servicePrincipalSecret: {
    authType: 'servicePrincipalSecret',
    clientId: idOf('client batch'),
    principalId: idOf('principal batch'),
    secret: 'secret-of-batch',
  },
} as const
const bodyOf = ({ auth }: Connection) => ({
  properties: {
    targetService: { type: 'AzureResource', id: `${group}/Microsoft.Storage/storageAccounts/orders/blobServices/default` },
    authInfo: authInfo[auth],
    scope: 'orders',
  },
})
const patience = 300_000

/** @param count so many fresh clusters, `c1` …, without workload identity. */
export async function startPlace(azurite: AzuriteAddress, count: number): Promise<Place> {
  const folder = mkdtempSync(join(tmpdir(), 'crash-'))
  const fleet = fleetOf({
    clusters: Array.from({ length: count }, (_, index) => ({
      name: `c${index + 1}`,
      group: 'shop',
      region: 'westeurope',
      namespaces: ['orders'],
      oidcIssuer: false,
      workloadIdentity: false,
    })),
  })
  const caFile = join(folder, 'ca.pem')
  const cloud = await startProgram<CloudProcess>(cloudFile, { fleet, latencies: latenciesFor(1 / 1000), azurite, caFile }, {})
  const environment = { ...appSettings(fleet, 'connectorstate'), ...(await cloud.ask('environment', undefined)) }
  const startHost = (port: number): Promise<Program<HostProcess>> => {
    const options: HostProcessOptions = { appFolder: 'dist', stateFile: join(folder, 'host.sqlite'), port, visibilityTimeoutMs: 300 }
    return startProgram<HostProcess>(hostFile, options, environment)
  }
  let host = await startHost(0)
  let dead = false
  const watch = (program: Program<HostProcess>): void => {
    dead = false
    void program.ended.then(() => {
      dead ||= program === host
    })
  }
  watch(host)
  const url = await host.ask('url', undefined)
  const front = await cloud.ask('attach', url)
  const token = await cloud.ask('token', { name: 'ada' })
  const app = await cloud.ask('app', undefined)
  const { send, close } = throughProxy({ proxyUrl: String(environment['HTTPS_PROXY']), ca: readFileSync(caFile, 'utf8') })

  async function call(method: string, path: string, content?: unknown): Promise<{ readonly status: number; readonly text: string }> {
    try {
      const answer = await fetch(`${front}${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        ...(content === undefined ? {} : { body: JSON.stringify(content) }),
        signal: AbortSignal.timeout(10_000),
      })
      return { status: answer.status, text: await answer.text() }
    } catch {
      return { status: 0, text: 'no answer' }
    }
  }
  async function insist(method: string, path: string, content?: unknown): Promise<void> {
    for (const end = performance.now() + patience; ; await wait(100)) {
      const { status, text } = await call(method, path, content)
      if (status >= 200 && status < 300) return
      if ((status >= 400 && status < 500) || performance.now() > end) throw new Error(`${method} ${path}: ${status} ${text}`)
    }
  }
  await insist('PUT', '/policies/all', { allow: allowAll })

  let observed = 0
  const rows = async () => await tableRows(send, await cloud.ask('token', { name: fleet.app.name, audience: 'https://storage.azure.com' }))
  return {
    connect: (connection) => insist('PUT', pathOf(connection), bodyOf(connection)),
    disconnect: (connection) => insist('DELETE', pathOf(connection)),
    async state(connection) {
      const { status, text } = await call('GET', pathOf(connection))
      if (status === 404) return 'gone'
      if (status !== 200) return 'silent'
      return String((JSON.parse(text) as { properties: { provisioningState: string } }).properties.provisioningState)
    },
    killAfter: (commits) => host.ask('killAfter', commits),
    kill: () => host.kill(),
    died: async () => void (await host.ended),
    isDead: () => dead,
    async restart() {
      host = await startHost(Number(new URL(url).port))
      watch(host)
      await host.ask('run', 'heartbeat')
    },
    async footprint() {
      const world = createWorld(realClock, { ...(await cloud.ask('state', undefined)), due: [] })
      return footprint(world)
    },
    atWork: async () => atWork(await rows(), Date.now()),
    async ledger() {
      return (await rows())
        .filter(({ RowKey }) => String(RowKey).startsWith('ledger:'))
        .map(
          ({ step, ownership, object }) =>
            `${String(step)} ${(JSON.parse(String(object)) as { summary: string }).summary} ${String(ownership)}`,
        )
    },
    async calls() {
      const all = await cloud.ask('calls', undefined)
      const fresh = all.slice(observed)
      observed = all.length
      return fresh.filter(({ principal, service }) => principal === app.principalId && service !== 'storage')
    },
    violations: () => host.ask('violations', undefined),
    async close() {
      close()
      await Promise.all([host.kill(), cloud.kill()])
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

type Row = Readonly<Record<string, unknown>>

async function tableRows(send: ReturnType<typeof throughProxy>['send'], token: string): Promise<readonly Row[]> {
  const headers = { accept: 'application/json;odata=nometadata', 'x-ms-version': '2019-02-02', 'x-ms-date': new Date().toUTCString() }
  const rows: Row[] = []
  for (let next: string | undefined = ''; next !== undefined; ) {
    const answer = await send('GET', `https://connectorstate.table.core.windows.net/connector()?${next}`, { token, headers })
    if (answer.status !== 200) throw new Error(`The table answered ${answer.status}: ${JSON.stringify(answer.body)}`)
    rows.push(...(answer.body as { readonly value: readonly Row[] }).value)
    const [partition, row] = ['partition', 'row'].map((kind) => answer.headers[`x-ms-continuation-next${kind}key`])
    next = partition === undefined ? undefined : `NextPartitionKey=${String(partition)}&NextRowKey=${String(row ?? '')}`
  }
  return rows
}
