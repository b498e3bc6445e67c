// Microsoft.ContainerService/managedClusters (https://learn.microsoft.com/rest/api/aks/managed-clusters).

import type { CloudResponse } from '../http.ts'
import { needIdle, needRunning } from './cluster-lock.ts'
import { begin, type ClusterHosts, startClusterOperations } from './cluster-operations.ts'
import { checkPreconditions } from './cluster-preconditions.ts'
import { refuse, refuseFlat, resourceNotFound } from './errors.ts'
import { sameId } from './ids.ts'
import { userKubeconfig } from './kubeconfig.ts'
import { checkLinkedAccess } from './linked-access.ts'
import { type Cluster, clusters, clusterType, findCluster, isStopped, merged } from './managed-cluster.ts'
import { type Call, objectOf, type Provider, page, type Route, tagsOf } from './provider.ts'
import { resourcesOf, type Tags } from './resources.ts'
import { commandRoutes, startCommands } from './run-commands.ts'
import { type Buckets, createBuckets } from './throttling.ts'

const list = 'providers/Microsoft.ContainerService/managedClusters'
const path = `/subscriptions/{subscription}/resourceGroups/{group}/${list}/{name}`

/** The resource provider's own limits (https://learn.microsoft.com/azure/aks/quotas-skus-regions#throttling-limits-on-aks-resource-provider-apis). */
const limits = { PUT: [20, 1 / 60], GET: [60, 1] } as const

export function managedClusters(hosts: ClusterHosts): Provider {
  let buckets: Buckets | undefined

  const limited = (route: Route): Route => ({
    ...route,
    handle(call) {
      const limit = route.path === path ? limits[call.method as keyof typeof limits] : undefined
      const key = limit ? `${call.method} ${call.path}` : `others ${call.parameters['subscription']}`
      const [burst, refill] = limit ?? [60, 1]
      buckets ??= createBuckets(call.world.clock)
      const taken = buckets.take(key.toLowerCase(), burst, refill)
      if ('wait' in taken) throw throttled(taken.wait)
      return route.handle(call)
    },
  })

  const routes: readonly Route[] = [
    {
      method: 'GET',
      path: `/subscriptions/{subscription}/${list}`,
      handle: (call) => page(call, resourcesOf(call.world, clusterType, `/subscriptions/${call.parameters['subscription']}`)),
    },
    {
      method: 'GET',
      path: `/subscriptions/{subscription}/resourceGroups/{group}/${list}`,
      handle: (call) =>
        page(call, resourcesOf(call.world, clusterType, call.path.slice(0, call.path.toLowerCase().indexOf('/providers/')))),
    },
    { method: 'GET', path, handle: (call) => ({ status: 200, body: existing(call) }) },
    { method: 'PUT', path, handle: put },
    { method: 'PATCH', path, handle: patch },
    { method: 'DELETE', path, handle: remove },
    { method: 'POST', path: `${path}/start`, handle: (call) => power(call, 'start') },
    { method: 'POST', path: `${path}/stop`, handle: (call) => power(call, 'stop') },
    { method: 'POST', path: `${path}/listClusterUserCredential`, handle: (call) => credential(call, hosts) },
    ...commandRoutes(path, hosts.askAs, existing),
    {
      method: 'POST',
      path: `${path}/listClusterAdminCredential`,
      handle: (call) => {
        existing(call)
        throw refuseFlat(
          400,
          'BadRequest',
          'Getting static credential is not allowed because this cluster is set to disable local accounts.',
          'GetCredential_BadRequest',
        )
      },
    },
  ]
  return {
    namespace: 'Microsoft.ContainerService',
    routes: routes.map(limited),
    start(world) {
      startClusterOperations(world, hosts)
      startCommands(world, hosts.askAs)
    },
  }
}

function throttled(seconds: number) {
  const error = refuseFlat(429, 'Throttled', `The request was throttled. Please try again after ${seconds} seconds.`)
  return Object.assign(error, { response: { ...error.response, headers: { 'retry-after': String(seconds) } } })
}

function existing(call: Call): Cluster {
  const { subscription, group = '', name = '' } = call.parameters
  const found = findCluster(call.world, `/subscriptions/${subscription}/resourceGroups/${group}/${list}/${name}`)
  if (!found) throw resourceNotFound('Microsoft.ContainerService/managedClusters', name, group)
  return found
}

const poll = (url: string): Record<string, string> => ({ 'azure-asyncoperation': url })

function put(call: Call): CloudResponse {
  const before = findCluster(call.world, call.path)
  if (!/^[a-zA-Z0-9]$|^[a-zA-Z0-9][-_a-zA-Z0-9]{0,61}[a-zA-Z0-9]$/.test(call.parameters['name'] ?? ''))
    throw refuseFlat(400, 'InvalidParameter', `The cluster's name '${call.parameters['name']}' is not valid.`)
  checkPreconditions(call, before)
  if (typeof call.body['location'] !== 'string')
    throw refuse(400, 'LocationRequired', 'The location property is required for this definition.')
  const after = merged(call.world, call.path, { ...call.body, tags: tagsOf(call.body) ?? {} }, before)
  if (before && before.location !== after.location) {
    const message = `The resource '${before.name}' already exists in location '${before.location}' in resource group '${call.parameters['group']}'. A resource with the same name cannot be created in location '${after.location}'. Please select a new resource name.`
    throw refuse(409, 'InvalidResourceLocation', message)
  }
  checkLinkedAccess(call, after)
  const asked = objectOf(call.body['properties'])
  if (before) {
    needRunning(before, 'update')
    needIdle(call.world, before)
    if (objectOf(before.properties['oidcIssuerProfile'])['enabled'] === true && objectOf(asked['oidcIssuerProfile'])['enabled'] === false)
      throw refuseFlat(400, 'OIDCIssuerFeatureCannotBeDisabled', 'OIDC issuer feature cannot be disabled.')
  }
  const workloadIdentity = objectOf(objectOf(after.properties['securityProfile'])['workloadIdentity'])['enabled'] === true
  if (workloadIdentity && objectOf(after.properties['oidcIssuerProfile'])['enabled'] !== true)
    throw refuseFlat(400, 'BadRequest', 'Workload identity needs the OIDC issuer: set oidcIssuerProfile.enabled to true as well.')
  const { operation, cluster } = begin(call, after, before ? 'update' : 'create')
  return { status: before ? 200 : 201, headers: poll(operation.url), body: cluster }
}

/** Documented for tags only. Whether the real one merges or replaces them is unverified; replacing is the stricter. */
function patch(call: Call): CloudResponse {
  const before = existing(call)
  checkPreconditions(call, before)
  const others = Object.keys(call.body).filter((name) => name !== 'tags')
  if (others.length > 0)
    throw refuse(501, 'NotSimulated', `PATCH of '${others.join("', '")}' is undocumented and not simulated: PATCH changes tags only.`)
  needRunning(before, 'update tags')
  const { operation, cluster } = changeTags(call, before, tagsOf(call.body) ?? {})
  return { status: 200, headers: poll(operation), body: cluster }
}

/** AKS reconciles a cluster after its tags changed, which takes the lock for minutes. A stopped one only stores them. */
export function changeTags(call: Call, cluster: Cluster, tags: Tags): { readonly operation: string; readonly cluster: Cluster } {
  needIdle(call.world, cluster)
  const begun = begin(call, { ...cluster, tags }, 'tags')
  return { operation: begun.operation.url, cluster: begun.cluster }
}

function remove(call: Call): CloudResponse {
  const found = findCluster(call.world, call.path)
  if (!found) return { status: 204 }
  checkPreconditions(call, found)
  const { operation } = begin(call, found, 'delete')
  return { status: 202, headers: { ...poll(operation.url), location: operation.url } }
}

function power(call: Call, work: 'start' | 'stop'): CloudResponse {
  const cluster = existing(call)
  needIdle(call.world, cluster)
  if (isStopped(cluster) === (work === 'stop')) return { status: 204 }
  const { operation } = begin(call, cluster, work)
  return { status: 202, headers: { ...poll(operation.url), location: operation.url } }
}

function credential(call: Call, hosts: ClusterHosts): CloudResponse {
  const cluster = existing(call)
  const known = clusters(call.world).some(({ id }) => sameId(id, cluster.id)) && cluster.properties['provisioningState'] !== 'Creating'
  if (!known) throw refuseFlat(404, 'NotFound', `The kubeconfig of '${cluster.name}' is not available yet.`)
  const text = userKubeconfig(cluster, hosts.authorityPem(cluster.id), call.url.searchParams.get('format') ?? 'exec')
  return { status: 200, body: { kubeconfigs: [{ name: 'clusterUser', value: Buffer.from(text).toString('base64') }] } }
}
