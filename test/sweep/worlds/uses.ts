// Ways to use an object of a cluster, as manifests: what a person or a controller would write.

type Manifest = { readonly path: string; readonly body: Record<string, unknown> }
export type Use = {
  readonly what: string
  readonly resource: string
  readonly make: (namespace: string, name: string, at: number) => Manifest
}

const container = (fields: object): object => ({ name: 'main', image: 'app', ...fields })
const manifest = (apiVersion: string, kind: string, resource: string, namespace: string, at: number, fields: object): Manifest => ({
  path: `${apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`}/namespaces/${namespace}/${resource}`,
  body: { apiVersion, kind, metadata: { name: `user-${at}`, namespace }, ...fields },
})
const template = (spec: object): object => ({ template: { spec } })

/** A Secret in the spec of a Pod. */
const inPod: readonly (readonly [string, (name: string) => object])[] = [
  ['envFrom', (name) => ({ containers: [container({ envFrom: [{ secretRef: { name } }] })] })],
  ['env', (name) => ({ containers: [container({ env: [{ name: 'A', valueFrom: { secretKeyRef: { name, key: 'k' } } }] })] })],
  ['an init container', (name) => ({ initContainers: [container({ envFrom: [{ secretRef: { name } }] })], containers: [container({})] })],
  [
    'an ephemeral container',
    (name) => ({ containers: [container({})], ephemeralContainers: [container({ envFrom: [{ secretRef: { name } }] })] }),
  ],
  ['a volume', (name) => ({ containers: [container({})], volumes: [{ name: 'v', secret: { secretName: name } }] })],
  [
    'a projected volume',
    (name) => ({ containers: [container({})], volumes: [{ name: 'v', projected: { sources: [{ secret: { name } }] } }] }),
  ],
  [
    'a CSI volume',
    (name) => ({ containers: [container({})], volumes: [{ name: 'v', csi: { driver: 'd', nodePublishSecretRef: { name } } }] }),
  ],
  ['imagePullSecrets', (name) => ({ containers: [container({})], imagePullSecrets: [{ name }] })],
]
type Holder = readonly [kind: string, apiVersion: string, resource: string, (spec: object) => object]
const holders: readonly Holder[] = [
  ['Pod', 'v1', 'pods', (spec) => ({ spec, status: { phase: 'Running' } })],
  ['Deployment', 'apps/v1', 'deployments', (spec) => ({ spec: { replicas: 0, ...template(spec) } })],
  ['StatefulSet', 'apps/v1', 'statefulsets', (spec) => ({ spec: template(spec) })],
  ['DaemonSet', 'apps/v1', 'daemonsets', (spec) => ({ spec: template(spec) })],
  ['ReplicaSet', 'apps/v1', 'replicasets', (spec) => ({ spec: { replicas: 1, ...template(spec) } })],
  ['ReplicationController', 'v1', 'replicationcontrollers', (spec) => ({ spec: template(spec) })],
  ['Job', 'batch/v1', 'jobs', (spec) => ({ spec: template(spec) })],
  ['CronJob', 'batch/v1', 'cronjobs', (spec) => ({ spec: { suspend: true, jobTemplate: { spec: template(spec) } } })],
]

export const secretUses: readonly Use[] = [
  ...holders.flatMap(([kind, apiVersion, resource, hold]) =>
    inPod.map(
      ([field, specOf]): Use => ({
        what: `${field} of a ${kind}`,
        resource,
        make: (namespace, name, at) => manifest(apiVersion, kind, resource, namespace, at, hold(specOf(name))),
      }),
    ),
  ),
  {
    what: 'a ServiceAccount',
    resource: 'serviceaccounts',
    make: (namespace, name, at) => manifest('v1', 'ServiceAccount', 'serviceaccounts', namespace, at, { imagePullSecrets: [{ name }] }),
  },
  {
    what: 'an Ingress',
    resource: 'ingresses',
    make: (namespace, name, at) =>
      manifest('networking.k8s.io/v1', 'Ingress', 'ingresses', namespace, at, { spec: { tls: [{ secretName: name }] } }),
  },
  {
    what: 'a Dapr component',
    resource: 'components',
    make: (namespace, name, at) =>
      manifest('dapr.io/v1alpha1', 'Component', 'components', namespace, at, {
        spec: { type: 'state.azure.blobstorage', version: 'v1', metadata: [{ name: 'key', secretKeyRef: { name, key: 'k' } }] },
      }),
  },
  {
    what: 'an annotation of an Ingress in another namespace',
    resource: 'ingresses',
    make(namespace, name, at) {
      const { path, body } = manifest('networking.k8s.io/v1', 'Ingress', 'ingresses', 'elsewhere', at, { spec: {} })
      const annotations = { 'nginx.ingress.kubernetes.io/auth-secret': `${namespace}/${name}` }
      return { path, body: { ...body, metadata: { ...(body['metadata'] as object), annotations } } }
    },
  },
  {
    what: 'a TriggerAuthentication',
    resource: 'triggerauthentications',
    make: (namespace, name, at) =>
      manifest('keda.sh/v1alpha1', 'TriggerAuthentication', 'triggerauthentications', namespace, at, {
        spec: { secretTargetRef: [{ parameter: 'connection', name, key: 'k' }] },
      }),
  },
]

export const accountUses: readonly Use[] = holders.map(([kind, apiVersion, resource, hold]) => ({
  what: `the ServiceAccount of a ${kind}`,
  resource,
  make: (namespace, name, at) =>
    manifest(apiVersion, kind, resource, namespace, at, hold({ containers: [container({})], serviceAccountName: name })),
}))

/** What does not use it: it is over, elsewhere, or only has the same name. */
export const notUses: readonly Use[] = [
  {
    what: 'a Pod that has ended',
    resource: 'pods',
    make: (namespace, name, at) =>
      manifest('v1', 'Pod', 'pods', namespace, at, {
        spec: { containers: [container({ envFrom: [{ secretRef: { name } }] })], serviceAccountName: name },
        status: { phase: 'Succeeded' },
      }),
  },
  {
    what: 'a Job that has ended',
    resource: 'jobs',
    make: (namespace, name, at) =>
      manifest('batch/v1', 'Job', 'jobs', namespace, at, {
        spec: template({ containers: [container({})], imagePullSecrets: [{ name }] }),
        status: { conditions: [{ type: 'Complete', status: 'True' }] },
      }),
  },
  {
    what: 'a Pod of another namespace',
    resource: 'pods',
    make: (_, name, at) =>
      manifest('v1', 'Pod', 'pods', 'elsewhere', at, { spec: { containers: [container({ envFrom: [{ secretRef: { name } }] })] } }),
  },
  {
    what: 'a container of that name',
    resource: 'pods',
    make: (namespace, name, at) => manifest('v1', 'Pod', 'pods', namespace, at, { spec: { containers: [{ name, image: name }] } }),
  },
]
