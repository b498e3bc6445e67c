// Microsoft.KubernetesConfiguration/fluxConfigurations on AKS clusters (https://learn.microsoft.com/azure/azure-arc/kubernetes/conceptual-gitops-flux2). Only
// sources of the kind AzureBlob with a managed identity are simulated.
//
// Surprising: an operation says only that the configuration has reached the cluster, not that anything was applied: that is in `statuses`, which come from
// the cluster and are old. A plain delete takes what was applied with it, a forced one leaves it. Words of refusals are guesses.
import type { CloudResponse } from '../http.ts'
import { latencies } from '../latencies.ts'
import type { Json, World } from '../world.ts'
import { needRunning } from './cluster-lock.ts'
import { refuse, resourceNotFound } from './errors.ts'
import { extensionsOf, uidOf } from './extension.ts'
import {
  answered,
  type FluxConfiguration,
  findFlux,
  fluxOf,
  isUnderWay,
  namespaceOf,
  removeFlux,
  storeFlux,
  withState,
} from './flux-configuration.ts'
import { clusterOf, idOn, listPath, operationPath, pollUrl } from './kubernetes-configuration.ts'
import type { Cluster } from './managed-cluster.ts'
import { endOperation, findOperation, polled, startOperation } from './operations.ts'
import { type Body, type Call, objectOf, type Provider, page, textOf } from './provider.ts'

const list = listPath('fluxConfigurations')
const path = `${list}/{name}`
const apiVersion = '2025-04-01'
const fluxType = 'microsoft.flux'

type End = { readonly type: 'flux-end'; readonly id: string; readonly operation: string; readonly work: 'put' | 'delete' }
/** Deletes in the cluster what the configuration has applied. `false`: the cluster is stopped. */
type Prune = (row: FluxConfiguration) => Promise<boolean>

export const fluxConfigurations: Provider = {
  namespace: 'Microsoft.KubernetesConfiguration',
  routes: [
    { method: 'GET', path: list, handle: (call) => page(call, fluxOf(call.world, clusterOf(call).id).map(answered)) },
    { method: 'GET', path, handle: (call) => ({ status: 200, body: answered(existing(call)) }) },
    { method: 'PUT', path, handle: put },
    { method: 'DELETE', path, handle: remove },
    { method: 'GET', path: `${path}/operations/{operation}`, handle: poll },
  ],
}

const idOf = (cluster: Cluster, name: string): string => idOn(cluster, 'fluxConfigurations', name)

function existing(call: Call): FluxConfiguration {
  const { name = '', group = '' } = call.parameters
  const found = findFlux(call.world, idOf(clusterOf(call), name))
  if (!found) throw resourceNotFound('Microsoft.KubernetesConfiguration/fluxConfigurations', name, group)
  return found
}

const bad = (message: string) => refuse(400, 'BadRequest', message)
const busy = () =>
  refuse(409, 'Conflict', 'There is a conflicting operation in progress for this configuration. Please retry the operation.')

function put(call: Call): CloudResponse {
  const { world } = call
  const cluster = clusterOf(call)
  const { name = '' } = call.parameters
  const before = findFlux(world, idOf(cluster, name))
  needRunning(cluster, 'fluxConfiguration')
  if (before && isUnderWay(before)) throw busy()
  const principal = objectOf(cluster.properties['servicePrincipalProfile'])['clientId']
  if (principal !== undefined && principal !== 'msi')
    throw bad('Clusters with a service principal are not supported: a managed identity is needed.')
  const flux = extensionsOf(world, cluster.id).find(({ properties }) => String(properties['extensionType']).toLowerCase() === fluxType)
  if (flux?.properties['provisioningState'] !== 'Succeeded') throw bad('The extension microsoft.flux is not installed on the cluster.')
  const asked = checked(name, objectOf(call.body['properties']))
  for (const fixed of ['scope', 'namespace'] as const)
    if (before && before.properties[fixed] !== asked[fixed]) throw bad(`The ${fixed} of a configuration cannot be changed.`)
  const id = before?.id ?? idOf(cluster, name)
  const operation = startOperation(call, id, cluster.location, latencies(world).extensionUpdate, (guid) =>
    pollUrl(world, id, guid, apiVersion),
  )
  const row: FluxConfiguration = {
    seen: { statuses: [] },
    inventory: [],
    ...before,
    id,
    name,
    cluster: cluster.id,
    clusterUid: uidOf(world, cluster.id),
    properties: {
      statuses: [],
      complianceState: 'Pending',
      ...before?.properties,
      ...asked,
      provisioningState: before ? 'Updating' : 'Creating',
    },
    operation: operation.guid,
    generation: (before?.generation ?? 0) + 1,
    createdAt: before?.createdAt ?? world.clock.now(),
  }
  storeFlux(world, row)
  endsLater(world, row, operation.endsAt - operation.startedAt, 'put')
  return { status: before ? 200 : 201, headers: { 'azure-asyncoperation': operation.url }, body: answered(row) }
}

/** https://learn.microsoft.com/azure/azure-arc/kubernetes/gitops-flux2-parameters */
function checked(name: string, asked: Body): Body {
  if (!/^[a-z0-9]([-a-z0-9.]{0,28}[a-z0-9])?$/.test(name)) throw bad('The name of a configuration is at most 30 of a-z 0-9 . and -.')
  const { scope = 'cluster', namespace = 'default', sourceKind } = asked
  if (!/^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/.test(String(namespace))) throw bad('The namespace is invalid.')
  if (scope !== 'cluster' && scope !== 'namespace') throw bad(`The scope ${scope} is unknown.`)
  if (sourceKind !== 'AzureBlob') throw refuse(501, 'NotSimulated', `Sources of kind ${sourceKind} are not simulated.`)
  const blob = objectOf(asked['azureBlob'])
  if (!textOf(blob['url']) || !textOf(blob['containerName'])) throw bad('azureBlob needs url and containerName.')
  if (!textOf(objectOf(blob['managedIdentity'])['clientId']))
    throw refuse(501, 'NotSimulated', 'Only managedIdentity is simulated for AzureBlob.')
  const kustomizations = Object.entries(objectOf(asked['kustomizations'])).map(([key, one]) => [
    key,
    {
      path: '',
      prune: false,
      force: false,
      wait: true,
      syncIntervalInSeconds: 600,
      timeoutInSeconds: 600,
      ...objectOf(one),
      name: `${name}-${key}`,
    },
  ])
  return {
    ...asked,
    scope,
    namespace,
    suspend: asked['suspend'] === true,
    azureBlob: { timeoutInSeconds: 600, syncIntervalInSeconds: 600, ...blob },
    kustomizations: Object.fromEntries(kustomizations),
  }
}

function remove(call: Call): CloudResponse {
  const { world, parameters, url } = call
  const cluster = clusterOf(call)
  const row = findFlux(world, idOf(cluster, parameters['name'] ?? ''))
  if (!row) return { status: 204 }
  if (url.searchParams.get('forceDelete') === 'true') {
    removeFlux(world, row.id)
    return { status: 200 }
  }
  needRunning(cluster, 'fluxConfiguration')
  if (isUnderWay(row)) throw busy()
  const operation = startOperation(call, row.id, cluster.location, latencies(world).extensionUpdate, (guid) =>
    pollUrl(world, row.id, guid, apiVersion),
  )
  const deleting = { ...withState(row, 'Deleting'), operation: operation.guid, generation: row.generation + 1 }
  storeFlux(world, deleting)
  endsLater(world, deleting, operation.endsAt - operation.startedAt, 'delete')
  return { status: 202, headers: { 'azure-asyncoperation': operation.url } }
}

const endsLater = (world: World, { id, operation }: FluxConfiguration, ms: number, work: End['work']): void =>
  world.later(ms, { type: 'flux-end', id, operation, work } satisfies End & Json)

/** `begin`: the agent in the cluster takes up what it was given. */
export function startFlux(world: World, prune: Prune, begin: (row: FluxConfiguration) => void): void {
  world.on<End>('flux-end', async ({ id, operation, work }) => {
    const row = findFlux(world, id)
    const planned = findOperation(world, operation)
    if (!row || row.operation !== operation || planned?.ended) return
    if (planned?.planned.status !== 'Succeeded') {
      storeFlux(world, withState(row, 'Failed', { errorMessage: planned?.planned.error?.message ?? 'The operation was canceled.' }))
      return void endOperation(world, operation)
    }
    if (work === 'put') {
      storeFlux(world, withState(row, 'Succeeded'))
      endOperation(world, operation)
      return begin(row)
    }
    if (await prune(row)) {
      removeFlux(world, id)
      endOperation(world, operation)
      return
    }
    const error = { code: 'ClusterUnreachable', message: `The agent in the cluster of namespace ${namespaceOf(row)} has not answered.` }
    storeFlux(world, withState(row, 'Failed', { errorMessage: error.message }))
    endOperation(world, operation, { status: 'Failed', error })
  })
}

function poll(call: Call): CloudResponse {
  const { operation, ended } = polled(call)
  const { guid, resourceId } = operation
  const status = ended?.status ?? String(findFlux(call.world, resourceId)?.properties['provisioningState'] ?? 'Creating')
  return { status: 200, body: { id: operationPath(resourceId, guid), name: guid, status, ...(ended?.error ? { error: ended.error } : {}) } }
}
