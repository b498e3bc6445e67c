// A simulated cloud for the tests of this folder, and the real SDK clients that reach it through the proxy.

import { Agent, request } from 'node:https'
import { AuthorizationManagementClient } from '@azure/arm-authorization'
import { ContainerServiceClient } from '@azure/arm-containerservice'
import { ManagedServiceIdentityClient } from '@azure/arm-msi'
import { NetworkManagementClient } from '@azure/arm-network'
import { ResourceGraphClient } from '@azure/arm-resourcegraph'
import { StorageManagementClient } from '@azure/arm-storage'
import type { TokenCredential } from '@azure/core-auth'
import { VirtualClock } from '../../../../src/local/clock.ts'
import { type CloudOptions, startCloud } from '../../../../src/local/cloud/cloud.ts'
import { trustCa } from '../../../../src/local/cloud/trust.ts'
import { type FleetInput, fleet, idOf, subscription } from '../../../../src/local/fleets/fleet.ts'

export { subscription }

export type Answer = {
  readonly status: number
  readonly headers: Headers
  readonly body: Record<string, never> & { [name: string]: unknown }
}

export type ArmWorld = Awaited<ReturnType<typeof armWorld>>

/** Latencies in whole seconds, so that a test can say when something is over; no event comes twice or late unless a test wants it. */
const plain = { roleAssignment: 60_000, directoryReplication: 30_000, eventDuplicates: 0, eventStragglers: 0 }

export async function armWorld(overrides: Partial<FleetInput> = {}, options: Partial<CloudOptions> = {}) {
  const clock = new VirtualClock()
  const restore = clock.install()
  const latencies = { ...plain, ...options.latencies }
  const cloud = await startCloud({ clock, fleet: fleet(overrides), ...options, latencies }).catch((error: unknown) => {
    restore()
    throw error
  })
  trustCa(cloud.caPem)
  const agent = new Agent({ keepAlive: true, proxyEnv: { HTTPS_PROXY: cloud.proxyUrl('functions') } })

  const as = (who: string) => {
    const oid = who === 'app' ? cloud.app.principalId : idOf(`principal ${who}`)
    const token = () => cloud.entra.token({ oid }, 'https://management.azure.com')
    const credential: TokenCredential = {
      getToken: async () => ({ token: await token(), expiresOnTimestamp: clock.now() + 3_600_000 }),
    }
    const settings = { agent, retryOptions: { maxRetries: 0 } }
    return {
      credential,
      clusters: new ContainerServiceClient(credential, subscription, settings).managedClusters,
      bindings: new ContainerServiceClient(credential, subscription, settings).identityBindings,
      identities: new ManagedServiceIdentityClient(credential, subscription, settings),
      authorization: new AuthorizationManagementClient(credential, subscription, settings),
      storage: new StorageManagementClient(credential, subscription, settings).storageAccounts,
      network: new NetworkManagementClient(credential, subscription, settings),
      graph: new ResourceGraphClient(credential, settings),
      /** Past the SDK, for what it hides. */
      send: async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
        send(agent, method, path, { authorization: `Bearer ${await token()}`, ...headers }, body),
    }
  }
  return {
    cloud,
    fleet: fleet(overrides),
    clock,
    agent,
    as,
    async close() {
      agent.destroy()
      await cloud.close()
      restore()
    },
  }
}

export const groupPath = (group: string): string => `/subscriptions/${subscription}/resourceGroups/${group}`
export const clusterPath = (name: string, group = 'shop'): string =>
  `${groupPath(group)}/providers/Microsoft.ContainerService/managedClusters/${name}`
export const storagePath = (name: string, group = 'shop'): string =>
  `${groupPath(group)}/providers/Microsoft.Storage/storageAccounts/${name}`
export const identityPath = (name: string, group = 'shop'): string =>
  `${groupPath(group)}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${name}`

export async function send(agent: Agent, method: string, path: string, headers: Record<string, string>, body?: unknown): Promise<Answer> {
  const url = path.startsWith('https:') ? path : `https://management.azure.com${path}`
  return new Promise((resolve, reject) => {
    const payload = body === undefined || typeof body === 'string' ? body : JSON.stringify(body)
    const sized = payload === undefined ? {} : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(payload)) }
    const outgoing = request(url, { method, agent, headers: { ...sized, ...headers } }, (response) => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part))
      response.on('end', () => {
        const text = Buffer.concat(parts).toString()
        const given = Object.entries(response.headers).map(([name, value]): [string, string] => [name, String(value)])
        resolve({ status: response.statusCode ?? 0, headers: new Headers(given), body: text.startsWith('{') ? JSON.parse(text) : { text } })
      })
    })
    outgoing.on('error', reject)
    outgoing.end(payload)
  })
}
