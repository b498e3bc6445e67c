// Microsoft.Sql/servers with databases, firewall rules, rules for subnets and the switch for passwords. Surprising, recorded by azure-cli's tests: a rule is
// there when its PUT is answered; a server that is made answers 202 with an operation and has no provisioning state.
import { isIPv4 } from 'node:net'
import { ruleWritten } from '../databases/firewall.ts'
import type { CloudResponse } from '../http.ts'
import { byLogin } from './database-children.ts'
import { refuse, resourceNotFound } from './errors.ts'
import { keyedResource } from './keyed-resource.ts'
import { polled } from './operations.ts'
import { type Body, type Call, objectOf, type Provider, page, type Route, textOf } from './provider.ts'
import { findResource, putResource, type Resource, removeResource, resourcesOf } from './resources.ts'
import type { Flow } from './slow-writes.ts'

const type = 'Microsoft.Sql/servers'
const path = `/subscriptions/{subscription}/resourceGroups/{group}/providers/${type}/{name}`
const minute = 60_000
const kinds = ['firewallRules', 'databases', 'virtualNetworkRules', 'azureADOnlyAuthentications', 'administrators'] as const
type Kind = (typeof kinds)[number]
const mostRules = 256

function serverOf(call: Call): Resource {
  const { subscription, group = '', name = '' } = call.parameters
  const found = findResource(call.world, `/subscriptions/${subscription}/resourceGroups/${group}/providers/${type}/${name}`)
  if (!found) throw resourceNotFound(type, name, group)
  return found
}

const childOf = (server: Resource, kind: Kind, name: string, properties: Body): Resource => ({
  id: `${server.id}/${kind}/${name}`,
  name,
  type: `${type}/${kind}`,
  location: server.location,
  properties,
})
/** Without the location, which only this cloud keeps of it. */
const answered = ({ location: _, ...child }: Resource): Body => child

function checkRule({ startIpAddress, endIpAddress }: Body): void {
  if (isIPv4(textOf(startIpAddress) ?? '') && isIPv4(textOf(endIpAddress) ?? '')) return
  throw refuse(400, 'InvalidIpAddress', 'The IP addresses of a firewall rule must be IPv4 addresses.')
}

function putChild(call: Call, kind: Kind): CloudResponse {
  const server = serverOf(call)
  const properties = objectOf(call.body['properties'])
  if (kind === 'firewallRules') {
    checkRule(properties)
    const rules = resourcesOf(call.world, `${type}/firewallRules`, server.id)
    if (rules.length >= mostRules) throw refuse(400, 'FirewallRuleLimit', `The server can have at most ${mostRules} firewall rules.`)
  }
  const child = childOf(server, kind, call.parameters['child'] ?? '', properties)
  if (kind === 'firewallRules') ruleWritten(call.world, child)
  putResource(call.world, child)
  return { status: 200, body: answered(child) }
}

const childRoutes = (kind: Kind): readonly Route[] => [
  {
    method: 'GET',
    path: `${path}/${kind}`,
    handle: (call) => page(call, resourcesOf(call.world, `${type}/${kind}`, serverOf(call).id).map(answered)),
  },
  {
    method: 'GET',
    path: `${path}/${kind}/{child}`,
    handle(call) {
      const { name = '', child = '', group = '' } = call.parameters
      const found = findResource(call.world, `${serverOf(call).id}/${kind}/${child}`)
      if (!found) throw resourceNotFound(`${type}/${kind}`, `${name}/${child}`, group)
      return { status: 200, body: answered(found) }
    },
  },
  { method: 'PUT', path: `${path}/${kind}/{child}`, handle: (call) => putChild(call, kind) },
  {
    method: 'DELETE',
    path: `${path}/${kind}/{child}`,
    handle(call) {
      if (!findResource(call.world, call.path)) return { status: 204 }
      removeResource(call.world, call.path)
      return { status: 200 }
    },
  },
]

const flow = (state: string): Flow => ({
  takes: minute,
  meanwhile: (settled) => ({ ...settled, properties: { ...settled.properties, state } }),
  urlOf: ({ id, location }, guid) =>
    `https://management.azure.com${id.split('/providers/')[0]}/providers/Microsoft.Sql/locations/${location}/serverAzureAsyncOperation/${guid}?api-version=2023-08-01`,
  answer: (_meanwhile, operation) => ({
    status: 202,
    ...(operation ? { headers: { 'azure-asyncoperation': operation.url, 'retry-after': '1' } } : {}),
    body: { operation: 'UpsertLogicalServer' },
  }),
})

export const sqlServers = (): Provider =>
  keyedResource({
    type,
    name: /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/,
    born: (_world, { name }, { network }) => ({
      kind: 'v12.0',
      properties: {
        administratorLogin: 'admin1',
        version: '12.0',
        state: 'Ready',
        fullyQualifiedDomainName: `${name}.database.windows.net`,
        privateEndpointConnections: [],
        publicNetworkAccess: network === 'closed' ? 'Disabled' : 'Enabled',
        restrictOutboundNetworkAccess: 'Disabled',
      },
    }),
    children: (_world, server, { allow, databases, localAuth, administrator }) => [
      ...(administrator === undefined ? [] : [childOf(server, 'administrators', 'ActiveDirectory', byLogin(administrator))]),
      ...allow.map((ip, index) => childOf(server, 'firewallRules', `others${index}`, { startIpAddress: ip, endIpAddress: ip })),
      ...databases.map((name) => childOf(server, 'databases', name, { status: 'Online' })),
      childOf(server, 'azureADOnlyAuthentications', 'Default', { azureADOnlyAuthentication: !localAuth }),
    ],
    changeable: ['publicNetworkAccess', 'minimalTlsVersion'],
    flows: { create: flow('Creating'), update: flow('Updating'), remove: flow('Dropping') },
    busy: ({ name }) => refuse(409, 'ConflictingServerOperation', `An operation is currently in progress for the server '${name}'.`),
    routes: [
      ...kinds.flatMap(childRoutes),
      {
        method: 'GET',
        path: '/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Sql/locations/{location}/serverAzureAsyncOperation/{operation}',
        handle(call) {
          const { operation, ended } = polled(call)
          return {
            status: 200,
            body: { name: operation.guid, status: ended?.status ?? 'InProgress', ...(ended?.error ? { error: ended.error } : {}) },
          }
        },
      },
    ],
  })
