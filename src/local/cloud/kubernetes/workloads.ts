// What uses Secrets and ServiceAccounts in a cluster: Pods, the templates that make them, Ingresses, volumes, bindings. They are stored as they are
// written: no controller runs here, so a Deployment has no Pods but those that a test makes. The agent of a cluster extension makes Jobs and Pods of
// its own (../arm/extension-agent.ts).

import type { World } from '../world.ts'
import type { Kind } from './kind.ts'
import { atomic, objectOf } from './schema.ts'

const stored = {
  namespaced: true,
  names: 'subdomain',
  schema: objectOf({ spec: atomic, status: atomic }),
  defaults: (object) => object,
  strategy: (object) => object,
  mistakes: () => [],
} as const satisfies Partial<Kind>
const bindings = { ...stored, group: 'rbac.authorization.k8s.io', schema: objectOf({ roleRef: atomic, subjects: atomic }) } as const

export const workloads: readonly Kind[] = [
  { ...stored, kind: 'Pod', resource: 'pods', shortNames: ['po'] },
  { ...stored, kind: 'ReplicationController', resource: 'replicationcontrollers', shortNames: ['rc'] },
  { ...stored, kind: 'PersistentVolume', resource: 'persistentvolumes', shortNames: ['pv'], namespaced: false },
  { ...stored, kind: 'Deployment', resource: 'deployments', group: 'apps', shortNames: ['deploy'] },
  { ...stored, kind: 'StatefulSet', resource: 'statefulsets', group: 'apps', shortNames: ['sts'] },
  { ...stored, kind: 'DaemonSet', resource: 'daemonsets', group: 'apps', shortNames: ['ds'] },
  { ...stored, kind: 'ReplicaSet', resource: 'replicasets', group: 'apps', shortNames: ['rs'] },
  { ...stored, kind: 'Job', resource: 'jobs', group: 'batch' },
  { ...stored, kind: 'CronJob', resource: 'cronjobs', group: 'batch', shortNames: ['cj'] },
  { ...stored, kind: 'Ingress', resource: 'ingresses', group: 'networking.k8s.io', shortNames: ['ing'] },
  { ...bindings, kind: 'RoleBinding', resource: 'rolebindings' },
]

/** What a Pod wrote, by `<namespace>/<name>`. */
export const logsOf = (world: World, cluster: string): Map<string, readonly string[]> => world.table(`kubernetes-logs ${cluster}`)

/** https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#get-read-log-of-the-specified-pod */
export function podLog(world: World, cluster: string, pod: string, options: URLSearchParams): string {
  const lines = logsOf(world, cluster).get(pod) ?? []
  const tail = Number(options.get('tailLines') ?? lines.length)
  return (tail > 0 ? lines.slice(-tail) : []).map((line) => `${line}\n`).join('')
}
