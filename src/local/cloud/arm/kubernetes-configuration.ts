// What extensions and Flux configurations of AKS clusters have in common: where they are, and where their operations are polled.
import type { World } from '../world.ts'
import { resourceNotFound } from './errors.ts'
import { type Cluster, findCluster } from './managed-cluster.ts'
import { signatureOf } from './operations.ts'
import type { Call } from './provider.ts'

const clusterPath = '/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.ContainerService/managedClusters/{cluster}'

type Type = 'extensions' | 'fluxConfigurations'

export const listPath = (type: Type): string => `${clusterPath}/providers/Microsoft.KubernetesConfiguration/${type}`

export function clusterOf(call: Call): Cluster {
  const { cluster = '', group = '' } = call.parameters
  const found = findCluster(call.world, call.path.replace(/\/providers\/Microsoft\.KubernetesConfiguration\/.*$/i, ''))
  if (!found) throw resourceNotFound('Microsoft.ContainerService/managedClusters', cluster, group)
  return found
}

export const idOn = (cluster: Cluster, type: Type, name: string): string =>
  `${cluster.id.replace('/resourcegroups/', '/resourceGroups/')}/providers/Microsoft.KubernetesConfiguration/${type}/${name}`

/** Below the resource, and the cluster's type has a capital there. Signed, as all addresses have been since 2024. */
export const operationPath = (id: string, guid: string): string =>
  `${id.replace('/managedClusters/', '/ManagedClusters/')}/operations/${guid}`
export const pollUrl = (world: World, id: string, guid: string, apiVersion: string): string =>
  `https://management.azure.com${operationPath(id, guid)}?api-version=${apiVersion}&${signatureOf(guid, world.clock.now())}`
