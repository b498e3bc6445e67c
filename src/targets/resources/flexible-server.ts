// What flexible servers of PostgreSQL and MySQL have in common: a state, rules that are child resources, and a network that they keep for life.
// Surprising: they answer no provisioning state but a state of their own; one that is stopped can be read, and nothing else; one inside a virtual network
// has rules as well, which have no effect (https://github.com/Azure/azure-rest-api-specs/issues/20616).

import * as z from 'zod'
import { inShape } from '../../model/answer-shape.ts'
import { type Body, type Network, propertiesOf } from '../firewall/firewall.ts'
import { perRule } from '../firewall/per-rule.ts'
import type { RuleByHand } from '../firewall/rule-by-hand.ts'
import type { Resource, ResourceFacts } from '../resource.ts'

const networkSchema = z.looseObject({
  network: z
    .looseObject({
      publicNetworkAccess: z.string().nullish(),
      delegatedSubnetResourceId: z.string().nullish(),
      // as PostgreSQL and as MySQL call it
      privateDnsZoneArmResourceId: z.string().nullish(),
      privateDnsZoneResourceId: z.string().nullish(),
    })
    .nullish(),
})

const serverSchema = z.looseObject({
  location: z.string(),
  systemData: z.looseObject({ createdAt: z.string().nullish() }).nullish(),
  properties: z.looseObject({ fullyQualifiedDomainName: z.string().nullish(), version: z.string().nullish() }),
})

type Data = {
  /** As its provider spells it: `Microsoft.DBforPostgreSQL/flexibleServers`. */
  readonly type: string
  readonly apiVersion: string
  readonly label: string
  readonly service: string
  /** `postgres://<host>:5432`. */
  endpoint(host: string): string
  readonly detail?: string
  /** Whether it accepts passwords and tokens. `detail`: `undefined` where it is not there. */
  signIn(properties: Body, detail: Body | undefined): Pick<ResourceFacts, 'localAuth' | 'tokenAuth'>
  readonly byHand: RuleByHand
  /** Rights that reading takes besides that on server and rules. */
  readonly reads: readonly string[]
}

export function flexibleServer({ type, apiVersion, label, service, endpoint, detail, signIn, byHand, reads }: Data): Resource {
  const action = (name: string): string => `${type}/${name}`
  return {
    armType: type.toLowerCase(),
    apiVersion,
    label,
    ...(detail === undefined ? {} : { detail }),

    standstill(body) {
      const { state } = propertiesOf(body)
      return typeof state === 'string' && !/^Ready$/i.test(state) ? state : undefined
    },

    read(body, more) {
      const { location, systemData, properties } = inShape(serverSchema, body)
      const host = properties.fullyQualifiedDomainName
      return {
        location: location.replace(/\s/g, '').toLowerCase(),
        ...signIn(properties, more),
        services: host ? { [service]: { endpoint: endpoint(host) } } : {},
        ...(systemData?.createdAt ? { createdAt: systemData.createdAt } : {}),
        sort: properties.version ? `version ${properties.version}` : 'of no known version',
      }
    },

    firewall: perRule({
      apiVersion,
      child: 'firewallRules',
      // No limit is documented; a refusal for one is reported as it is.
      max: 1_000,
      first: 'startIpAddress',
      last: 'endIpAddress',
      network: networkOf,
      byHand,
    }),

    credentials: {},
    rights: {
      read: [action('read'), action('firewallRules/read'), ...reads],
      firewall: [action('firewallRules/write'), action('firewallRules/delete'), ...polls(type)],
      credential: [],
    },
    events: ['write', 'delete', 'start/action', 'stop/action', 'firewallRules/write', 'firewallRules/delete'].map(action),
  }
}

/** Where its operations are polled. */
const polls = (type: string): readonly string[] => [`${type.split('/')[0]}/locations/azureAsyncOperation/read`]

function networkOf(properties: Body): Network {
  const { network } = inShape(networkSchema, { network: properties['network'] })
  const subnet = network?.delegatedSubnetResourceId?.toLowerCase()
  const zone = (network?.privateDnsZoneArmResourceId ?? network?.privateDnsZoneResourceId)?.toLowerCase()
  if (subnet) return { network: 'closed', injectedInto: subnet, ...(zone ? { privateZone: zone } : {}) }
  return { network: network?.publicNetworkAccess === 'Disabled' ? 'closed' : 'rules' }
}
