// Microsoft.ServiceLinker on managed clusters: Azure Service Connector itself, as far as what it leaves in clusters goes. A connection is handed to the
// extension `sc-extension`, whose job writes Secret and ServiceAccount; deleting the connection deletes neither
// (https://learn.microsoft.com/azure/service-connector/how-to-use-service-connector-in-aks). Simulated are auth `secret`
// with a raw value, and to storage accounts (linker-effects.ts) that with their key and `userAssignedIdentity` with a client id; the extension must be there,
// because this provider does not install it.

import type { CloudResponse } from '../http.ts'
import type { World } from '../world.ts'
import { refuse } from './errors.ts'
import { handOver } from './extension-agent.ts'
import { effectsOf } from './linker-effects.ts'
import { type Call, objectOf, type Provider, page, textOf } from './provider.ts'

const cluster = '/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.ContainerService/managedClusters/{cluster}'
const list = `${cluster}/providers/Microsoft.ServiceLinker/linkers`

type Linker = { readonly id: string; readonly name: string; readonly type: string; readonly properties: Readonly<Record<string, unknown>> }
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
  const target = textOf(objectOf(asked['targetService'])['id']) ?? ''
  const made = { cluster: clusterIn(call), target, namespace, clientId, person: call.claims.oid }
  const values = value === undefined ? effectsOf(call.world, made) : { AZURE_STORAGEBLOB_CONNECTIONSTRING: value }
  if (!values) throw refuse(501, 'NotImplemented', `authType ${textOf(auth['authType'])} with ${target || 'no target'} is not simulated`)
  const data = Object.fromEntries(Object.entries(values).map(([key, text]) => [key, Buffer.from(text).toString('base64')]))
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
  linkersOf(call.world).set(call.path.toLowerCase(), linker)
  return { status: 201, body: linker }
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
          [...linkersOf(call.world)].flatMap(([key, linker]) => (key.startsWith(`${call.path.toLowerCase()}/`) ? [linker] : [])),
        ),
    },
    { method: 'GET', path: `${list}/{name}`, handle: (call) => ({ status: 200, body: existing(call) }) },
    { method: 'PUT', path: `${list}/{name}`, handle: put },
    {
      method: 'DELETE',
      path: `${list}/{name}`,
      handle(call) {
        return { status: linkersOf(call.world).delete(call.path.toLowerCase()) ? 200 : 204 }
      },
    },
  ],
}
