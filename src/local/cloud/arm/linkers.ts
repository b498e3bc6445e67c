// Microsoft.ServiceLinker on managed clusters: Azure Service Connector itself, as far as what it leaves in clusters goes. A connection is handed to the
// extension `sc-extension`, whose job writes Secret and ServiceAccount; deleting the connection deletes neither
// (https://learn.microsoft.com/azure/service-connector/how-to-use-service-connector-in-aks). Simulated are auth `secret` with a raw value, and what
// linker-effects.ts has: storage accounts with their key or with `userAssignedIdentity` and a client id, key vaults by the add-on, stores of App Configuration
// with a key. The extension must be there, because this provider does not install it. `ForcedCleanup` takes away the roles that it assigned
// (https://learn.microsoft.com/rest/api/servicelinker/linker/create-or-update#deleteorupdatebehavior).

import { removeAssignment, roleAssignments } from '../access.ts'
import { emit } from '../event-grid.ts'
import type { CloudResponse } from '../http.ts'
import type { World } from '../world.ts'
import { happeningOf } from './announce.ts'
import { refuse } from './errors.ts'
import { handOver } from './extension-agent.ts'
import { keyOf } from './ids.ts'
import { effectsOf } from './linker-effects.ts'
import { type Body, type Call, objectOf, type Provider, page, textOf } from './provider.ts'

const cluster = '/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.ContainerService/managedClusters/{cluster}'
const list = `${cluster}/providers/Microsoft.ServiceLinker/linkers`

type Linker = {
  readonly id: string
  readonly name: string
  readonly type: string
  readonly properties: Body
  readonly roles?: readonly string[]
}
const linkersOf = (world: World): Map<string, Linker> => world.table<Linker>('service-linkers')
const clusterIn = ({ path }: Call): string => path.slice(0, path.toLowerCase().indexOf('/providers/microsoft.servicelinker'))

function existing(call: Call): Linker {
  const found = linkersOf(call.world).get(call.path.toLowerCase())
  if (!found) throw refuse(404, 'ResourceNotFound', `The linker '${call.parameters['name'] ?? ''}' is not found.`)
  return found
}

/** https://learn.microsoft.com/rest/api/servicelinker/linker/create-or-update */
function put(call: Call): CloudResponse {
  const { name = '' } = call.parameters
  if (!/^[A-Za-z0-9._]{1,60}$/.test(name))
    throw refuse(400, 'InvalidResourceName', 'A linker is named by letters, digits, dots and underscores.')
  const asked = objectOf(call.body['properties'])
  const auth = objectOf(asked['authInfo'])
  const namespace = textOf(asked['scope']) ?? 'default'
  const stem = name.replaceAll(/[^a-zA-Z0-9]/g, '').toLowerCase()
  const clientId = textOf(auth['clientId'])
  const value = textOf(objectOf(auth['secretInfo'])['value'])
  const service = objectOf(asked['targetService'])
  const target = textOf(service['id']) ?? ''
  const made = {
    cluster: clusterIn(call),
    target,
    by: objectOf(service['resourceProperties']),
    namespace,
    clientId,
    person: call.claims.oid,
  }
  const effects = value === undefined ? effectsOf(call.world, made) : { values: { AZURE_STORAGEBLOB_CONNECTIONSTRING: value }, roles: [] }
  if (!effects) throw refuse(501, 'NotImplemented', `authType ${textOf(auth['authType'])} with ${target || 'no target'} is not simulated`)
  const data = Object.fromEntries(Object.entries(effects.values).map(([key, text]) => [key, Buffer.from(text).toString('base64')]))
  const resources = {
    namespace: { name: namespace },
    secret: { name: `sc-${stem}-secret`, namespace, data },
    ...(clientId === undefined
      ? {}
      : { serviceAccount: { name: `sc-account-${clientId}`, namespace, annotations: { 'azure.workload.identity/client-id': clientId } } }),
  }
  const refused = handOver(call.world, clusterIn(call), resources)
  if (refused !== undefined) throw refuse(409, 'Conflict', refused)
  const { secretInfo: _, ...shown } = auth
  const linker = {
    id: call.path,
    name,
    type: 'Microsoft.ServiceLinker/linkers',
    properties: { ...asked, authInfo: shown, provisioningState: 'Succeeded' },
  }
  linkersOf(call.world).set(call.path.toLowerCase(), { ...linker, roles: effects.roles })
  return { status: 201, body: answered(call, linker) }
}

function remove(call: Call): CloudResponse {
  const key = call.path.toLowerCase()
  const found = linkersOf(call.world).get(key)
  if (!found) return { status: 204 }
  linkersOf(call.world).delete(key)
  if (objectOf(found.properties['authInfo'])['deleteOrUpdateBehavior'] === 'ForcedCleanup')
    for (const id of found.roles ?? []) {
      const row = roleAssignments(call.world).get(keyOf(id))
      if (!row) continue
      removeAssignment(call.world, row)
      emit(call.world, { ...happeningOf(call, 'Success', 'Microsoft.Authorization/roleAssignments/delete'), resource: id })
    }
  return { status: 200 }
}

/** As a version of the API knows it: `2024-04-01` has no App Configuration among its `resourceProperties`. */
function answered({ url }: Call, { roles: _, ...linker }: Linker): Body {
  const service = objectOf(linker.properties['targetService'])
  const isNewer = objectOf(service['resourceProperties'])['type'] === 'AppConfig' && url.searchParams.get('api-version') === '2024-04-01'
  const properties = isNewer ? { ...linker.properties, targetService: { ...service, resourceProperties: null } } : linker.properties
  return { ...linker, properties }
}

export const serviceLinker: Provider = {
  namespace: 'Microsoft.ServiceLinker',
  routes: [
    {
      method: 'GET',
      path: list,
      handle: (call) =>
        page(
          call,
          [...linkersOf(call.world)].flatMap(([key, linker]) =>
            key.startsWith(`${call.path.toLowerCase()}/`) ? [answered(call, linker)] : [],
          ),
        ),
    },
    { method: 'GET', path: `${list}/{name}`, handle: (call) => ({ status: 200, body: answered(call, existing(call)) }) },
    { method: 'PUT', path: `${list}/{name}`, handle: put },
    {
      method: 'DELETE',
      path: `${list}/{name}`,
      handle: remove,
    },
  ],
}
