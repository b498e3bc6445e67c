// A Deployment or Job that uses a connection: the Secret as environment, with workload identity the ServiceAccount and the label of its webhook, with the Key Vault
// add-on the volume that it mounts. As docs/use-it-in-your-pod.md writes it; JSON is YAML, so `kubectl apply --filename -` takes it.
import { authTypeOf } from '../auth/catalogue.ts'
import type { Connection } from '../model/connection.ts'
import { isBound } from '../model/federation.ts'

export const workloadKinds = ['Deployment', 'Job'] as const
export type WorkloadKind = (typeof workloadKinds)[number]

/** What the pods use. `secretProviderClass`: for the volume of the add-on. */
export type Used = {
  readonly secret?: string
  readonly serviceAccount?: string
  readonly secretProviderClass?: string
}

const driver = 'secrets-store.csi.k8s.io'
const volume = 'connection'

export function workloadOf(kind: WorkloadKind, self: Connection, used: Used, image: string): object {
  const name = labelOf(self.name)
  const template = templateOf(name, self, used, image, kind)
  const metadata = { name, namespace: self.namespace }
  if (kind === 'Job') return { apiVersion: 'batch/v1', kind, metadata, spec: { template } }
  return { apiVersion: 'apps/v1', kind, metadata, spec: { replicas: 1, selector: { matchLabels: { app: name } }, template } }
}

function templateOf(
  name: string,
  self: Connection,
  { secret, serviceAccount, secretProviderClass }: Used,
  image: string,
  kind: WorkloadKind,
) {
  const hasAccount = authTypeOf(self).serviceAccount
  const isBoundPod = hasAccount && isBound(self)
  return {
    metadata: {
      // On the pod: https://azure.github.io/azure-workload-identity/docs/topics/service-account-labels-and-annotations.html#pod
      labels: { app: name, ...(hasAccount ? { 'azure.workload.identity/use': 'true' } : {}) },
      ...(isBoundPod ? { annotations: { 'azure.workload.identity/use-identity-binding': 'true' } } : {}),
    },
    spec: {
      ...(serviceAccount === undefined ? {} : { serviceAccountName: serviceAccount }),
      ...(kind === 'Job' ? { restartPolicy: 'OnFailure' } : {}),
      containers: [
        {
          name: 'app',
          image,
          ...(secret === undefined ? {} : { envFrom: [{ secretRef: { name: secret } }] }),
          ...(secretProviderClass === undefined ? {} : { volumeMounts: [{ name: volume, mountPath: '/mnt/secrets', readOnly: true }] }),
        },
      ],
      ...(secretProviderClass === undefined
        ? {}
        : { volumes: [{ name: volume, csi: { driver, readOnly: true, volumeAttributes: { secretProviderClass } } }] }),
    },
  }
}

/** Names of connections have dots, underscores and capitals; those of workloads are DNS labels, and a label begins with a letter or digit. */
const labelOf = (name: string): string =>
  name
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
