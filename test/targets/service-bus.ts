// A resource of the second firewall shape, before the product has one: a Service Bus namespace, whose rules are an array in `networkRuleSets/default`, and
// the simulated provider of it. A PUT replaces the set: https://learn.microsoft.com/rest/api/servicebus/namespaces-network-rule-set/create-or-update-network-rule-set
import { resourceNotFound } from '../../src/local/cloud/arm/errors.ts'
import { parseId } from '../../src/local/cloud/arm/ids.ts'
import type { Call, Provider } from '../../src/local/cloud/arm/provider.ts'
import { findResource, putResource, type Resource } from '../../src/local/cloud/arm/resources.ts'
import type { World } from '../../src/local/cloud/world.ts'
import { objectsAt } from '../../src/targets/firewall/firewall.ts'
import { inChild } from '../../src/targets/firewall/in-child.ts'
import type { Resource as TargetResource } from '../../src/targets/resource.ts'

const type = 'Microsoft.ServiceBus/namespaces'
const apiVersion = '2024-01-01'
const child = 'networkRuleSets/default'

export const serviceBus: TargetResource = {
  armType: type.toLowerCase(),
  apiVersion,
  label: 'Service Bus namespace',
  read: (body) => ({ location: String(body['location']), localAuth: true, services: {}, sort: 'namespace' }),
  firewall: inChild({
    apiVersion,
    child,
    list: 'ipRules',
    field: 'ipMask',
    rest: { action: 'Allow' },
    max: 128,
    readOnly: ['provisioningState'],
    network: (_resource, set) => ({
      network: set['publicNetworkAccess'] === 'Disabled' ? 'closed' : set['defaultAction'] === 'Deny' ? 'rules' : 'open',
      allowedSubnets: objectsAt(set, 'virtualNetworkRules').map(({ subnet }) => String((subnet as { readonly id: string }).id)),
      ...(set['trustedServiceAccessEnabled'] === true ? {} : { bypass: 'None' }),
    }),
    byHand: {
      // https://learn.microsoft.com/cli/azure/servicebus/namespace/network-rule-set/ip-rule
      cli: { commands: 'servicebus namespace network-rule-set ip-rule', resource: '--namespace-name' },
      others: ({ subnets, bypass }) => ({
        defaultAction: 'Deny',
        publicNetworkAccess: 'Enabled',
        trustedServiceAccessEnabled: bypass !== 'None',
        virtualNetworkRules: subnets.map((id) => ({ subnet: { id }, ignoreMissingVnetServiceEndpoint: false })),
      }),
      terraform: {
        resource: 'azurerm_servicebus_namespace',
        block: 'network_rule_set',
        fields: ({ ips, subnets, bypass }) => ({
          default_action: 'Deny',
          trusted_services_allowed: bypass !== 'None',
          ip_rules: ips,
          network_rules: subnets.map((id) => ({ subnet_id: id })),
        }),
      },
    },
  }),
  credentials: {},
  rights: { read: [], firewall: [], credential: [] },
  events: [],
}

export const setOf = (world: World, id: string): Resource | undefined => findResource(world, `${id}/${child}`)

export function putNamespace(world: World, id: string, rules: Readonly<Record<string, unknown>>): void {
  putResource(world, { id, name: parseId(id).name ?? '', type, location: 'northeurope', properties: {} })
  putSet(world, id, rules)
}

function putSet(world: World, id: string, properties: Readonly<Record<string, unknown>>): void {
  putResource(world, { id: `${id}/${child}`, name: 'default', type: `${type}/networkRuleSets`, location: 'northeurope', properties })
}

export function serviceBusNamespaces(): Provider {
  const path = `/subscriptions/{subscription}/resourceGroups/{group}/providers/${type}/{name}`
  const existing = (call: Call): Resource => {
    const found = findResource(call.world, call.path)
    if (!found) throw resourceNotFound(type, call.parameters['name'] ?? '', call.parameters['group'] ?? '')
    return found
  }
  return {
    namespace: 'Microsoft.ServiceBus',
    routes: [
      { method: 'GET', path, handle: (call) => ({ status: 200, body: existing(call) }) },
      { method: 'GET', path: `${path}/${child}`, handle: (call) => ({ status: 200, body: existing(call) }) },
      {
        method: 'PUT',
        path: `${path}/${child}`,
        handle: (call) => {
          putSet(call.world, call.path.slice(0, -child.length - 1), call.body['properties'] as Readonly<Record<string, unknown>>)
          return { status: 200, body: existing(call) }
        },
      },
    ],
  }
}
