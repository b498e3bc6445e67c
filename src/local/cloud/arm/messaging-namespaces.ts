// Namespaces of Microsoft.ServiceBus and Microsoft.EventHub (https://learn.microsoft.com/rest/api/servicebus/controlplane-stable/namespaces). Surprising,
// recorded by the tests of azure-service-operator and azure-cli: a new one is answered with 200, state `Created` and no operation, and is polled at
// itself; the type has a capital N and the location is a display name; `Removing` is told by `status` while the state stays `Succeeded`; the 404 of a
// namespace that is gone is the provider's own, with the message before the code. Until it is active its children are not found
// (https://github.com/mspnp/serverless-reference-implementation/issues/30).

import type { CloudResponse } from '../http.ts'
import type { World } from '../world.ts'
import { type ArmError, refuse } from './errors.ts'
import { type Born, type Described, keyedResource, type Place } from './keyed-resource.ts'
import { base64Key, type Key } from './keyed-resource-keys.ts'
import { changedRuleSet, ruleSetId, ruleSetOf } from './messaging-rule-set.ts'
import { type Body, type Call, type Provider, page } from './provider.ts'
import { findResource, putResource, type Resource } from './resources.ts'
import { withState } from './slow-writes.ts'

type Kind = { readonly namespace: 'Microsoft.ServiceBus' | 'Microsoft.EventHub'; readonly more: Body }

const rootRule = 'RootManageSharedAccessKey'

/** `northeurope` is `North Europe` there. */
const displayNames: Readonly<Record<string, string>> = {
  northeurope: 'North Europe',
  westeurope: 'West Europe',
  swedencentral: 'Sweden Central',
}

function messagingNamespaces({ namespace, more }: Kind): Provider {
  const type = `${namespace}/namespaces`
  const path = `/subscriptions/{subscription}/resourceGroups/{group}/providers/${type}/{name}`

  const gone = (world: World): ArmError =>
    refuse(404, 'NotFound', `Namespace does not exist. CorrelationId: ${world.uuid()}`, {}, { 'x-ms-failure-cause': 'service' })

  /** For requests to its children. */
  function active(call: Call): Resource {
    const found = findResource(call.world, call.path.split('/').slice(0, 9).join('/'))
    if (!found) throw gone(call.world)
    const { status, provisioningState } = found.properties
    if (status === 'Active') return found
    throw refuse(
      404,
      'NotFound',
      `The namespace ${found.name} in subscription ${call.parameters['subscription']} is not active, its current state is ${provisioningState}. CorrelationId: ${call.world.uuid()}`,
    )
  }

  const born = (world: World, { name, subscription, location }: Place, given: Described): Born => {
    const now = new Date(world.clock.now()).toISOString()
    return {
      type: `${namespace}/Namespaces`,
      location: displayNames[location] ?? location,
      sku: { name: given.sku ?? 'Standard', tier: given.sku ?? 'Standard' },
      properties: {
        minimumTlsVersion: '1.2',
        publicNetworkAccess: given.network === 'closed' ? 'Disabled' : 'Enabled',
        disableLocalAuth: !given.localAuth,
        zoneRedundant: false,
        ...more,
        provisioningState: 'Succeeded',
        metricId: `${subscription}:${name}`,
        createdAt: now,
        updatedAt: now,
        serviceBusEndpoint: `https://${name}.servicebus.windows.net:443/`,
        status: 'Active',
      },
    }
  }

  function ruleSet(call: Call): Resource {
    const { id } = active(call)
    const found = findResource(call.world, ruleSetId(id))
    if (!found) throw gone(call.world)
    return found
  }

  function putRuleSet(call: Call): CloudResponse {
    const after = changedRuleSet(ruleSet(call), call.body)
    putResource(call.world, after)
    const owner = active(call)
    const { publicNetworkAccess } = after.properties
    putResource(call.world, { ...owner, properties: { ...owner.properties, publicNetworkAccess } })
    return { status: 200, body: after }
  }

  const rule = ({ id, location }: Resource): Body => ({
    id: `${id}/authorizationRules/${rootRule}`,
    name: rootRule,
    type: `${namespace}/Namespaces/AuthorizationRules`,
    location,
    properties: { rights: ['Listen', 'Manage', 'Send'] },
  })
  function needRule({ world, parameters }: Call): void {
    const { rule: name = '' } = parameters
    if (name.toLowerCase() !== rootRule.toLowerCase())
      throw refuse(404, 'NotFound', `The authorization rule '${name}' does not exist. CorrelationId: ${world.uuid()}`)
  }
  const place = `${path}/authorizationRules`

  return keyedResource({
    type,
    name: /^[a-zA-Z][a-zA-Z0-9-]{4,48}[a-zA-Z0-9]$/,
    born,
    children: (_world, resource, given) => [ruleSetOf(resource, given)],
    changeable: ['publicNetworkAccess', 'disableLocalAuth', 'minimumTlsVersion', 'zoneRedundant'],
    flows: {
      create: {
        takes: 45_000,
        meanwhile: (settled) => withState(settled, 'Created', { status: 'Activating' }),
        answer: (meanwhile) => ({ status: 200, body: meanwhile }),
      },
      remove: {
        takes: 20_000,
        meanwhile: (settled) => withState(settled, 'Succeeded', { status: 'Removing' }),
        answer: ({ id, name }) => ({
          status: 202,
          headers: { location: `https://management.azure.com${id}/operationresults/${name}?api-version=2024-01-01` },
        }),
      },
    },
    busy: ({ name }) => refuse(409, 'Conflict', `Another conflicting operation is in progress on the namespace ${name}.`),
    notFound: gone,
    keys: {
      names: ['PrimaryKey', 'SecondaryKey'],
      of: 'authorizationRules/{rule}',
      list: 'listKeys',
      renew: 'regenerateKeys',
      value: base64Key,
      wanted: ({ keyType }, all) => all.find(({ name }) => name === keyType)?.name,
      answer: (resource, all, call) => {
        needRule(call)
        return keysBody(resource, all)
      },
    },
    routes: [
      { method: 'GET', path: `${path}/networkRuleSets/default`, handle: (call) => ({ status: 200, body: ruleSet(call) }) },
      { method: 'PUT', path: `${path}/networkRuleSets/default`, handle: putRuleSet },
      { method: 'GET', path: place, handle: (call) => page(call, [rule(active(call))]) },
      {
        method: 'GET',
        path: `${place}/{rule}`,
        handle(call) {
          const resource = active(call)
          needRule(call)
          return { status: 200, body: rule(resource) }
        },
      },
      {
        method: 'GET',
        path: `${path}/operationresults/{operation}`,
        action: 'none',
        handle: (call) =>
          findResource(call.world, call.path.split('/').slice(0, 9).join('/'))
            ? { status: 202, headers: { location: call.url.href } }
            : { status: 200 },
      },
    ],
  })
}

function keysBody({ name }: Resource, keys: readonly Key[]): Body {
  const [primary, secondary] = keys
  const text = (key: Key | undefined): string =>
    `Endpoint=sb://${name}.servicebus.windows.net/;SharedAccessKeyName=${rootRule};SharedAccessKey=${key?.value}`
  return {
    primaryConnectionString: text(primary),
    secondaryConnectionString: text(secondary),
    primaryKey: primary?.value,
    secondaryKey: secondary?.value,
    keyName: rootRule,
  }
}

export const serviceBusNamespaces: Provider = messagingNamespaces({
  namespace: 'Microsoft.ServiceBus',
  more: { premiumMessagingPartitions: 0 },
})
export const eventHubsNamespaces: Provider = messagingNamespaces({
  namespace: 'Microsoft.EventHub',
  more: { isAutoInflateEnabled: false, maximumThroughputUnits: 0, kafkaEnabled: true },
})
