// What namespaces of Service Bus and Event Hubs share: one body, one firewall, one pair of keys of a rule that every namespace has. Surprising: rules are
// a child resource whose PUT replaces all of them; `Deny` without any rule lets every network in
// (https://learn.microsoft.com/azure/service-bus-messaging/service-bus-ip-filtering); the location is a display name.
import * as z from 'zod'
import { inShape } from '../../model/answer-shape.ts'
import type { TargetTypeName } from '../../model/target-type.ts'
import type { ChildByHand } from '../firewall/child-by-hand.ts'
import type { Body, Network } from '../firewall/firewall.ts'
import { objectsAt } from '../firewall/firewall.ts'
import { inChild } from '../firewall/in-child.ts'
import type { Resource } from '../resource.ts'
import { connectionStringIn, connectionStringName } from './connection-string.ts'

const apiVersion = '2024-01-01'
/** Every namespace has it from the start, with all rights. */
const rule = 'authorizationRules/RootManageSharedAccessKey'

const namespaceSchema = z.looseObject({
  location: z.string(),
  sku: z.looseObject({ name: z.string().nullish() }).nullish(),
  properties: z.looseObject({
    serviceBusEndpoint: z.string().nullish(),
    status: z.string().nullish(),
    disableLocalAuth: z.boolean().nullish(),
    createdAt: z.string().nullish(),
  }),
})

type Kind = {
  readonly type: TargetTypeName
  /** As Azure spells it: `Microsoft.ServiceBus`. */
  readonly provider: 'Microsoft.ServiceBus' | 'Microsoft.EventHub'
  readonly label: string
  /** For people: `Azure Service Bus`. */
  readonly service: string
  /** The command group of the Azure CLI. */
  readonly cli: 'servicebus' | 'eventhubs'
  readonly terraform: ChildByHand['terraform']
  readonly notes: readonly string[]
}

export function messagingNamespace({ type, provider, label, service, cli, terraform, notes }: Kind): Resource {
  const action = (name: string): string => `${provider}/namespaces/${name}`
  return {
    armType: `${provider}/namespaces`.toLowerCase(),
    apiVersion,
    label,

    read(body) {
      const { location, sku, properties } = inShape(namespaceSchema, body)
      return {
        location: location.replace(/\s/g, '').toLowerCase(),
        localAuth: properties.disableLocalAuth !== true,
        // It has an endpoint before it serves anything, and while it is deleted.
        services:
          properties.serviceBusEndpoint && (properties.status ?? 'Active') === 'Active'
            ? { [type]: { endpoint: properties.serviceBusEndpoint } }
            : {},
        sort: sku?.name ?? 'of no known tier',
        ...(properties.createdAt ? { createdAt: properties.createdAt } : {}),
      }
    },

    firewall: inChild({
      apiVersion,
      child: 'networkRuleSets/default',
      list: 'ipRules',
      field: 'ipMask',
      rest: { action: 'Allow' },
      // https://learn.microsoft.com/azure/event-hubs/event-hubs-quotas, and the same for Service Bus
      max: 128,
      serviceEndpoint: {
        name: provider,
        service,
        allow: `${cli} namespace network-rule-set virtual-network-rule add --namespace-name`,
      },
      readOnly: ['provisioningState'],
      network: networkOf,
      opensWhenEmpty: (_namespace, set) => objectsAt(set, 'virtualNetworkRules').length === 0,
      byHand: {
        // https://learn.microsoft.com/cli/azure/servicebus/namespace/network-rule-set/ip-rule, and the same for Event Hubs
        cli: { commands: `${cli} namespace network-rule-set ip-rule`, resource: '--namespace-name' },
        others: ({ subnets, bypass }) => ({
          defaultAction: 'Deny',
          publicNetworkAccess: 'Enabled',
          trustedServiceAccessEnabled: bypass !== 'None',
          virtualNetworkRules: subnets.map((id) => ({ subnet: { id }, ignoreMissingVnetServiceEndpoint: false })),
        }),
        terraform,
      },
    }),

    credentials: {
      '*': {
        action: `${rule}/listKeys`,
        query: connectionStringName,
        pick: connectionStringIn,
      },
    },
    renewal: { action: `${rule}/regenerateKeys`, body: (slot) => ({ keyType: slot === 'primary' ? 'PrimaryKey' : 'SecondaryKey' }) },

    notes,
    rights: {
      read: [action('read'), action('networkRuleSets/read')],
      firewall: [action('networkRuleSets/write')],
      credential: [action('authorizationRules/listKeys/action')],
      renewal: [action('authorizationRules/regenerateKeys/action')],
    },
    events: [action('write'), action('delete'), action('networkRuleSets/write'), action('authorizationRules/regenerateKeys/action')],
  }
}

const setSchema = z.looseObject({
  publicNetworkAccess: z.string().nullish(),
  defaultAction: z.string().nullish(),
  trustedServiceAccessEnabled: z.boolean().nullish(),
  virtualNetworkRules: z.array(z.looseObject({ subnet: z.looseObject({ id: z.string().nullish() }).nullish() })).nullish(),
})

/** The namespace and its rule set both say whether there is public access. */
function networkOf(namespace: Body, set: Body): Network {
  const [own, ofSet] = [inShape(setSchema, namespace), inShape(setSchema, set)]
  const access = [own.publicNetworkAccess, ofSet.publicNetworkAccess]
  const isPerimeter = access.includes('SecuredByPerimeter')
  const subnets = (ofSet.virtualNetworkRules ?? []).flatMap(({ subnet }) => (subnet?.id ? [subnet.id.toLowerCase()] : []))
  const hasRules = objectsAt(set, 'ipRules').length > 0 || subnets.length > 0
  return {
    network: isPerimeter || access.includes('Disabled') ? 'closed' : ofSet.defaultAction === 'Deny' && hasRules ? 'rules' : 'open',
    ...(subnets.length > 0 ? { allowedSubnets: [...new Set(subnets)].sort() } : {}),
    ...(ofSet.trustedServiceAccessEnabled === true ? {} : { bypass: 'None' }),
    ...(isPerimeter ? { perimeter: true as const } : {}),
  }
}
