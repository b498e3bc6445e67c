// A connection is made or removed while the Functions host is killed in the middle, and comes back. The cloud runs on in its own process.
// For one test here; made to be run hundreds of times with other numbers of commits.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { CloudCall } from '../../src/local/cloud/dispatcher.ts'
import type { AzuriteAddress } from '../../src/local/cloud/storage/azurite.ts'
import type { WorldState } from '../../src/local/cloud/world.ts'
import { fleet as fleetOf, subscription } from '../../src/local/fleets/fleet.ts'
import { appSettings } from '../../src/local/local.ts'
import type { CloudProcess, CloudProcessOptions } from '../../src/local/processes/cloud-process.ts'
import type { HostProcess, HostProcessOptions } from '../../src/local/processes/host-process.ts'
import { startProgram } from '../../src/local/processes/messages.ts'
import { latenciesFor } from '../../src/local/start/latencies.ts'
import { throughProxy } from '../../src/local/through-proxy.ts'

export type CrashRun = {
  /** The kill came before the work was done. */
  readonly killed: boolean
  /** State of the connection at the end; `gone` = there is none. */
  readonly ended: string
  readonly seconds: number
  /** What the connector's identity asked of Azure and the clusters, before and after the kill. */
  readonly calls: readonly CloudCall[]
  readonly world: WorldState
  /** Rows of the connector's own table. */
  readonly rows: readonly Readonly<Record<string, unknown>>[]
  /** Rules of the host that the app broke after it came back. */
  readonly violations: readonly string[]
}

type Options = {
  readonly azurite: AzuriteAddress
  /** Counted from the moment before the connection is asked for. */
  readonly killAfterCommits: number
  readonly during?: 'connect' | 'disconnect'
  /** When the host takes up again what died with it. */
  readonly visibilityTimeoutMs?: number
}

const cloudFile = new URL('../../src/local/processes/cloud-process.ts', import.meta.url)
const hostFile = new URL('../../src/local/processes/host-process.ts', import.meta.url)
const place = `/subscriptions/${subscription}/resourceGroups/shop/providers`
const linker = `${place}/Microsoft.ContainerService/managedClusters/c1/providers/Microsoft.ServiceLinker/linkers/orders?api-version=2024-04-01`
const body = {
  properties: {
    targetService: { type: 'AzureResource', id: `${place}/Microsoft.Storage/storageAccounts/orders/blobServices/default` },
    authInfo: { authType: 'userAssignedIdentity' },
    scope: 'orders',
  },
}
const policy = {
  allow: { clusters: ['*/*/*'], targets: ['*/*/*'], namespaces: ['*'], auth: ['*'] },
}
/** A wake that died with the host is made up for by the heartbeat, each minute. */
const longest = 100_000

export async function crashRun({ azurite, killAfterCommits, during = 'connect', visibilityTimeoutMs = 1_500 }: Options): Promise<CrashRun> {
  const folder = mkdtempSync(join(tmpdir(), 'crash-run-'))
  const fleet = fleetOf()
  const caFile = join(folder, 'ca.pem')
  const cloudOptions: CloudProcessOptions = { fleet, latencies: latenciesFor(1 / 500), azurite, caFile }
  const cloud = await startProgram<CloudProcess>(cloudFile, cloudOptions, {})
  const environment = { ...appSettings(fleet, 'connectorstate'), ...(await cloud.ask('environment', undefined)) }
  const startHost = async (port: number) => {
    const options: HostProcessOptions = { appFolder: 'dist', stateFile: join(folder, 'host.sqlite'), port, visibilityTimeoutMs }
    return await startProgram<HostProcess>(hostFile, options, environment)
  }
  let host = await startHost(0)
  try {
    const url = await host.ask('url', undefined)
    const front = await cloud.ask('attach', url)
    const token = await cloud.ask('token', { name: 'ada' })
    const call = async (method: string, path: string, content?: unknown): Promise<{ status: number; state: string }> => {
      const answer = await fetch(`${front}${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        ...(content === undefined ? {} : { body: JSON.stringify(content) }),
      })
      const text = await answer.text()
      const state =
        answer.ok && text !== '' ? String(JSON.parse(text).properties?.provisioningState) : answer.status === 404 ? 'gone' : text
      return { status: answer.status, state }
    }
    const until = async (what: string): Promise<string> => {
      const end = performance.now() + longest
      for (;;) {
        const { status, state } = await call('GET', linker)
        if (state === what || (status < 500 && status >= 400 && status !== 404) || performance.now() > end) return state
        await wait(100)
      }
    }
    const connect = (): Promise<{ status: number; state: string }> => call('PUT', linker, body)
    const disconnect = (): Promise<{ status: number; state: string }> => call('DELETE', linker)

    const allowed = await call('PUT', '/policies/all', policy)
    if (allowed.status !== 201) throw new Error(`PUT of the policy answered ${allowed.status}: ${allowed.state}`)
    if (during === 'disconnect') {
      await connect()
      await until('Succeeded')
    }
    const [work, goal] = during === 'connect' ? ([connect, 'Succeeded'] as const) : ([disconnect, 'gone'] as const)
    const began = performance.now()
    await host.ask('killAfter', killAfterCommits)
    // The kill may come before the answer: a caller then asks again, as SDKs do.
    const first = await work()
    const done = first.status < 300 ? until(goal) : new Promise<never>(() => {})
    const killed = (await Promise.race([host.ended.then(() => true), done.then(() => false)])) satisfies boolean
    if (killed) {
      host = await startHost(Number(new URL(url).port))
      if (first.status >= 300) await work()
    }
    const ended = await until(goal)
    const seconds = (performance.now() - began) / 1000
    const app = await cloud.ask('app', undefined)
    const calls = (await cloud.ask('calls', undefined)).filter(
      ({ principal, service }) => principal === app.principalId && service !== 'storage',
    )
    const world = await cloud.ask('state', undefined)
    const storage = await cloud.ask('token', { name: fleet.app.name, audience: 'https://storage.azure.com' })
    const rows = await tableRows(String(environment['HTTPS_PROXY']), readFileSync(caFile, 'utf8'), storage)
    return { killed, ended, seconds, calls, world, rows, violations: await host.ask('violations', undefined) }
  } finally {
    await Promise.all([host.kill(), cloud.kill()])
    rmSync(folder, { recursive: true, force: true })
  }
}

async function tableRows(proxyUrl: string, ca: string, token: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const { send, close } = throughProxy({ proxyUrl, ca })
  const headers = { accept: 'application/json;odata=nometadata', 'x-ms-version': '2019-02-02', 'x-ms-date': new Date().toUTCString() }
  const answer = await send('GET', 'https://connectorstate.table.core.windows.net/connector()', { token, headers })
  close()
  if (answer.status !== 200) throw new Error(`The table answered ${answer.status}: ${JSON.stringify(answer.body)}`)
  return (answer.body as { readonly value: readonly Readonly<Record<string, unknown>>[] }).value
}
