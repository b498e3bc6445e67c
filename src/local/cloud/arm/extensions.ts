// Microsoft.KubernetesConfiguration/extensions on AKS clusters (https://learn.microsoft.com/rest/api/kubernetesconfiguration/extensions).
//
// Surprising, all recorded or reported: an extension takes the cluster's lock some seconds after its PUT was answered, while the cluster reads
// Succeeded; if another operation has the lock by then, the conflict is deep in the text of the operation's error; `Location` names a host inside the
// provider that must not be followed; there is no ETag, and the protected settings have to be sent again each time.
import { decide } from '../access.ts'
import type { CloudResponse } from '../http.ts'
import { latencies } from '../latencies.ts'
import { needRunning } from './cluster-lock.ts'
import { authorizationFailed, refuse, resourceNotFound } from './errors.ts'
import {
  answered,
  type Extension,
  extensionsOf,
  findExtension,
  isUnderWay,
  removeExtension,
  storeExtension,
  textsOf,
  uidOf,
  withState,
} from './extension.ts'
import { uninstall } from './extension-agent.ts'
import { endsLater, isServiceConnector, locksLater, startExtensions } from './extension-operations.ts'
import { clusterOf, idOn, listPath, operationPath, pollUrl } from './kubernetes-configuration.ts'
import type { Cluster } from './managed-cluster.ts'
import { type Operation, polled, startOperation } from './operations.ts'
import { type Call, objectOf, type Provider, page, textOf } from './provider.ts'

const list = listPath('extensions')
const path = `${list}/{name}`
const apiVersion = '2023-05-01'

export const extensionsProvider: Provider = {
  namespace: 'Microsoft.KubernetesConfiguration',
  routes: [
    { method: 'GET', path: list, handle: (call) => page(call, extensionsOf(call.world, clusterOf(call).id).map(answered)) },
    { method: 'GET', path, handle: (call) => ({ status: 200, body: answered(existing(call)) }) },
    { method: 'PUT', path, handle: put },
    { method: 'DELETE', path, handle: remove },
    { method: 'GET', path: `${path}/operations/{operation}`, handle: poll },
  ],
  start: startExtensions,
}

const idOf = (cluster: Cluster, name: string): string => idOn(cluster, 'extensions', name)

function existing(call: Call): Extension {
  const { name = '', group = '' } = call.parameters
  const found = findExtension(call.world, idOf(clusterOf(call), name))
  if (!found) throw resourceNotFound('Microsoft.KubernetesConfiguration/extensions', name, group)
  return found
}

function put(call: Call): CloudResponse {
  const { world } = call
  const cluster = clusterOf(call)
  const { name = '' } = call.parameters
  const before = findExtension(world, idOf(cluster, name))
  needAddonRight(call, cluster)
  needRunning(cluster, 'extension')
  if (before && isUnderWay(before))
    throw refuse(409, 'Conflict', 'There is a conflicting operation in progress for this extension. Please retry the operation.')
  const asked = objectOf(call.body['properties'])
  const type = textOf(asked['extensionType'])
  if (!type) throw refuse(400, 'BadRequest', 'The extensionType of the extension is missing.')
  if (before && String(before.properties['extensionType']).toLowerCase() !== type.toLowerCase())
    throw refuse(400, 'BadRequest', 'The extensionType of an extension cannot be changed.')
  if (asked['autoUpgradeMinorVersion'] === true && asked['version'])
    throw refuse(400, 'BadRequest', 'version cannot be given where autoUpgradeMinorVersion is true.')
  const id = before?.id ?? idOf(cluster, name)
  const { extensionInstall, extensionUpdate } = latencies(world)
  const operation = startOperation(call, id, cluster.location, before ? extensionUpdate : extensionInstall, (guid) =>
    pollUrl(world, id, guid, apiVersion),
  )
  const row: Extension = {
    id,
    name,
    cluster: cluster.id,
    clusterUid: uidOf(world, cluster.id),
    properties: {
      extensionType: type,
      autoUpgradeMinorVersion: asked['autoUpgradeMinorVersion'] !== false,
      releaseTrain: asked['releaseTrain'] ?? 'Stable',
      version: asked['version'] ?? null,
      scope: asked['scope'] ?? { cluster: { releaseNamespace: name } },
      configurationSettings: textsOf(asked['configurationSettings']),
      statuses: [],
      aksAssignedIdentity: before?.properties['aksAssignedIdentity'] ?? null,
      provisioningState: before ? 'Updating' : 'Creating',
    },
    protectedSettings: textsOf(asked['configurationProtectedSettings']),
    revision: (before?.revision ?? 0) + 1,
    operation: operation.guid,
    createdAt: before?.createdAt ?? world.clock.now(),
  }
  storeExtension(world, row)
  const takes = operation.endsAt - operation.startedAt
  locksLater(world, row, takes)
  endsLater(call, row, takes, 'put')
  return { status: before ? 200 : 201, headers: putHeaders(operation, row, cluster), body: answered(row) }
}

function remove(call: Call): CloudResponse {
  const { world, parameters, url } = call
  const cluster = clusterOf(call)
  const row = findExtension(world, idOf(cluster, parameters['name'] ?? ''))
  if (!row) return { status: 204 }
  if (url.searchParams.get('forceDelete') === 'true') {
    removeExtension(world, row.id)
    if (isServiceConnector(row)) uninstall(world, row.cluster)
    return { status: 200, body: forced }
  }
  needRunning(cluster, 'extension')
  if (isUnderWay(row))
    throw refuse(409, 'Conflict', 'There is a conflicting operation in progress for this extension. Please retry the operation.')
  const operation = startOperation(call, row.id, cluster.location, latencies(world).extensionUpdate, (guid) =>
    pollUrl(world, row.id, guid, apiVersion),
  )
  const deleting = { ...withState(row, 'Deleting'), operation: operation.guid }
  storeExtension(world, deleting)
  endsLater(call, deleting, operation.endsAt - operation.startedAt, 'delete')
  return { status: 202, headers: { 'azure-asyncoperation': operation.url, ...supported } }
}

/** A serialized message of .NET, as recorded. */
const forced = {
  content: null,
  statusCode: 200,
  headers: [],
  version: '1.1',
  reasonPhrase: 'OK',
  trailingHeaders: [],
  requestMessage: null,
  isSuccessStatusCode: true,
}

/** The provider calls the add-on handler of AKS as the caller, who needs the right for it, too. */
function needAddonRight({ world, claims }: Call, { id }: Cluster): void {
  const action = 'Microsoft.ContainerService/managedClusters/extensionaddons/write'
  const answer = decide(world, { principalId: claims.oid, action, scope: id })
  if (answer !== 'allowed') throw authorizationFailed(claims, action, id, answer === 'condition')
}

/** The provider's own words and form: no times, and `name` is the guid as it is. */
function poll(call: Call): CloudResponse {
  const { operation, ended } = polled(call)
  const { guid, resourceId } = operation
  const status = ended?.status ?? wordOf(findExtension(call.world, resourceId), operation)
  const body = { id: operationPath(resourceId, guid), name: guid, status, ...(ended?.error ? { error: ended.error } : {}) }
  const headers = operation.retryAfter === undefined ? {} : { 'retry-after': String(operation.retryAfter) }
  return { status: 200, headers: { ...headers, ...supported }, body }
}

/** A silent no-op has changed nothing that could have a state. */
const wordOf = (row: Extension | undefined, { guid }: Operation): string =>
  row?.operation === guid ? String(row.properties['provisioningState']) : 'Creating'

const supported = { 'api-supported-versions': '2021-09-01, 2022-03-01, 2023-05-01' }
/** `Location` of a PUT names a host inside the provider. */
const putHeaders = ({ url }: Operation, { id }: Extension, { location }: Cluster): Record<string, string> => ({
  'azure-asyncoperation': url,
  location: `https://${location}.rp.kubernetesconfiguration.azure.com${id.replace('/managedClusters/', '/ManagedClusters/')}`,
  ...supported,
})
