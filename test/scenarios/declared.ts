// As much of Bicep and Terraform as the product's reports use: each resource becomes the ARM request that it stands for, and what is only a part of a
// resource is merged into it. What is not understood is an error, so that no report can hold more than what was run.
import type { Person } from '../../src/local/person.ts'
import { resourceId } from '../../src/model/resource-id.ts'

type Body = Record<string, unknown>
type Place = { readonly person: Person; readonly cluster: string; readonly account: string }
const versions: Readonly<Record<string, string>> = {
  'microsoft.managedidentity/userassignedidentities': '2023-01-31',
  'microsoft.storage/storageaccounts': '2024-01-01',
  'microsoft.containerservice/managedclusters': '2026-06-01',
  'microsoft.keyvault/vaults': '2025-05-01',
}

async function arm(person: Person, method: string, path: string, version: string, body?: unknown): Promise<Body> {
  const answer = await person.arm(method, `${path}?api-version=${version}`, body)
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
  return (answer.body ?? {}) as Body
}

/** A value in Bicep or HCL: text, truth, list, map, a name of something else, or a loop over a list. */
function reader(text: string) {
  let at = 0
  const rest = (): string => text.slice(at)
  const skip = (): void => {
    at += /^(\s|,|(\/\/|#)[^\n]*)*/.exec(rest())?.[0].length ?? 0
  }
  const took = (pattern: RegExp): RegExpExecArray | undefined => {
    skip()
    const found = pattern.exec(rest()) ?? undefined
    at += found?.[0].length ?? 0
    return found
  }
  const need = (pattern: RegExp): RegExpExecArray => {
    const found = took(pattern)
    if (!found) throw new Error(`Not understood: ${rest().slice(0, 80)}`)
    return found
  }
  function value(): unknown {
    const quoted = took(/^(['"])(.*?)\1/)
    if (quoted) return quoted[2]
    if (took(/^\{/)) return map()
    if (took(/^\[for (\w+) in /)) {
      const list = value() as unknown[]
      need(/^:/)
      const each = value() as Body
      need(/^\]/)
      return list.map((item) => Object.fromEntries(Object.entries(each).map(([key, one]) => [key, one instanceof Name ? item : one])))
    }
    if (took(/^\[/)) {
      const list: unknown[] = []
      while (!took(/^\]/)) list.push(value())
      return list
    }
    const word = need(/^[\w.]+/)[0]
    return word === 'true' ? true : word === 'false' ? false : new Name(word)
  }
  function map(): Body {
    const all: Record<string, unknown> = {}
    while (!took(/^\}/)) {
      const block = took(/^(\w+) \{/)
      if (block) {
        const [, name = ''] = block
        all[name] = [...((all[name] ?? []) as unknown[]), map()]
        continue
      }
      const [, , key = ''] = need(/^(['"]?)([\w.-]+)\1\s*[:=]/)
      all[key] = value()
    }
    return all
  }
  const isDone = (): boolean => {
    skip()
    return rest() === ''
  }
  return { took, need, value, map, isDone }
}
class Name {
  readonly name: string
  constructor(name: string) {
    this.name = name
  }
}

/** A whole file is deployed into the group that its first line names; a part of a resource goes into that. */
export async function runBicep(place: Place, text: string): Promise<void> {
  const { took, need, value, map, isDone } = reader(text)
  if (took(/^properties:/)) return merge(place.person, place.cluster, value() as Body)
  if (took(/^networkAcls:/)) return patch(place.person, place.account, { networkAcls: value() })
  const [, subscription, group] = /^\/\/ az deployment group create --subscription (\S+) --resource-group '([^']+)'/.exec(text) ?? []
  if (!subscription) throw new Error(`It does not say where it is deployed: ${text}`)
  const ids = new Map<string, string>()
  while (!isDone()) {
    const [, symbol = '', type = '', version = '', isExisting] = need(/^resource (\w+) '([^'@]+)@([^']+)' (existing )?=/)
    need(/^\{/)
    const { name, scope, dependsOn: _, ...body } = map()
    const [namespace, ...types] = type.split('/')
    const path = types.map((one, index) => `${one}/${String(name).split('/')[index]}`).join('/')
    const parent = scope instanceof Name ? ids.get(scope.name) : `/subscriptions/${subscription}/resourceGroups/${group}`
    if (parent === undefined) throw new Error(`There is no ${(scope as Name).name}`)
    const id = `${parent}/providers/${namespace}/${path}`
    ids.set(symbol, id)
    if (!isExisting) await arm(place.person, 'PUT', id, version, body)
  }
}

async function merge(person: Person, id: string, properties: Body): Promise<void> {
  const version = versions['microsoft.containerservice/managedclusters'] ?? ''
  const body = (await arm(person, 'GET', id, version)) as { properties: Body }
  await arm(person, 'PUT', id, version, { ...body, properties: { ...body.properties, ...properties } })
}
const patch = async (person: Person, id: string, properties: Body): Promise<void> =>
  void (await arm(person, 'PATCH', id, versions[resourceId(id).type] ?? '', { properties }))

export async function runTerraform(place: Place, text: string): Promise<void> {
  const { took, need, value, map, isDone } = reader(text)
  const ofCluster: Body = {} // one apply is one update
  while (!isDone()) {
    const resource = took(/^resource "(\w+)" "\w+" \{/)
    if (resource) {
      const write = providers[resource[1] ?? '']
      if (!write) throw new Error(`Terraform has no ${resource[1]} here`)
      const { depends_on: _, ...given } = map()
      await write(place, given)
      continue
    }
    const block = took(/^(\w+) \{/)
    if (block) {
      const write = blocks[block[1] ?? '']
      if (!write) throw new Error(`No resource here has a block ${block[1]}`)
      await write(place, map())
      continue
    }
    const [, name = ''] = need(/^(\w+)\s*=/)
    const isOn = value()
    if (name === 'oidc_issuer_enabled') ofCluster['oidcIssuerProfile'] = { enabled: isOn }
    else if (name === 'workload_identity_enabled') ofCluster['securityProfile'] = { workloadIdentity: { enabled: isOn } }
    else throw new Error(`${name} is not understood`)
  }
  if (Object.keys(ofCluster).length > 0) await merge(place.person, place.cluster, ofCluster)
}

const subscriptionOf = ({ cluster }: Place): string => cluster.split('/')[2] ?? ''
const identities = 'providers/Microsoft.ManagedIdentity/userAssignedIdentities'

/** What a resource of the provider azurerm writes; an argument that is left over is not understood. */
const providers: Readonly<Record<string, (place: Place, given: Record<string, unknown>) => Promise<unknown>>> = {
  async azurerm_user_assigned_identity(place, { name, resource_group_name: group, location, tags, ...left }) {
    none(left)
    const id = `/subscriptions/${subscriptionOf(place)}/resourceGroups/${group}/${identities}/${name}`
    await arm(place.person, 'PUT', id, '2023-01-31', { location, tags })
  },
  async azurerm_federated_identity_credential(
    place,
    { name, resource_group_name: _group, parent_id: parent, issuer, subject, audience, ...left },
  ) {
    none(left)
    const id = `${parent}/federatedIdentityCredentials/${name}`
    await arm(place.person, 'PUT', id, '2023-01-31', { properties: { issuer, subject, audiences: audience } })
  },
  async azurerm_role_assignment(place, given) {
    const { name, scope, role_definition_id, principal_id, principal_type, description, ...left } = given
    none(left)
    const properties = { roleDefinitionId: role_definition_id, principalId: principal_id, principalType: principal_type, description }
    await arm(place.person, 'PUT', `${scope}/providers/Microsoft.Authorization/roleAssignments/${name}`, '2022-04-01', { properties })
  },
  async azurerm_storage_account_network_rules(place, given) {
    const { storage_account_id: id, default_action: defaultAction, bypass, ip_rules, virtual_network_subnet_ids, ...left } = given
    none(left)
    const ipRules = (ip_rules as string[]).map((value) => ({ value, action: 'Allow' }))
    const virtualNetworkRules = (virtual_network_subnet_ids as string[]).map((subnet) => ({ id: subnet, action: 'Allow' }))
    await patch(place.person, String(id), {
      networkAcls: { defaultAction, bypass: (bypass as string[]).join(', '), ipRules, virtualNetworkRules },
    })
  },
  async azurerm_postgresql_flexible_server_firewall_rule(place, { name, server_id, start_ip_address, end_ip_address, ...left }) {
    none(left)
    const properties = { startIpAddress: start_ip_address, endIpAddress: end_ip_address }
    await arm(place.person, 'PUT', `${server_id}/firewallRules/${name}`, '2024-08-01', { properties })
  },
  async azurerm_kubernetes_cluster_extension(place, { name, cluster_id, extension_type, release_train, release_namespace, ...left }) {
    none(left)
    const properties = {
      extensionType: extension_type,
      releaseTrain: release_train,
      autoUpgradeMinorVersion: true,
      scope: { cluster: { releaseNamespace: release_namespace } },
    }
    await arm(place.person, 'PUT', `${cluster_id}/providers/Microsoft.KubernetesConfiguration/extensions/${name}`, '2023-05-01', {
      properties,
    })
  },
  /** A body goes to ARM as it is; a child resource is below its parent, any other in its namespace. */
  async azapi_resource(place, { type, name, parent_id: parent, location, tags, body, ...left }) {
    none(left)
    const [whole = '', version = ''] = String(type).split('@')
    const [namespace, ...types] = whole.split('/')
    const at = types.length > 1 ? types.at(-1) : `providers/${namespace}/${types[0]}`
    await arm(place.person, 'PUT', `${parent}/${at}/${name}`, version, { ...(body as Body | undefined), location, tags })
  },
  async azurerm_resource_provider_registration(place, { name, ...left }) {
    none(left)
    await arm(place.person, 'POST', `/subscriptions/${subscriptionOf(place)}/providers/${name}/register`, '2021-04-01')
  },
}

/** Parts of resources that are there; the place names the resource. */
const blocks: typeof providers = {
  async network_acls(place, { default_action: defaultAction, bypass, ip_rules, virtual_network_subnet_ids: subnets, ...left }) {
    none(left)
    const ipRules = (ip_rules as string[]).map((value) => ({ value }))
    const virtualNetworkRules = (subnets as string[]).map((id) => ({ id, ignoreMissingVnetServiceEndpoint: true }))
    await patch(place.person, place.account, { networkAcls: { defaultAction, bypass, ipRules, virtualNetworkRules } })
  },
  async network_rule_set(
    place,
    { default_action: defaultAction, trusted_services_allowed: trusted, ip_rules, network_rules = [], ...left },
  ) {
    none(left)
    const properties = {
      defaultAction,
      publicNetworkAccess: 'Enabled',
      trustedServiceAccessEnabled: trusted,
      ipRules: (ip_rules as string[]).map((ipMask) => ({ ipMask, action: 'Allow' })),
      virtualNetworkRules: (network_rules as { subnet_id: string }[]).map(({ subnet_id: id }) => ({
        subnet: { id },
        ignoreMissingVnetServiceEndpoint: false,
      })),
    }
    await arm(place.person, 'PUT', `${place.account}/networkRuleSets/default`, '2024-01-01', { properties })
  },
}

function none(left: object): void {
  if (Object.keys(left).length > 0) throw new Error(`${Object.keys(left).join(', ')} is not understood`)
}
