// A simulated cluster behind the simulated cloud's proxy, and the adapter's clients for it.

import { type ClientOptions, type ClusterClient, clusterClient } from '../../src/kubernetes/client.ts'
import type { CloudRequest, CloudResponse } from '../../src/local/cloud/http.ts'
import { startProxy } from '../../src/local/cloud/proxy.ts'
import { clusterId, fqdn, type Simulated, simulated } from '../local/cloud/kubernetes/target.ts'

export const credentialOf = (...tokens: readonly [string, ...string[]]) => {
  const rest = [...tokens]
  return {
    getToken: async () => ({ token: (rest.length > 1 ? rest.shift() : rest[0]) ?? '', expiresOnTimestamp: Number.MAX_SAFE_INTEGER }),
  }
}

export type Behind = Simulated & {
  readonly proxy: { readonly HTTPS_PROXY: string }
  /** All requests that came through, oldest first. */
  readonly requests: readonly CloudRequest[]
  /** Answers instead of the cluster until it is undefined again; `broken` cuts the connection, `silent` never answers. */
  answer: CloudResponse | 'broken' | 'silent' | undefined
  client(as: 'admin' | 'app', more?: Partial<ClientOptions>): ClusterClient
  close(): Promise<void>
}

export async function behindProxy(): Promise<Behind> {
  const target = await simulated()
  const requests: CloudRequest[] = []
  const proxy = await startProxy({
    clock: target.clock,
    owns: (hostname) => target.kubernetes.service.owns(hostname),
    certificate: async (hostname) => {
      const certificate = await target.kubernetes.service.certificate?.(hostname)
      if (!certificate) throw new Error('A cluster has its own certificate')
      return certificate
    },
    handle: async (request) => {
      requests.push(request)
      if (behind.answer === 'silent') return new Promise(() => {})
      return behind.answer ?? target.kubernetes.service.handle(request)
    },
  })
  const clients: ClusterClient[] = []
  const env = { HTTPS_PROXY: `http://functions@127.0.0.1:${proxy.port}` }
  const behind: Behind = {
    ...target,
    proxy: env,
    requests,
    answer: undefined,
    client(as, more = {}) {
      const server = { url: `https://${fqdn}`, ca: target.kubernetes.authorityPem(clusterId) }
      const client = clusterClient({ server, credential: credentialOf(as), proxy: env, ...more })
      clients.push(client)
      return client
    },
    async close() {
      await proxy.close()
      await Promise.all(clients.map((client) => client.close()))
    },
  }
  return behind
}
