// Microsoft.SignalRService: SignalR and WebPubSub (https://learn.microsoft.com/rest/api/signalr/signalr). Surprising, recorded by the tests of azure-cli and
// azure-service-operator: creating and changing answer 202 without a body and take about a minute; the operation lies below the service and says
// `Running`, so that polling it needs a right of its own; a new key is in the answer to its request, although that goes on as an operation, too; the state says `Succeeded` again before the service
// takes the next write (https://github.com/Azure/azure-rest-api-specs/issues/23986). IP rules are tried in their order, and decide before the default
// action (https://learn.microsoft.com/azure/azure-signalr/howto-network-access-control).

import { createHash } from 'node:crypto'
import type { CloudResponse } from '../http.ts'
import { includes } from '../ranges.ts'
import type { World } from '../world.ts'
import { refuse } from './errors.ts'
import { type Born, type Described, keyedResource, type Place } from './keyed-resource.ts'
import { base64Key, type Key } from './keyed-resource-keys.ts'
import { type Operation, polled, signatureOf } from './operations.ts'
import { type Body, type Call, objectOf, type Provider } from './provider.ts'
import { findResource, type Resource } from './resources.ts'
import { type Flow, withState } from './slow-writes.ts'

type Kind = { readonly type: string; readonly kind: string; readonly domain: string }

const mostRules = 30
const takes = 65_000
const requestTypes = ['ServerConnection', 'ClientConnection', 'RESTAPI', 'Trace']
const everywhere = ['0.0.0.0/0', '::/0'].map((value) => ({ value, action: 'Allow' }))
const bodiesOf = (value: unknown): readonly Body[] => (Array.isArray(value) ? value.map(objectOf) : [])

/** May a caller with this public address send such requests? */
export function letsIn(world: World, id: string, ip: string, request: string): boolean {
  const properties = objectOf(findResource(world, id)?.properties)
  const acls = objectOf(properties['networkACLs'])
  const { allow = [], deny = [] } = objectOf(acls['publicNetwork']) as {
    readonly allow?: readonly string[]
    readonly deny?: readonly string[]
  }
  const isDefault = acls['defaultAction'] !== 'Deny'
  if (properties['publicNetworkAccess'] !== 'Enabled' || (deny ?? []).includes(request)) return false
  if (!(allow ?? []).includes(request) && !isDefault) return false
  const rules = bodiesOf(acls['ipRules']).filter(({ value }) => !String(value).includes(':'))
  const decides = rules.find(({ value }) => includes(String(value), ip))
  return rules.length === 0 || (decides ? decides['action'] === 'Allow' : isDefault)
}

const operationUrl = (part: 'operationStatuses' | 'operationResults', id: string, guid: string, now: number): string =>
  `https://management.azure.com${id}/${part}/${guid}?api-version=2024-03-01&${signatureOf(guid, now)}`

/** The two addresses are signed apart. */
const headersOf = ({ guid, url, resourceId, startedAt }: Operation): Record<string, string> => ({
  'azure-asyncoperation': url,
  location: operationUrl('operationResults', resourceId, guid, startedAt + 1),
})

const flow = (state: string): Flow => ({
  takes,
  meanwhile: (settled) => withState(settled, state),
  urlOf: ({ id }, guid, world) => operationUrl('operationStatuses', id, guid, world.clock.now()),
  answer: (_meanwhile, operation) => ({ status: 202, ...(operation ? { headers: headersOf(operation) } : {}) }),
})

function poll(call: Call): CloudResponse {
  const { operation, ended } = polled(call)
  const stamp = (time: number): string => new Date(time).toISOString().replace('Z', '8082Z')
  const body = { id: call.path, name: operation.guid, status: ended?.status ?? 'Running', startTime: stamp(operation.startedAt) }
  if (!ended) return { status: 200, body }
  return { status: 200, body: { ...body, endTime: stamp(ended.at), ...(ended.error ? { error: ended.error } : {}) } }
}

/** The same operation as a result: 202 until it is over, and then the service. */
function result(call: Call): CloudResponse {
  const { operation = '' } = call.parameters
  const found = call.world.table<Operation>('operations').get(operation)
  if (!found) throw refuse(404, 'OperationNotFound', `The operation '${operation}' was not found.`)
  if (!found.ended) return { status: 202, headers: { location: call.url.href } }
  const service = findResource(call.world, found.resourceId)
  return service ? { status: 200, body: service } : { status: 204 }
}

function checked({ name }: Resource, asked: Body): Body {
  if (asked['networkACLs'] === undefined) return {}
  const acls = objectOf(asked['networkACLs'])
  const rules = bodiesOf(acls['ipRules'])
  if (rules.length > mostRules) throw refuse(400, 'BadRequest', `The service ${name} can have at most ${mostRules} IP rules.`)
  for (const { value, action } of rules)
    if (!/^[\d.:a-f]+(\/\d{1,3})?$/i.test(String(value)) || (action !== 'Allow' && action !== 'Deny'))
      throw refuse(400, 'BadRequest', `The IP rule '${value}' is invalid.`)
  return { networkACLs: { defaultAction: 'Deny', publicNetwork: { allow: requestTypes, deny: null }, privateEndpoints: [], ...acls } }
}

function signalRServices({ type, kind, domain }: Kind): Provider {
  const path = `/subscriptions/{subscription}/resourceGroups/{group}/providers/${type}/{name}`
  const born = (world: World, { name }: Place, given: Described): Born => {
    const at = new Date(world.clock.now()).toISOString()
    const number = createHash('sha256').update(name).digest()[0]
    const rules = given.network === 'rules' ? given.allow.map((value) => ({ value, action: 'Allow' })) : everywhere
    return {
      sku: { name: given.sku ?? 'Standard_S1', tier: 'Standard', size: 'S1', capacity: 1 },
      kind: given.kind ?? kind,
      systemData: { createdAt: at, lastModifiedAt: at },
      properties: {
        provisioningState: 'Succeeded',
        externalIP: `203.0.113.${number}`,
        hostName: `${name.toLowerCase()}.${domain}`,
        publicPort: 443,
        serverPort: 443,
        version: '1.0',
        privateEndpointConnections: [],
        sharedPrivateLinkResources: [],
        tls: { clientCertEnabled: false },
        hostNamePrefix: name.toLowerCase(),
        networkACLs: { defaultAction: 'Deny', publicNetwork: { allow: requestTypes, deny: null }, privateEndpoints: [], ipRules: rules },
        publicNetworkAccess: given.network === 'closed' ? 'Disabled' : 'Enabled',
        disableLocalAuth: !given.localAuth,
        disableAadAuth: false,
      },
    }
  }

  return keyedResource({
    type,
    name: /^[a-zA-Z][a-zA-Z0-9-]{1,61}[a-zA-Z0-9]$/,
    born,
    changeable: ['networkACLs', 'publicNetworkAccess', 'disableLocalAuth', 'disableAadAuth', 'tls', 'features', 'cors'],
    changed: (_call, asked, before) => checked(before, asked),
    flows: {
      create: { ...flow('Creating'), meanwhile: (settled) => withState(settled, 'Creating', { externalIP: null, version: '1.0-preview' }) },
      update: flow('Updating'),
      remove: flow('Deleting'),
    },
    busy: ({ name }) =>
      refuse(409, 'Conflict', `The resource ${name} is being updated: another operation is in progress. Please try again later.`),
    keys: {
      names: ['Primary', 'Secondary'],
      list: 'listKeys',
      renew: 'regenerateKey',
      value: base64Key,
      answer: ({ properties }, all) => keysBody(String(properties['hostName']), all),
      wanted: ({ keyType }, all) => all.find(({ name }) => name.toLowerCase() === String(keyType).toLowerCase())?.name,
      flow: { takes, urlOf: ({ id }, guid, world) => operationUrl('operationStatuses', id, guid, world.clock.now()), headersOf },
    },
    routes: [
      { method: 'GET', path: `${path}/operationStatuses/{operation}`, handle: poll },
      { method: 'GET', path: `${path}/operationResults/{operation}`, handle: result },
    ],
  })
}

function keysBody(host: string, [primary, secondary]: readonly Key[]): Body {
  const text = (key: Key | undefined): string => `Endpoint=https://${host};AccessKey=${key?.value};Version=1.0;`
  return {
    primaryKey: primary?.value,
    secondaryKey: secondary?.value,
    primaryConnectionString: text(primary),
    secondaryConnectionString: text(secondary),
  }
}

export const signalRProvider: Provider = signalRServices({
  type: 'Microsoft.SignalRService/SignalR',
  kind: 'SignalR',
  domain: 'service.signalr.net',
})
export const webPubSubProvider: Provider = signalRServices({
  type: 'Microsoft.SignalRService/WebPubSub',
  kind: 'WebPubSub',
  domain: 'webpubsub.azure.com',
})
