// What SignalR Service and Web PubSub share: one provider, one body, one pair of keys. Surprising: rules say which kinds of requests come from where, IP
// rules allow or deny and the first that matches decides, and a write goes on for about a minute
// (https://learn.microsoft.com/azure/azure-signalr/howto-network-access-control).
import * as z from 'zod'
import { inShape } from '../../model/answer-shape.ts'
import { place } from '../../model/as-code.ts'
import type { TargetTypeName } from '../../model/target-type.ts'
import { type Body, type Network, objectAt, objectsAt } from '../firewall/firewall.ts'
import { inBody } from '../firewall/in-body.ts'
import type { Resource } from '../resource.ts'
import { connectionStringIn, connectionStringName } from './connection-string.ts'

const apiVersion = '2024-03-01'

const serviceSchema = z.looseObject({
  location: z.string(),
  kind: z.string().nullish(),
  properties: z.looseObject({
    hostName: z.string().nullish(),
    provisioningState: z.string().nullish(),
    disableLocalAuth: z.boolean().nullish(),
  }),
  systemData: z.looseObject({ createdAt: z.string().nullish() }).nullish(),
})

type Kind = {
  readonly type: TargetTypeName
  /** As Azure spells it: `SignalR`. */
  readonly armName: string
  readonly label: string
  /** The command group of the Azure CLI. */
  readonly cli: string
  /** What the servers of an app send: they come from the cluster. */
  readonly requests: 'ServerConnection' | 'RESTAPI'
  readonly notes: readonly string[]
}

export function signalRService({ type, armName, label, cli, requests, notes }: Kind): Resource {
  const action = (name: string): string => `Microsoft.SignalRService/${armName}/${name}`
  const command = (verb: string, id: string, ip: string): string =>
    `az ${cli} network-rule ip-rule ${verb} ${place(id)} --ip-rule value=${ip} action=Allow`
  return {
    armType: `microsoft.signalrservice/${armName}`.toLowerCase(),
    apiVersion,
    label,

    read(body) {
      const { location, kind, properties, systemData } = inShape(serviceSchema, body)
      return {
        location: location.replace(/\s/g, '').toLowerCase(),
        localAuth: properties.disableLocalAuth !== true,
        // It has a name before it serves anything.
        services:
          properties.hostName && properties.provisioningState !== 'Creating'
            ? { [type]: { endpoint: `https://${properties.hostName}` } }
            : {},
        sort: kind ?? 'of no known kind',
        ...(systemData?.createdAt ? { createdAt: systemData.createdAt } : {}),
      }
    },

    firewall: inBody({
      apiVersion,
      at: 'networkACLs',
      list: 'ipRules',
      field: 'value',
      rest: { action: 'Allow' },
      denies: ({ action: verb }) => verb === 'Deny',
      // https://learn.microsoft.com/azure/azure-signalr/howto-network-access-control
      max: 30,
      network: (properties) => networkOf(properties, requests),
      opensWhenEmpty: (properties) => rulesIn(properties).every((rule) => !isDeny(rule)),
      byHand: {
        add: (id, { ip }) => command('add', id, ip),
        remove: (id, { ip }) => command('remove', id, ip),
        // A declaration replaces the rules about requests as well, which the facts do not have.
        bicep: () => '',
        terraform: () => '',
      },
    }),

    credentials: {
      '*': {
        action: 'listKeys',
        query: connectionStringName,
        pick: connectionStringIn,
      },
    },
    renewal: { action: 'regenerateKey', body: (slot) => ({ keyType: slot === 'primary' ? 'Primary' : 'Secondary' }) },

    notes: ['it takes at most 30 IP rules; the app puts its own before the first one that denies', ...notes],
    rights: {
      read: [action('read')],
      firewall: [action('write'), action('operationStatuses/read')],
      credential: [action('listkeys/action')],
      renewal: [action('regeneratekey/action'), action('operationStatuses/read')],
    },
    events: [action('write'), action('delete'), action('regeneratekey/action')],
  }
}

const rulesIn = (properties: Body): readonly Body[] => objectsAt(objectAt(properties, 'networkACLs'), 'ipRules')
const isDeny = ({ action }: Body): boolean => action === 'Deny'
const texts = z.array(z.string()).nullish()
const networkSchema = z.looseObject({
  publicNetworkAccess: z.string().nullish(),
  networkACLs: z
    .looseObject({ defaultAction: z.string().nullish(), publicNetwork: z.looseObject({ allow: texts, deny: texts }).nullish() })
    .nullish(),
})

/** A service without IP rules has them for requests only. The portal gives a new one a rule that allows every address. */
function networkOf(properties: Body, requests: string): Network {
  const { publicNetworkAccess, networkACLs: acls } = inShape(networkSchema, properties)
  const isDenied = acls?.publicNetwork?.deny?.includes(requests) === true
  const isAllowed = acls?.publicNetwork?.allow?.includes(requests) === true || acls?.defaultAction !== 'Deny'
  if (publicNetworkAccess === 'Disabled' || isDenied || !isAllowed) return { network: 'closed' }
  const [first] = rulesIn(properties)
  const isOpen = first === undefined || (first['value'] === '0.0.0.0/0' && !isDeny(first))
  return { network: isOpen ? 'open' : 'rules' }
}
