// Microsoft.Storage/storageAccounts (https://learn.microsoft.com/rest/api/storagerp/storage-accounts). There is no ETag: two writers who read the
// same rules lose one update. An account that is deleted and made again has the same id and is another: other keys and creation time, no rules, and
// no role assignments (https://github.com/hashicorp/terraform-provider-azurerm/issues/24568). Making one takes the real Azure about 20 seconds (202);
// here it is there at once.

import { BlockList, isIPv4 } from 'node:net'
import type { World } from '../world.ts'
import { type ArmError, refuse, resourceNotFound } from './errors.ts'
import { keyOf, parseId } from './ids.ts'
import { checkLinkedSubnets } from './linked-access.ts'
import { createOverlapGuard } from './overlap.ts'
import { type Body, type Call, objectOf, type Provider, page, tagsOf, textOf } from './provider.ts'
import { findResource, putResource, type Resource, resourcesOf } from './resources.ts'
import { answeredAccount, bornAccount, keysOf, removeStorageAccount, renewKey, storageAccount, storageType } from './storage-account.ts'
import { checkedSubnetRules, ipRulesOf, subnetRulesOf } from './storage-network.ts'

export { storageAccount } from './storage-account.ts'
export { isAllowed } from './storage-network.ts'

const list = `providers/${storageType}`
const path = `/subscriptions/{subscription}/resourceGroups/{group}/${list}/{name}`
const mostIpRules = 400

function existing(call: Call): Resource {
  const { subscription, group = '', name = '' } = call.parameters
  const found = findResource(call.world, `/subscriptions/${subscription}/resourceGroups/${group}/${list}/${name}`)
  if (!found) throw resourceNotFound(storageType, name, group)
  return found
}

const listed = (call: Call, within: string) =>
  page(
    call,
    resourcesOf(call.world, storageType, within).map((one) => answeredAccount(call.world, one)),
  )

/** What PATCH may change; other properties are fixed at creation or not simulated. */
const changeable = [
  'networkAcls',
  'publicNetworkAccess',
  'allowSharedKeyAccess',
  'allowBlobPublicAccess',
  'minimumTlsVersion',
  'supportsHttpsTrafficOnly',
  'defaultToOAuthAuthentication',
]

/** PUT of an account that is there changes what the body names, as PATCH does. */
function put(call: Call) {
  const name = call.parameters['name'] ?? ''
  const before = findResource(call.world, call.path)
  const location = textOf(call.body['location'])?.replaceAll(' ', '').toLowerCase()
  if (!/^[a-z0-9]{3,24}$/.test(name))
    throw refuse(
      400,
      'AccountNameInvalid',
      `${name} is not a valid storage account name. Storage account name must be between 3 and 24 characters in length and use numbers and lower-case letters only.`,
    )
  if (!location) throw refuse(400, 'LocationRequired', 'The location property is required for this definition.')
  if (before && before.location !== location)
    throw refuse(
      409,
      'InvalidResourceLocation',
      `The resource '${name}' already exists in location '${before.location}' in resource group '${call.parameters['group']}'. A resource with the same name cannot be created in location '${location}'. Please select a new resource name.`,
    )
  if (before) return patch(call, tagsOf(call.body) ?? {})
  if (storageAccount(call.world, name))
    throw refuse(409, 'StorageAccountAlreadyTaken', `The storage account named ${name} is already taken.`)
  putResource(call.world, bornAccount(call.world, call.path, location, { sku: call.body['sku'], kind: call.body['kind'] }))
  return patch(call, tagsOf(call.body) ?? {})
}

function patch(call: Call, tags = tagsOf(call.body)) {
  const before = existing(call)
  const asked = objectOf(call.body['properties'])
  const unknown = Object.keys(asked).filter((name) => !changeable.includes(name))
  if (unknown.length > 0) throw refuse(501, 'NotSimulated', `Changing '${unknown.join("', '")}' of a storage account is not simulated.`)
  checkLinkedSubnets(
    call,
    'Microsoft.Storage/storageAccounts/write',
    subnetRulesOf(objectOf(asked['networkAcls'])).map(({ id }) => String(id)),
  )
  const changes: Body = {
    ...asked,
    ...(asked['networkAcls'] === undefined
      ? {}
      : { networkAcls: rulesOf(call.world, asked['networkAcls'], before.properties['networkAcls']) }),
  }
  const after: Resource = { ...before, tags: tags ?? before.tags ?? {}, properties: { ...before.properties, ...changes } }
  putResource(call.world, after)
  return { status: 200, body: answeredAccount(call.world, after) }
}

/** Arrays are replaced as a whole by what the body has; what it leaves out stays. */
function rulesOf(world: World, asked: unknown, before: unknown): Body {
  const rules: Body = {
    bypass: 'AzureServices',
    virtualNetworkRules: [],
    ipRules: [],
    defaultAction: 'Allow',
    ...objectOf(before),
    ...objectOf(asked),
  }
  for (const value of ipRulesOf(rules)) if (!isUsable(value)) throw invalid('networkAcls.ipRule[*].value')
  if (ipRulesOf(rules).length > mostIpRules)
    throw refuse(
      400,
      'NetworkAclsValidationFailure',
      `Validation of network acls failure: TooManyIpRules: at most ${mostIpRules} are allowed.`,
    )
  const unique = new Set(ipRulesOf(rules))
  const virtualNetworkRules = checkedSubnetRules(world, rules, objectOf(before))
  return { ...rules, virtualNetworkRules, ipRules: [...unique].map((value) => ({ value, action: 'Allow' })) }
}

const privateRanges = new BlockList()
privateRanges.addSubnet('10.0.0.0', 8)
privateRanges.addSubnet('172.16.0.0', 12)
privateRanges.addSubnet('192.168.0.0', 16)

/** A public IPv4 address, or a range of /30 or larger: /31 and /32 are refused (https://learn.microsoft.com/azure/storage/common/storage-network-security-ip-address-range). */
function isUsable(value: string): boolean {
  const [address = '', bits, ...rest] = value.split('/')
  if (rest.length > 0 || !isIPv4(address) || privateRanges.check(address)) return false
  return bits === undefined || (/^\d+$/.test(bits) && Number(bits) <= 30)
}

const invalid = (what: string): ArmError =>
  refuse(
    400,
    'InvalidValuesForRequestParameters',
    `Values for request parameters are invalid: ${what}. For more information, see - https://aka.ms/storagenetworkruleset`,
  )

export function storageAccounts(): Provider {
  const alone = createOverlapGuard()
  const inProgress = (): ArmError =>
    refuse(
      409,
      'StorageAccountOperationInProgress',
      'An operation is currently performing on this storage account that requires exclusive access.',
    )
  return {
    namespace: 'Microsoft.Storage',
    routes: [
      {
        method: 'GET',
        path: `/subscriptions/{subscription}/${list}`,
        handle: (call) => listed(call, `/subscriptions/${call.parameters['subscription']}`),
      },
      {
        method: 'GET',
        path: `/subscriptions/{subscription}/resourceGroups/{group}/${list}`,
        handle: (call) => listed(call, parseId(call.path).parent),
      },
      { method: 'GET', path, handle: (call) => ({ status: 200, body: answeredAccount(call.world, existing(call)) }) },
      { method: 'PUT', path, handle: (call) => alone(keyOf(call.path), inProgress, () => put(call)) },
      { method: 'PATCH', path, handle: (call) => alone(keyOf(existing(call).id), inProgress, () => patch(call)) },
      {
        method: 'DELETE',
        path,
        handle: (call) => {
          const found = findResource(call.world, call.path)
          if (!found) return { status: 204 }
          removeStorageAccount(call.world, found.id)
          return { status: 200 }
        },
      },
      {
        // also where shared keys are switched off: only their use is refused then
        method: 'POST',
        path: `${path}/listKeys`,
        handle: (call) => ({ status: 200, body: { keys: keysOf(call.world, existing(call).id) } }),
      },
      {
        method: 'POST',
        path: `${path}/regenerateKey`,
        handle: (call) => {
          const { id } = existing(call)
          const keyName = call.body['keyName']
          if (keyName !== 'key1' && keyName !== 'key2') throw invalid('keyName')
          return { status: 200, body: { keys: renewKey(call.world, id, keyName) } }
        },
      },
      {
        method: 'GET',
        path: `${path}/blobServices/default`,
        handle: (call) => {
          const account = existing(call)
          const id = `${account.id}/blobServices/default`
          const properties = { cors: { corsRules: [] }, deleteRetentionPolicy: { enabled: false } }
          return { status: 200, body: { id, name: 'default', type: `${storageType}/blobServices`, sku: account['sku'], properties } }
        },
      },
    ],
  }
}
