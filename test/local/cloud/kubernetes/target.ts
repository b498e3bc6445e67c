// An API server to ask, simulated or real: what the behaviour tests need of it, and no more.
import { VirtualClock } from '../../../../src/local/clock.ts'
import type { Grant } from '../../../../src/local/cloud/kubernetes/access.ts'
import { createKubernetes, type Kubernetes } from '../../../../src/local/cloud/kubernetes/kubernetes.ts'
import { createWorld, type World } from '../../../../src/local/cloud/world.ts'

export type ConnectionInput = {
  readonly body?: unknown
  /** Content-Type; JSON without. */
  readonly type?: string
  readonly accept?: string
  readonly as?: 'admin' | 'app' | 'nobody'
}
export type Answer = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
  readonly body: Body
}
// biome-ignore lint/suspicious/noExplicitAny: tests look into answers freely
export type Body = any
type Rule = { readonly resources: readonly string[]; readonly verbs: readonly string[] }

export type Target = {
  ask(method: string, path: string, asked?: ConnectionInput): Promise<Answer>
  /** Gives the user `app` a right in one namespace, at once. */
  grant(namespace: string, rule: Rule): Promise<void>
}

/** Text and bytes as they are, anything else as JSON. */
export const payload = (body: unknown): Buffer =>
  Buffer.isBuffer(body) ? body : Buffer.from(body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body))

export const parsed = (text: string): Body => {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

export const clusterId = '/subscriptions/s/resourcegroups/g/providers/microsoft.containerservice/managedclusters/c1'
export const fqdn = 'c1-dns-1234.hcp.westeurope.azmk8s.io'

export type Simulated = Target & { readonly world: World; readonly clock: VirtualClock; readonly kubernetes: Kubernetes }

/** One simulated cluster whose Entra takes the tokens `admin` and `app` for users of that name. */
export async function simulated(
  mayDo: (ask: { readonly principalId: string; readonly dataAction: string; readonly scope: string }) => boolean = () => false,
): Promise<Simulated> {
  const clock = new VirtualClock()
  const world = createWorld(clock)
  const kubernetes = await createKubernetes(world, {
    verify: async (authorization) => {
      const oid = authorization?.replace('Bearer ', '')
      return oid === 'admin' || oid === 'app' ? { oid } : undefined
    },
    mayDo: (_, ask) => mayDo(ask),
  })
  await kubernetes.addCluster({ id: clusterId, fqdn, issuer: 'https://westeurope.oic.prod-aks.azure.com/t/g/' })
  const grants = world.table<Grant>('kubernetes-grants')
  grants.set('admin', { cluster: clusterId, oid: 'admin', namespaces: ['*'], resources: ['*'], verbs: ['*'] })
  return {
    world,
    clock,
    kubernetes,
    async ask(method, path, { body, type = 'application/json', accept = 'application/json', as = 'admin' } = {}) {
      const answer = await kubernetes.service.handle({
        method,
        url: new URL(path, `https://${fqdn}`),
        headers: { authorization: `Bearer ${as}`, accept, 'user-agent': 'tests', ...(body === undefined ? {} : { 'content-type': type }) },
        body: payload(body),
        location: 'internet',
      })
      const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body ?? '')
      return { status: answer.status, headers: answer.headers ?? {}, text, body: parsed(text) }
    },
    async grant(namespace, { resources, verbs }) {
      grants.set(world.uuid(), { cluster: clusterId, oid: 'app', namespaces: [namespace], resources, verbs })
    },
  }
}
