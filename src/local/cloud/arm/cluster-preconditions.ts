// If-Match and If-None-Match of AKS, cell by cell as documented (https://learn.microsoft.com/azure/aks/use-etags). DELETE of what is
// absent answers 204 before this is asked.

import { refuseFlat, resourceNotFound } from './errors.ts'
import { parseId } from './ids.ts'
import type { Cluster } from './managed-cluster.ts'
import type { Call } from './provider.ts'

export function checkPreconditions(call: Call, cluster: Cluster | undefined): void {
  const match = unquoted(call.headers['if-match'])
  const noneMatch = unquoted(call.headers['if-none-match'])
  if (match && noneMatch) throw refuseFlat(400, 'BadRequest', 'If-Match and If-None-Match cannot be used together.')
  if (noneMatch && noneMatch !== '*') throw refuseFlat(400, 'BadRequest', "If-None-Match can only be '*' or empty.")
  if (noneMatch && cluster) throw failed('The managed cluster exists already.')
  if (!match) return
  if (!cluster && call.method !== 'PUT') {
    const { group = '', name = '' } = parseId(call.path)
    throw resourceNotFound('Microsoft.ContainerService/managedClusters', name, group)
  }
  if (!cluster || (match !== '*' && match !== cluster.eTag))
    throw failed(`The If-Match value '${match}' is not the current ETag '${cluster?.eTag ?? ''}' of the managed cluster.`)
}

const unquoted = (header: string | undefined): string | undefined => header?.replace(/^"(.*)"$/, '$1')
const failed = (message: string) => refuseFlat(412, 'PreConditionFailed', message)
