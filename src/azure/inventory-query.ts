// The Resource Graph query. One query fetches everything: the graph has a quota for each caller, and discovery runs it anyway
// (https://learn.microsoft.com/azure/governance/resource-graph/concepts/guidance-for-throttled-requests).

import type { Sought } from '../model/inventory.ts'
import { roleAssignmentMarkStart } from '../model/names.ts'
import { parseResourceId } from '../model/resource-id.ts'

export const roleType = 'microsoft.authorization/roleassignments'
const identityType = 'microsoft.managedidentity/userassignedidentities'
const clusterType = 'microsoft.containerservice/managedclusters'
/** Ids in one query. With more, whole types are listed: pages cost less than an endless query. */
const mostIds = 200

/** What steps read of a resource, as far as the graph has it. Columns that a type does not have are null. */
const facts = {
  state: 'properties.provisioningState',
  power: 'properties.powerState.code',
  uid: 'properties.resourceUID',
  fqdn: 'properties.fqdn',
  issuer: 'properties.oidcIssuerProfile',
  balancer: 'properties.networkProfile.loadBalancerProfile.effectiveOutboundIPs',
  gateway: 'properties.networkProfile.natGatewayProfile.effectiveOutboundIPs',
  principal: 'properties.principalId',
  made: 'properties.creationTime',
  keys: 'properties.keyCreationTime',
  sharedKey: 'properties.allowSharedKeyAccess',
  access: 'properties.publicNetworkAccess',
  network: 'properties.networkAcls',
  localAuth: 'properties.disableLocalAuth',
  azureRbac: 'properties.enableRbacAuthorization',
  ipRules: 'properties.ipRules',
  keysMade: 'properties.keysMetadata',
}
const columns = Object.entries(facts)
  .map(([name, path]) => `${name} = ${path}`)
  .join(', ')

/**
 * Without `order by` pages overlap, without `id` there is no next page. AKS copies tags of a cluster to the resources that it creates: hence the
 * type. Ids were parsed, types are those of the catalogue and the tag is a constant, so they contain no quotes.
 */
export function inventoryQuery(known: readonly string[], installation: string, { types = [], tag }: Sought = {}): string {
  const others = known.flatMap((id) => parseResourceId(id) ?? []).filter(({ type }) => type !== clusterType)
  const values = others.length > mostIds ? [...new Set(others.map(({ type }) => type))] : others.map(({ id }) => id)
  const column = others.length > mostIds ? 'type' : 'id'
  const also = values.length === 0 ? '' : ` or ${column} in~ (${values.map((value) => `'${value}'`).join(', ')})`
  const sought = [
    ...(types.length === 0 ? [] : [` or type in~ (${types.map((type) => `'${type}'`).join(', ')})`]),
    ...(tag === undefined ? [] : [` or isnotempty(tostring(tags['${tag}']))`]),
  ].join('')
  const roles = [
    ...marked(installation),
    `project id, type, mark = tostring(properties.description), ${grantColumns}, made = properties.createdOn`,
  ].join(' | ')
  return [
    'resources',
    `where type =~ '${clusterType}'${also}${sought}`,
    `project id, type, tags, location, ${columns}`,
    `union (${roles})`,
    'order by id asc',
  ].join(' | ')
}

const grantColumns = 'principal = properties.principalId, scope = properties.scope, role = properties.roleDefinitionId'
const marked = (installation: string): readonly string[] => [
  'authorizationresources',
  `where type =~ '${roleType}' and tostring(properties.description) startswith '${roleAssignmentMarkStart(installation)}'`,
]

/** Which of the identities are the installation's, their tags tell. */
export const madeQuery = (installation: string): string =>
  [
    'resources',
    `where type =~ '${identityType}'`,
    'project id, type, tags',
    `union (${[...marked(installation), `project id, type, mark = tostring(properties.description), ${grantColumns}`].join(' | ')})`,
    'order by id asc',
  ].join(' | ')
