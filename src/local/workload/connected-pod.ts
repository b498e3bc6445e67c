// A pod that uses a connection: kubelet reads the Secret that the pod's `envFrom` names, and projects a token of its ServiceAccount. As in a
// real cluster, a Secret or ServiceAccount that is not there keeps the pod from starting.

import type { Cloud } from '../cloud/cloud.ts'
import { tenant } from '../cloud/entra/directory.ts'
import { storeOf } from '../cloud/kubernetes/store.ts'
import { type Pod, tokenAudience } from './pod.ts'

export type Manifest = {
  /** Name in the fleet, and ARM id. */
  readonly cluster: { readonly name: string; readonly id: string }
  readonly namespace: string
  readonly secret: string
  readonly serviceAccount?: string | undefined
}

const clientIdAnnotation = 'azure.workload.identity/client-id'

/** @throws Error with kubelet's words. */
export async function connectedPod(
  cloud: Pick<Cloud, 'world' | 'kubernetes' | 'proxyUrl'>,
  { cluster, namespace, secret, serviceAccount }: Manifest,
): Promise<Omit<Pod, 'caFile'>> {
  const objects = storeOf(cloud.world, cluster.id.toLowerCase())
  const found = objects.get('secrets', namespace, secret) as { readonly data?: Readonly<Record<string, string>> } | undefined
  if (!found) throw new Error(`Error: secret "${secret}" not found`)
  return {
    secret: Object.fromEntries(Object.entries(found.data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()])),
    ...(serviceAccount === undefined ? {} : { serviceAccount: await projected(cloud, cluster.id, namespace, serviceAccount) }),
    proxyUrl: cloud.proxyUrl(`aks-${cluster.name}`),
  }
}

async function projected(cloud: Pick<Cloud, 'world' | 'kubernetes'>, clusterId: string, namespace: string, name: string) {
  const account = storeOf(cloud.world, clusterId.toLowerCase()).get('serviceaccounts', namespace, name)
  if (!account) throw new Error(`Error: serviceaccount "${name}" not found`)
  const clientId = account.metadata.annotations?.[clientIdAnnotation]
  if (clientId === undefined) throw new Error(`The ServiceAccount ${namespace}/${name} has no annotation ${clientIdAnnotation}`)
  return { token: await cloud.kubernetes.serviceAccountToken(clusterId, namespace, name, tokenAudience, 3600), clientId, tenantId: tenant }
}
