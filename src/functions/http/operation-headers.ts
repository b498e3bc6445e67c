// Where to poll an operation: on the host that the caller sees, in the form of Azure Service Connector's own addresses, which have the cluster's region in capitals.
import { resourceId } from '../../model/resource-id.ts'
import type { Call } from './call.ts'

export function operationHeaders(
  { origin, apiVersion, services }: Call,
  cluster: string,
  id: string,
  region?: string,
): { readonly 'azure-asyncoperation': string; readonly 'retry-after': string } {
  const { subscription } = resourceId(cluster)
  const path = `/subscriptions/${subscription}/providers/Microsoft.ServiceLinker/locations/${region?.toUpperCase() ?? 'global'}/operationStatuses/${id}`
  return { 'azure-asyncoperation': `${origin}${path}?api-version=${apiVersion}`, 'retry-after': String(services.pollSeconds) }
}
