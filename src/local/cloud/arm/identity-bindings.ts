// Microsoft.ContainerService/managedClusters/identityBindings: which managed identities the pods of a cluster may be bound to.
// https://learn.microsoft.com/rest/api/aks/identity-bindings
//
// The surprising parts: the name has no dash; API servers in a virtual network cannot have any; the credential on the identity is made at the end of
// the operation and counts towards its 20. Not documented, so the stricter was chosen: a write needs the cluster idle and running, and a second binding
// of one identity in one cluster is refused.
import { emit } from '../event-grid.ts'
import type { Happening } from '../happening.ts'
import type { CloudResponse } from '../http.ts'
import type { Json, World } from '../world.ts'
import { happeningOf } from './announce.ts'
import { needIdle, needRunning } from './cluster-lock.ts'
import { refuseFlat, resourceNotFound } from './errors.ts'
import { type Binding, bindings, bindingsOf, bindingType, bodyOf, ensureBindingCredential } from './identity-binding.ts'
import { keyOf, sameId } from './ids.ts'
import { checkLinkedCredentials } from './linked-access.ts'
import { type Cluster, findCluster } from './managed-cluster.ts'
import { endOperation, findOperation, startOperation } from './operations.ts'
import { type Call, objectOf, type Provider, page, textOf } from './provider.ts'
import { findIdentity } from './user-assigned-identity.ts'

const list =
  '/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.ContainerService/managedClusters/{name}/identityBindings'
const path = `${list}/{binding}`
const takes = 20_000

type End = {
  readonly type: 'identity-binding-end'
  readonly id: string
  readonly operation: string
  readonly happening: Happening & Json
}

function clusterOf(call: Call): Cluster {
  const found = findCluster(call.world, call.path.slice(0, call.path.toLowerCase().indexOf('/identitybindings')))
  if (found) return found
  throw resourceNotFound('Microsoft.ContainerService/managedClusters', call.parameters['name'] ?? '', call.parameters['group'] ?? '')
}

function existing(call: Call): Binding {
  const cluster = clusterOf(call)
  const found = bindings(call.world).get(keyOf(`${cluster.id}/identityBindings/${call.parameters['binding']}`))
  if (found) return found
  throw refuseFlat(404, 'NotFound', `The identity binding '${call.parameters['binding']}' of cluster '${cluster.name}' was not found.`)
}

function begin(call: Call, cluster: Cluster, binding: Omit<Binding, 'operation' | 'eTag'>) {
  const { world } = call
  const operation = startOperation(call, binding.id, cluster.location, takes)
  const stored: Binding = { ...binding, operation: operation.guid, eTag: world.uuid() }
  bindings(world).set(keyOf(binding.id), stored)
  const happening = happeningOf(call, 'Success') as Happening & Json
  world.later(operation.endsAt - operation.startedAt, {
    type: 'identity-binding-end',
    id: binding.id,
    operation: operation.guid,
    happening,
  } satisfies End)
  return { stored, headers: { 'azure-asyncoperation': operation.url, location: operation.url } }
}

const bad = (message: string) => refuseFlat(400, 'BadRequest', message)

function put(call: Call): CloudResponse {
  const cluster = clusterOf(call)
  const name = call.parameters['binding'] ?? ''
  if (!/^[a-z][a-z0-9]{0,63}$/.test(name)) throw bad(`The name '${name}' of the identity binding does not match '^[a-z][a-z0-9]{0,63}$'.`)
  const asked = textOf(objectOf(objectOf(call.body['properties'])['managedIdentity'])['resourceId'])
  const identity = asked === undefined ? undefined : findIdentity(call.world, asked)
  if (!identity) throw bad(`The managed identity '${asked ?? ''}' of the identity binding was not found.`)
  if (objectOf(cluster.properties['apiServerAccessProfile'])['enableVnetIntegration'] === true)
    throw bad('Identity bindings are not supported on clusters with API server VNet integration.')
  if (objectOf(cluster.properties['oidcIssuerProfile'])['enabled'] !== true)
    throw bad('Identity bindings need the OIDC issuer and workload identity of the cluster.')
  checkLinkedCredentials(call, `${bindingType}/write`, identity.id)
  needRunning(cluster, 'put identity binding')
  needIdle(call.world, cluster)
  const id = `${cluster.id}/identityBindings/${name}`
  const before = bindings(call.world).get(keyOf(id))
  if (before && !sameId(before.identity, identity.id))
    throw bad('properties.managedIdentity.resourceId of an identity binding cannot be changed.')
  if (before && ['Creating', 'Updating', 'Deleting'].includes(before.state)) throw busy(before)
  const other = bindingsOf(call.world, cluster.id).find((one) => sameId(one.identity, identity.id) && one.name !== name)
  if (other)
    throw refuseFlat(409, 'Conflict', `The managed identity is bound to this cluster already, by identity binding '${other.name}'.`)
  const { clientId, principalId } = identity.properties
  const { stored, headers } = begin(call, cluster, {
    id,
    name,
    cluster: cluster.id,
    identity: identity.id,
    clientId: String(clientId),
    principalId: String(principalId),
    state: before ? 'Updating' : 'Creating',
  })
  return { status: before ? 200 : 201, headers, body: bodyOf(stored) }
}

const busy = ({ name }: Binding) =>
  refuseFlat(
    409,
    'OperationNotAllowed',
    `Another operation on the identity binding '${name}' is in progress. Please wait for it to finish.`,
  )

function remove(call: Call): CloudResponse {
  const cluster = clusterOf(call)
  const found = bindings(call.world).get(keyOf(`${cluster.id}/identityBindings/${call.parameters['binding']}`))
  if (!found) return { status: 204 }
  if (found.state === 'Deleting') throw busy(found)
  needIdle(call.world, cluster)
  const { headers } = begin(call, cluster, { ...found, state: 'Deleting' })
  return { status: 202, headers }
}

function end(world: World, binding: Binding, status: 'Succeeded' | 'Failed' | 'Canceled' | undefined): void {
  const key = keyOf(binding.id)
  if (status === 'Succeeded' && binding.state === 'Deleting') return void bindings(world).delete(key)
  bindings(world).set(key, { ...binding, state: status ?? 'Failed' })
}

/** What AKS does on the managed identity at the end. */
function credentialRefusal(world: World, binding: Binding): { readonly code: string; readonly message: string } | undefined {
  if (binding.state === 'Deleting') return undefined
  const identity = findIdentity(world, binding.identity)
  if (!identity) return { code: 'BadRequest', message: `The managed identity '${binding.identity}' was not found.` }
  if (ensureBindingCredential(world, identity) === 'there') return undefined
  return { code: 'BadRequest', message: 'Too many Federated Identity Credentials for this Managed Identity: at most 20 are allowed.' }
}

export const identityBindings: Provider = {
  namespace: 'Microsoft.ContainerService',
  routes: [
    { method: 'GET', path: list, handle: (call) => page(call, bindingsOf(call.world, clusterOf(call).id).map(bodyOf)) },
    { method: 'GET', path, handle: (call) => ({ status: 200, body: bodyOf(existing(call)) }) },
    { method: 'PUT', path, quiet: true, handle: put },
    { method: 'DELETE', path, quiet: true, handle: remove },
  ],
  start(world) {
    world.on<End>('identity-binding-end', ({ id, operation, happening }) => {
      const binding = bindings(world).get(keyOf(id))
      const planned = findOperation(world, operation)?.planned
      if (!binding || binding.operation !== operation || findOperation(world, operation)?.ended) return
      const error = planned?.status === 'Succeeded' ? credentialRefusal(world, binding) : undefined
      const status = endOperation(world, operation, error && { status: 'Failed', error })?.ended?.status
      end(world, binding, status)
      emit(world, { ...(happening as Happening), outcome: status === 'Succeeded' ? 'Success' : 'Failure' })
    })
  },
}
