// Jobs and Pods, as far as a caller inspects what the agent of a cluster extension did (../arm/extension-agent.ts): to read, not to write.

import type { World } from '../world.ts'
import type { Kind } from './kind.ts'
import { atomic, objectOf } from './schema.ts'

const readable = {
  namespaced: true,
  readOnly: true,
  names: 'subdomain',
  schema: objectOf({ spec: atomic, status: atomic }),
  defaults: (object) => object,
  strategy: (object) => object,
  mistakes: () => [],
} as const satisfies Partial<Kind>

export const workloads: readonly Kind[] = [
  { ...readable, kind: 'Pod', resource: 'pods', shortNames: ['po'] },
  { ...readable, kind: 'Job', resource: 'jobs', group: 'batch' },
]

/** What a Pod wrote, by `<namespace>/<name>`. */
export const logsOf = (world: World, cluster: string): Map<string, readonly string[]> => world.table(`kubernetes-logs ${cluster}`)

/** https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#get-read-log-of-the-specified-pod */
export function podLog(world: World, cluster: string, pod: string, options: URLSearchParams): string {
  const lines = logsOf(world, cluster).get(pod) ?? []
  const tail = Number(options.get('tailLines') ?? lines.length)
  return (tail > 0 ? lines.slice(-tail) : []).map((line) => `${line}\n`).join('')
}
