// Microsoft.KeyVault/vaults. Surprising, all recorded by azure-service-operator's and azure-cli's tests: a new vault answers 200 with `RegisteringDns`,
// without any operation to poll and with an address that lacks its last slash; deleting answers 200 without a body. There is no ETag: of two writes at
// once, one is refused. A deleted vault stays recoverable and keeps its name in the real Azure; here a name is free at once.
// Their secrets are the data plane's (key-vault/).
import { mayDo } from '../access.ts'
import type { CloudResponse } from '../http.ts'
import { latencies } from '../latencies.ts'
import type { World } from '../world.ts'
import { type ArmError, refuse, resourceNotFound } from './errors.ts'
import { keyOf, parseId } from './ids.ts'
import { checkLinkedSubnets } from './linked-access.ts'
import { createOverlapGuard } from './overlap.ts'
import { type Body, type Call, fleetType, objectOf, type Provider, page, type Route, tagsOf, textOf } from './provider.ts'
import { findResource, putResource, type Resource, removeResource, resourcesOf } from './resources.ts'
import { subnetRulesOf } from './storage-network.ts'
import { bornVault, describedVault, vaultNamed, vaultResource, vaultType } from './vault.ts'
import { vaultRules } from './vault-network.ts'

const list = `providers/${vaultType}`
const group = `/subscriptions/{subscription}/resourceGroups/{group}/${list}`
const effect = 'vault-dns'

function existing(call: Call): Resource {
  const { subscription, group = '', name = '' } = call.parameters
  const found = findResource(call.world, `/subscriptions/${subscription}/resourceGroups/${group}/${list}/${name}`)
  if (!found) throw resourceNotFound(vaultType, name, group)
  return found
}

/** What PUT and PATCH may change; what a client sends back as it was read has no effect. */
const changeable = [
  ...['networkAcls', 'publicNetworkAccess', 'enableRbacAuthorization', 'accessPolicies', 'sku', 'tenantId'],
  ...['enabledForDeployment', 'enableSoftDelete', 'softDeleteRetentionInDays', 'enablePurgeProtection'],
]
const readOnly = ['vaultUri', 'provisioningState', 'privateEndpointConnections']

function changesIn(call: Call, before: Body): Body {
  const asked = objectOf(call.body['properties'])
  const unknown = Object.keys(asked).filter((name) => !changeable.includes(name) && !readOnly.includes(name))
  if (unknown.length > 0) throw refuse(501, 'NotSimulated', `Changing '${unknown.join("', '")}' of a vault is not simulated.`)
  const { networkAcls, enableRbacAuthorization: byRoles = before['enableRbacAuthorization'] } = asked
  if ((byRoles === true) !== (before['enableRbacAuthorization'] === true)) checkModelChange(call)
  checkLinkedSubnets(
    call,
    'Microsoft.KeyVault/vaults/write',
    subnetRulesOf(objectOf(networkAcls)).map(({ id }) => String(id)),
  )
  const changes = Object.fromEntries(Object.entries(asked).filter(([name]) => changeable.includes(name)))
  return networkAcls === undefined ? changes : { ...changes, networkAcls: vaultRules(call.world, networkAcls) }
}

/** Who changes the permission model decides who may read: https://learn.microsoft.com/azure/key-vault/general/rbac-guide */
function checkModelChange({ world, claims, path }: Call): void {
  const action = 'Microsoft.Authorization/roleAssignments/write'
  if (mayDo(world, { principalId: claims.oid, action, scope: path })) return
  throw refuse(
    403,
    'AuthorizationFailed',
    `The client '${claims.appid}' with object id '${claims.oid}' does not have authorization to perform action '${action}' over scope '${path}', which changing the permission model of a vault needs.`,
  )
}

function patch(call: Call): CloudResponse {
  const before = existing(call)
  const after = {
    ...before,
    tags: tagsOf(call.body) ?? before.tags ?? {},
    properties: { ...before.properties, ...changesIn(call, before.properties) },
  }
  putResource(call.world, after)
  return { status: 200, body: after }
}

/** From api-version 2026-02-01 on a new vault has Azure RBAC if nothing else is said: https://learn.microsoft.com/azure/key-vault/general/access-control-default */
function put(call: Call): CloudResponse {
  const { world, path, body, url } = call
  const { name = '' } = call.parameters
  if (findResource(world, path)) return patch(call)
  if (!/^[a-z](?!.*--)[a-z0-9-]{1,22}[a-z0-9]$/i.test(name)) throw refuse(400, 'VaultNameNotValid', `The vault name '${name}' is invalid.`)
  if (vaultNamed(world, name))
    throw refuse(409, 'VaultAlreadyExists', `The vault name '${name}' is already in use. Vault names are globally unique.`)
  const location = textOf(body['location'])?.replaceAll(' ', '').toLowerCase()
  if (!location) throw refuse(400, 'LocationRequired', 'The location property is required for this definition.')
  const byRoles = (url.searchParams.get('api-version') ?? '') >= '2026-02-01'
  const asked = changesIn(call, { enableRbacAuthorization: objectOf(body['properties'])['enableRbacAuthorization'] })
  const made = bornVault(world, path, location, { ...(byRoles ? { enableRbacAuthorization: true } : {}), ...asked })
  const born = { ...made, tags: tagsOf(body) ?? {}, properties: { ...made.properties, provisioningState: 'RegisteringDns' } }
  putResource(world, born)
  world.later(latencies(world).vault, { type: effect, id: made.id })
  return { status: 200, body: { ...born, properties: { ...born.properties, vaultUri: String(made.properties['vaultUri']).slice(0, -1) } } }
}

const permissionKinds = ['secrets', 'keys', 'certificates', 'storage'] as const
const policiesIn = (properties: unknown): readonly Body[] => {
  const policies = objectOf(properties)['accessPolicies']
  return Array.isArray(policies) ? policies.map(objectOf) : []
}
const permissionsOf = (policy: Body, kind: string): readonly string[] => {
  const given = objectOf(policy['permissions'])[kind]
  return Array.isArray(given) ? given.map(String) : []
}

/**
 * `add`: to those that a principal has. `remove`: those words and no others, so one in another case stays; a policy without any goes.
 * https://learn.microsoft.com/rest/api/keyvault/keyvault/vaults/update-access-policy
 */
const changePolicies =
  (how: 'add' | 'remove') =>
  (call: Call): CloudResponse => {
    const found = existing(call)
    const asked = policiesIn(call.body['properties'])
    const all = Map.groupBy([...policiesIn(found.properties), ...(how === 'add' ? asked : [])], ({ objectId }) => objectId)
    const accessPolicies = [...all].flatMap(([objectId, policies]) => {
      const less = how === 'remove' ? asked.filter((one) => one['objectId'] === objectId) : []
      const permissions = permissionKinds.flatMap((kind) => {
        const gone = less.flatMap((one) => permissionsOf(one, kind))
        const left = [...new Set(policies.flatMap((one) => permissionsOf(one, kind)))].filter((word) => !gone.includes(word))
        return left.length > 0 ? [[kind, left] as const] : []
      })
      return permissions.length > 0 ? [{ ...policies[0], objectId, permissions: Object.fromEntries(permissions) }] : []
    })
    putResource(call.world, { ...found, properties: { ...found.properties, accessPolicies } })
    return { status: 200, body: { id: call.path, type: `${vaultType}/accessPolicies`, properties: { accessPolicies } } }
  }

function remove(call: Call): CloudResponse {
  const found = findResource(call.world, call.path)
  if (!found) return { status: 204 }
  removeResource(call.world, found.id)
  return { status: 200 }
}

export function vaults(): Provider {
  const alone = createOverlapGuard()
  /** As quoted in https://github.com/hashicorp/terraform-provider-azurerm/issues/15127. */
  const conflict = (call: Call) => (): ArmError =>
    refuse(
      409,
      'ConflictError',
      `A conflict occurred that prevented the operation from completing. The operation failed because the Key Vault '${call.parameters['name']}' changed from the point the operation began. This can happen if parallel operations are being performed on the Key Vault. To prevent this error, serialize the operations so that only one operation is performed on the Key Vault at a time. Follow this link for more information: https://go.microsoft.com/fwlink/?linkid=2147741`,
    )
  const single = (work: (call: Call) => CloudResponse) => (call: Call) => {
    const { subscription, group, name } = call.parameters
    return alone(keyOf(`/subscriptions/${subscription}/resourceGroups/${group}/${list}/${name}`), conflict(call), () => work(call))
  }
  return {
    namespace: 'Microsoft.KeyVault',
    fleetTypes: [fleetType(vaultType, describedVault, vaultResource)],
    routes: [
      {
        method: 'GET',
        path: `/subscriptions/{subscription}/${list}`,
        handle: (call) => page(call, resourcesOf(call.world, vaultType, `/subscriptions/${call.parameters['subscription']}`)),
      },
      { method: 'GET', path: group, handle: (call) => page(call, resourcesOf(call.world, vaultType, parseId(call.path).parent)) },
      { method: 'GET', path: `${group}/{name}`, handle: (call) => ({ status: 200, body: existing(call) }) },
      { method: 'PUT', path: `${group}/{name}`, handle: single(put) },
      { method: 'PATCH', path: `${group}/{name}`, handle: single(patch) },
      { method: 'DELETE', path: `${group}/{name}`, handle: remove },
      ...(['add', 'remove'] as const).map(
        (how): Route => ({ method: 'PUT', path: `${group}/{name}/accessPolicies/${how}`, handle: single(changePolicies(how)) }),
      ),
    ],
    start(world: World) {
      world.on<{ type: typeof effect; id: string }>(effect, ({ id }) => {
        const found = findResource(world, id)
        if (found) putResource(world, { ...found, properties: { ...found.properties, provisioningState: 'Succeeded' } })
      })
    },
  }
}
