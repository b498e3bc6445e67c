// The network rules of a namespace of Service Bus or Event Hubs (https://learn.microsoft.com/rest/api/servicebus/controlplane-stable/namespaces/create-or-update-network-rule-set).
// `Deny` without a rule lets every network in (https://github.com/Azure/azure-service-bus/issues/349).

import { includes } from '../ranges.ts'
import type { World } from '../world.ts'
import { refuse } from './errors.ts'
import type { Described } from './keyed-resource.ts'
import { type Body, objectOf } from './provider.ts'
import { findResource, type Resource } from './resources.ts'

const mostRules = 128

const bodiesOf = (value: unknown): readonly Body[] => (Array.isArray(value) ? value.map(objectOf) : [])

/** Of the namespace with this id. */
export const ruleSetId = (id: string): string => `${id}/networkRuleSets/default`

/** May a caller with this public address reach the namespace? */
export function letsIn(world: World, id: string, ip: string): boolean {
  const set = objectOf(findResource(world, ruleSetId(id))?.properties)
  if (set['publicNetworkAccess'] !== 'Enabled') return false
  const ranges = bodiesOf(set['ipRules']).map(({ ipMask }) => String(ipMask))
  const isOpen = set['defaultAction'] !== 'Deny' || (ranges.length === 0 && bodiesOf(set['virtualNetworkRules']).length === 0)
  return isOpen || ranges.some((range) => includes(range, ip))
}

/** As a fleet describes the namespace. */
export const ruleSetOf = ({ id, type, location, properties }: Resource, given: Described): Resource => ({
  id: ruleSetId(id),
  name: 'default',
  type: `${type}/NetworkRuleSets`,
  location,
  properties: {
    publicNetworkAccess: properties['publicNetworkAccess'],
    defaultAction: given.network === 'rules' ? 'Deny' : 'Allow',
    virtualNetworkRules: [],
    ipRules: given.allow.map((ipMask) => ({ ipMask, action: 'Allow' })),
    trustedServiceAccessEnabled: false,
  },
})

/** A PUT replaces all of it; what the request leaves out gets its default. */
export function changedRuleSet(before: Resource, body: Body): Resource {
  const { ipRules, virtualNetworkRules, defaultAction, publicNetworkAccess, trustedServiceAccessEnabled, ...unknown } = objectOf(
    body['properties'],
  )
  const names = Object.keys(unknown)
  if (names.length > 0) throw refuse(400, 'BadRequest', `Could not find member '${names[0]}' on object of type 'NetworkRuleSet'.`)
  const rules = new Map(bodiesOf(ipRules).map(({ ipMask, action = 'Allow' }) => [String(ipMask), { ipMask, action }]))
  for (const mask of rules.keys())
    if (!/^\d{1,3}(\.\d{1,3}){3}(\/\d{1,2})?$/.test(mask)) throw refuse(400, 'BadRequest', `The IpMask '${mask}' is invalid.`)
  if (rules.size > mostRules) throw refuse(400, 'BadRequest', `The number of IP rules exceeds the limit of ${mostRules}.`)
  return {
    ...before,
    properties: {
      publicNetworkAccess: publicNetworkAccess ?? 'Enabled',
      defaultAction: defaultAction ?? 'Allow',
      virtualNetworkRules: virtualNetworkRules ?? [],
      ipRules: [...rules.values()],
      trustedServiceAccessEnabled: trustedServiceAccessEnabled ?? false,
    },
  }
}
