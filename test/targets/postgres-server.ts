// A resource of the fourth firewall shape, before the product has one: a PostgreSQL flexible server, whose rules are child resources, and the simulated
// provider of it. Surprising: a rule is written as a long-running operation, and meanwhile the server refuses every other write
// (https://learn.microsoft.com/rest/api/postgresql/firewall-rules/create-or-update).
import { refuse, resourceNotFound } from '../../src/local/cloud/arm/errors.ts'
import { parseId } from '../../src/local/cloud/arm/ids.ts'
import { endOperation, startOperation } from '../../src/local/cloud/arm/operations.ts'
import { type Call, type Provider, page } from '../../src/local/cloud/arm/provider.ts'
import { findResource, putResource, type Resource, removeResource, resourcesOf } from '../../src/local/cloud/arm/resources.ts'
import type { CloudResponse } from '../../src/local/cloud/http.ts'
import type { World } from '../../src/local/cloud/world.ts'
import { perRule } from '../../src/targets/firewall/per-rule.ts'
import type { Resource as TargetResource } from '../../src/targets/resource.ts'

const type = 'Microsoft.DBforPostgreSQL/flexibleServers'
const apiVersion = '2024-08-01'
const action = (name: string): string => `${type}/${name}`

const isOpen = (properties: Readonly<Record<string, unknown>>): boolean =>
  (properties['network'] as { readonly publicNetworkAccess?: string } | undefined)?.publicNetworkAccess !== 'Disabled'

export const postgresServer: TargetResource = {
  armType: type.toLowerCase(),
  apiVersion,
  label: 'PostgreSQL server',
  read: (body) => ({ location: String(body['location']), localAuth: true, services: {}, sort: 'flexible server' }),
  firewall: perRule({
    apiVersion,
    child: 'firewallRules',
    max: 4,
    first: 'startIpAddress',
    last: 'endIpAddress',
    network: (properties) => ({ network: isOpen(properties) ? 'rules' : 'closed' }),
    byHand: {
      // https://learn.microsoft.com/cli/azure/postgres/flexible-server/firewall-rule
      cli: {
        commands: 'postgres flexible-server firewall-rule',
        resource: '--name',
        rule: '--rule-name',
        first: '--start-ip-address',
        last: '--end-ip-address',
        confirm: '--yes',
      },
      terraform: {
        type: 'azurerm_postgresql_flexible_server_firewall_rule',
        parent: 'server_id',
        first: 'start_ip_address',
        last: 'end_ip_address',
      },
    },
  }),
  credentials: {},
  rights: {
    read: [action('read'), action('firewallRules/read')],
    firewall: [action('firewallRules/write'), action('firewallRules/delete')],
    credential: [],
  },
  events: [action('write'), action('delete')],
}

const server = `/subscriptions/{subscription}/resourceGroups/{group}/providers/${type}/{name}`
const rule = `${server}/firewallRules/{rule}`
const takes = 20_000

export function putServer(world: World, id: string, properties: Readonly<Record<string, unknown>> = {}): void {
  putResource(world, { id, name: parseId(id).name ?? '', type, location: 'northeurope', properties })
}
export function putRule(world: World, id: string, from: string, to = from): void {
  const properties = { startIpAddress: from, endIpAddress: to }
  putResource(world, { id, name: id.split('/').at(-1) ?? '', type: `${type}/firewallRules`, location: 'northeurope', properties })
}
/** `name from-to` of each rule. */
export const rulesOf = (world: World, server?: string): readonly string[] =>
  resourcesOf(world, `${type}/firewallRules`, server)
    .map(({ name, properties }) => `${name} ${properties['startIpAddress']}-${properties['endIpAddress']}`)
    .sort()

/** `span`: of the rule that is written; without it the rule goes. */
type End = { readonly type: 'rule-end'; readonly operation: string; readonly id: string; readonly span?: readonly [string, string] }

const existing = (call: Call, path = call.path): Resource => {
  const found = findResource(call.world, path)
  if (!found) throw resourceNotFound(type, call.parameters['name'] ?? '', call.parameters['group'] ?? '')
  return found
}

export function postgresServers(): Provider {
  let busyUntil = 0
  const write = (call: Call, span?: readonly [string, string]): CloudResponse => {
    const { world } = call
    const parent = existing(call, call.path.split('/').slice(0, -2).join('/'))
    if (world.clock.now() < busyUntil)
      throw refuse(409, 'ServerIsBusy', `Cannot complete operation while server '${parent.name}' is busy processing another operation.`)
    busyUntil = world.clock.now() + takes
    const { url, guid } = startOperation(call, call.path, parent.location, takes)
    world.later(takes, { type: 'rule-end', operation: guid, id: call.path, ...(span ? { span } : {}) } satisfies End)
    return { status: 202, headers: { 'azure-asyncoperation': url } }
  }
  return {
    namespace: 'Microsoft.DBforPostgreSQL',
    routes: [
      { method: 'GET', path: server, handle: (call) => ({ status: 200, body: existing(call) }) },
      {
        method: 'GET',
        path: `${server}/firewallRules`,
        handle: (call) => page(call, resourcesOf(call.world, `${type}/firewallRules`, call.path.slice(0, call.path.lastIndexOf('/'))), 2),
      },
      {
        method: 'PUT',
        path: rule,
        handle: (call) => {
          const { startIpAddress = '', endIpAddress = '' } = call.body['properties'] as Readonly<Record<string, string>>
          return write(call, [startIpAddress, endIpAddress])
        },
      },
      { method: 'DELETE', path: rule, handle: (call) => write(call) },
    ],
    start: (world) =>
      world.on<End>('rule-end', ({ operation, id, span }) => {
        endOperation(world, operation)
        if (span) putRule(world, id, ...span)
        else removeResource(world, id)
      }),
  }
}
