// A pod that uses a connection: kubelet reads the Secret that the pod's `envFrom` names, and projects a token of its ServiceAccount. As in a
// real cluster, a Secret or ServiceAccount that is not there keeps the pod from starting.

import type { Cloud } from '../cloud/cloud.ts'
import { tenant } from '../cloud/entra/directory.ts'
import { accountMay } from '../cloud/kubernetes/rbac.ts'
import { storeOf } from '../cloud/kubernetes/store.ts'
import { tokenProxyAudience, useIdentity } from '../cloud/kubernetes/token-proxy.ts'
import { type Pod, tokenAudience } from './pod.ts'

export type Manifest = {
  /** Name in the fleet, and ARM id. */
  readonly cluster: { readonly name: string; readonly id: string }
  readonly namespace: string
  readonly secret: string
  readonly serviceAccount?: string | undefined
  /** It has the annotation `azure.workload.identity/use-identity-binding: "true"`. */
  readonly usesBinding?: boolean
}

const clientIdAnnotation = 'azure.workload.identity/client-id'

/** @throws Error with kubelet's words. */
export async function connectedPod(
  cloud: Pick<Cloud, 'world' | 'kubernetes' | 'proxyUrl'>,
  { cluster, namespace, secret, serviceAccount, usesBinding = false }: Manifest,
): Promise<Omit<Pod, 'caFile'>> {
  const objects = storeOf(cloud.world, cluster.id.toLowerCase())
  const found = objects.get('secrets', namespace, secret) as { readonly data?: Readonly<Record<string, string>> } | undefined
  if (!found) throw new Error(`Error: secret "${secret}" not found`)
  return {
    secret: Object.fromEntries(Object.entries(found.data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()])),
    ...(serviceAccount === undefined ? {} : { serviceAccount: await projected(cloud, cluster.id, namespace, serviceAccount, usesBinding) }),
    proxyUrl: cloud.proxyUrl(`aks-${cluster.name}`),
  }
}

async function projected(
  { world, kubernetes }: Pick<Cloud, 'world' | 'kubernetes'>,
  clusterId: string,
  namespace: string,
  name: string,
  usesBinding: boolean,
) {
  const store = storeOf(world, clusterId.toLowerCase())
  const account = store.get('serviceaccounts', namespace, name)
  if (!account) throw new Error(`Error: serviceaccount "${name}" not found`)
  const clientId = account.metadata.annotations?.[clientIdAnnotation]
  if (clientId === undefined) throw new Error(`The ServiceAccount ${namespace}/${name} has no annotation ${clientIdAnnotation}`)
  // The webhook asks first; the proxy asks again. https://learn.microsoft.com/azure/aks/identity-bindings-concepts
  if (usesBinding && !accountMay(store, { namespace, name }, { ...useIdentity, resource: clientId }))
    throw new Error(`admission webhook denied the request: ServiceAccount ${namespace}/${name} may not use managed identity ${clientId}`)
  const audience = usesBinding ? tokenProxyAudience : tokenAudience
  return {
    token: await kubernetes.serviceAccountToken(clusterId, namespace, name, audience, 3600),
    clientId,
    tenantId: tenant,
    ...(usesBinding ? { tokenProxy: kubernetes.tokenProxyOf(clusterId) } : {}),
  }
}
