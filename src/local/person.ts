// A person of the fleet at work: signed in, at a desk on the internet, with ordinary HTTPS to Azure and to the clusters' API servers.

import { serverApplication } from './cloud/kubernetes/access.ts'
import { clustersOf } from './cloud/kubernetes/store.ts'
import type { Local } from './local.ts'
import { urlAt } from './request-target.ts'
import { type Answer, throughProxy } from './through-proxy.ts'

export type Person = {
  readonly name: string
  /** Azure Resource Manager. `path` with its query. */
  arm(method: string, path: string, body?: unknown): Promise<Answer>
  /** The API server of a cluster. */
  kubernetes(clusterId: string, method: string, path: string, body?: unknown, contentType?: string): Promise<Answer>
  /** The connector itself. */
  connector(method: string, path: string, body?: unknown): Promise<Answer>
  close(): void
}

export const audiences = {
  arm: 'https://management.azure.com',
  kubernetes: serverApplication,
  storage: 'https://storage.azure.com',
} as const

export type Env = Pick<Local, 'cloud' | 'token' | 'call'>

export function personOf({ cloud, token, call }: Env, name: string): Person {
  const clusters = [...clustersOf(cloud.world).values()]
  const { send, close } = throughProxy({
    proxyUrl: cloud.proxyUrl('internet'),
    ca: [cloud.caPem, ...clusters.map(({ authority }) => authority.pem)],
  })
  return {
    name,
    arm: async (method, path, body) => await send(method, urlAt(audiences.arm, path), { token: await token(name, audiences.arm), body }),
    async kubernetes(clusterId, method, path, body, contentType) {
      const cluster = clusters.find(({ id }) => id === clusterId.toLowerCase())
      if (!cluster) throw new Error(`There is no cluster ${clusterId}`)
      return await send(method, urlAt(`https://${cluster.fqdn}`, path), {
        token: await token(name, audiences.kubernetes),
        body,
        ...(contentType === undefined ? {} : { headers: { 'content-type': contentType } }),
      })
    },
    connector: async (method, path, body) => {
      const { status, headers, body: answered } = await call(name, method, path, body)
      return { status, headers: Object.fromEntries(headers), body: answered }
    },
    close,
  }
}
