// Two simulated clusters, Azure as far as the sweep asks it, and the real store in memory: what a random world is put into. The sweep's real adapter
// talks to the simulated API servers; only the sockets between them are left out, and each request can be preceded by something that happens.

import { readAnswer } from '../../../src/errors/answer.ts'
import { Failure } from '../../../src/errors/failure.ts'
import type { ClusterClient } from '../../../src/kubernetes/client.ts'
import { sweptByCommand } from '../../../src/kubernetes/kubectl/swept.ts'
import { ApiException } from '../../../src/kubernetes/sdk.ts'
import { kubernetesShape } from '../../../src/kubernetes/shapes.ts'
import { sweptCluster } from '../../../src/kubernetes/swept-cluster.ts'
import { VirtualClock } from '../../../src/local/clock.ts'
import { kubectl } from '../../../src/local/cloud/command/kubectl.ts'
import { runShell } from '../../../src/local/cloud/command/shell.ts'
import type { Grant } from '../../../src/local/cloud/kubernetes/access.ts'
import { customGroups } from '../../../src/local/cloud/kubernetes/addon-kinds.ts'
import { kinds } from '../../../src/local/cloud/kubernetes/kinds.ts'
import { createKubernetes } from '../../../src/local/cloud/kubernetes/kubernetes.ts'
import type { KubernetesObject } from '../../../src/local/cloud/kubernetes/object.ts'
import { storeOf } from '../../../src/local/cloud/kubernetes/store.ts'
import { createWorld } from '../../../src/local/cloud/world.ts'
import { type Loop, loop } from '../../../src/model/loop.ts'
import type { Arm } from '../../../src/ports/azure.ts'
import type { RunCommand } from '../../../src/ports/run-command.ts'

const group = '/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/shop'
export const clusterNames = ['one', 'two'] as const
export type ClusterName = (typeof clusterNames)[number]
export const clusterOf = (name: ClusterName): Loop<'cluster'> =>
  loop('cluster', `${group}/providers/Microsoft.ContainerService/managedClusters/${name}`)
export const uidOf = (name: ClusterName): string => `uid-${name}`

/** What Azure answers about a cluster. */
export type AzureSide = {
  extension?: Readonly<Record<string, string>>
  readonly linkers: { name: string; clientId?: string }[]
  refuses: boolean
}

export type Sandbox = Awaited<ReturnType<typeof createSandbox>>

export async function createSandbox() {
  const clock = new VirtualClock()
  const world = createWorld(clock)
  const server = await createKubernetes(world, {
    verify: async (authorization) => {
      const oid = authorization?.replace('Bearer ', '')
      return oid === 'admin' || oid === 'app' ? { oid } : undefined
    },
    mayDo: () => false,
  })
  const grants = world.table<Grant>('kubernetes-grants')
  const azure = new Map<string, AzureSide>()
  const resources = kinds.map(({ resource }) => resource)
  for (const name of clusterNames) {
    const id = clusterOf(name).id.toLowerCase()
    await server.addCluster({ id, fqdn: `${name}.hcp.westeurope.azmk8s.io`, uid: uidOf(name) })
    customGroups(world).set(id, ['keda.sh', 'dapr.io'])
    grants.set(`admin-${name}`, { cluster: id, oid: 'admin', namespaces: ['*'], resources: ['*'], verbs: ['*'] })
  }
  const fresh = new Map(clusterNames.map((name) => [name, new Map(objectsOf(name))]))

  function objectsOf(name: ClusterName): Map<string, KubernetesObject> {
    return world.table<KubernetesObject>(`kubernetes-objects ${clusterOf(name).id.toLowerCase()}`)
  }

  const send = async (
    name: ClusterName,
    as: 'admin' | 'app',
    method: string,
    path: string,
    options: Parameters<ClusterClient['ask']>[2] = {},
  ) => {
    const url = new URL(path, `https://${name}.hcp.westeurope.azmk8s.io`)
    for (const [key, value] of Object.entries(options.query ?? {})) url.searchParams.set(key, value)
    const { accept = 'application/json', type = 'application/json', body } = options
    const answer = await server.service.handle({
      method,
      url,
      headers: { authorization: `Bearer ${as}`, accept, 'user-agent': 'tests', ...(body ? { 'content-type': type } : {}) },
      body: Buffer.from(body ? JSON.stringify(body) : ''),
      location: 'internet',
    })
    const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body ?? '')
    return { status: answer.status, text, path: url.pathname }
  }

  return {
    clock,
    azure,
    /** As an administrator, for the world itself. */
    async admin(name: ClusterName, method: string, path: string, body?: object, type?: string) {
      const { status, text } = await send(name, 'admin', method, path, { ...(body ? { body } : {}), ...(type ? { type } : {}) })
      if (status >= 300 && status !== 404) throw new Error(`${method} ${path}: ${status} ${text.slice(0, 300)}`)
      return status
    },
    object: (name: ClusterName, resource: string, namespace: string, of: string) =>
      storeOf(world, clusterOf(name).id.toLowerCase()).get(resource, namespace, of),
    /** Everything as it was, and nothing forbidden. */
    reset(): void {
      azure.clear()
      for (const name of clusterNames) {
        const objects = objectsOf(name)
        objects.clear()
        for (const [key, object] of fresh.get(name) ?? []) objects.set(key, object)
        azure.set(clusterOf(name).id.toLowerCase(), { linkers: [], refuses: false })
        this.forbid(name, [])
      }
    },
    forbid(name: ClusterName, forbidden: readonly string[]): void {
      const allowed = resources.filter((resource) => !forbidden.includes(resource))
      grants.set(`app-${name}`, {
        cluster: clusterOf(name).id.toLowerCase(),
        oid: 'app',
        namespaces: ['*'],
        resources: allowed,
        verbs: ['*'],
      })
    },
    /** The cluster as the sweep sees it. `happens` comes before each request; `deleted` is told what a DELETE took. */
    swept(name: ClusterName, installation: string, happens: () => Promise<void>, deleted: (path: string) => void) {
      const ask: ClusterClient['ask'] = async (method, path, options) => {
        await happens()
        const { status, text, path: pathname } = await send(name, 'app', method, path, options)
        const doing = `${method} ${path}`
        if (status >= 300) {
          if (!text.startsWith('{')) throw new Failure({ class: 'transient', code: 'AnswerNotUnderstood', about: { doing }, status })
          throw new ApiException(status, doing, text, {})
        }
        const answer = readAnswer({ status, text, doing }, kubernetesShape(method, pathname))
        if (method === 'DELETE') deleted(path)
        return answer
      }
      const apis = { getAPIVersions: async () => await ask('GET', '/apis') }
      return sweptCluster({ ask, apis } as unknown as ClusterClient, clusterOf(name), installation)
    },
    /** The same by commands in the cluster. */
    async sweptByCommand(name: ClusterName, installation: string, happens: () => Promise<void>, deleted: (path: string) => void) {
      const runCommand: RunCommand = async (_, { command, files }) => {
        const texts = new Map([...files].map(([file, text]) => [file, text.reveal()]))
        const program = kubectl(async (method, path, body, type) => {
          await happens()
          const { status, text } = await send(name, 'app', method, path, { body: body && JSON.parse(body), ...(type ? { type } : {}) })
          if (method === 'DELETE' && status < 300) deleted(path)
          return { status, body: text.startsWith('{') ? JSON.parse(text) : text }
        }, texts)
        return (await runShell(command, texts, { kubectl: program })).printed
      }
      return await sweptByCommand(runCommand, installation)(clusterOf(name))
    },
    arm: {
      async get(id) {
        const [, cluster = '', rest = ''] = /^(.*?\/managedClusters\/[^/]+)(.*)$/i.exec(id) ?? []
        const side = azure.get(cluster.toLowerCase())
        if (!side) return undefined
        if (rest === '') return { id }
        if (side.refuses) throw new Failure({ class: 'permission', code: 'RightMissing', about: {} })
        if (rest.includes('Microsoft.KubernetesConfiguration'))
          return (
            side.extension && { properties: { extensionType: 'microsoft.servicelinker.connection', configurationSettings: side.extension } }
          )
        return side.linkers.some((linker) => rest.toLowerCase().endsWith(`/linkers/${linker.name.toLowerCase()}`)) ? { id } : undefined
      },
      async list(path) {
        const side = azure.get(path.slice(0, path.indexOf('/providers/Microsoft.ServiceLinker')).toLowerCase())
        if (!side || side.refuses) throw new Failure({ class: 'permission', code: 'RightMissing', about: {} })
        return side.linkers.map(({ name, clientId }) => ({ name, properties: { authInfo: clientId === undefined ? {} : { clientId } } }))
      },
    } satisfies Pick<Arm, 'get' | 'list'>,
  }
}
