// Microsoft.CognitiveServices/accounts (https://learn.microsoft.com/rest/api/aiservices/accountmanagement/accounts). Surprising, recorded by the tests of
// azure-cli: making one is an operation whose address says `operationResults` and has an old api-version, changes and deletes are over at once, keys are
// 32 hex digits. An account that takes no keys refuses to list them (https://github.com/Azure/terraform-azurerm-avm-res-cognitiveservices-account/issues/130),
// and one that is still being made refuses every change (https://github.com/Azure/bicep-types-az/issues/2419). Deleted accounts stay recoverable, and their
// names taken, in the real Azure; here a name is free at once.

import { createHash } from 'node:crypto'
import type { CloudResponse } from '../http.ts'
import { includes } from '../ranges.ts'
import type { World } from '../world.ts'
import { refuse } from './errors.ts'
import { type Born, type Described, keyedResource, type Place } from './keyed-resource.ts'
import type { Key } from './keyed-resource-keys.ts'
import { findOperation, polled } from './operations.ts'
import { type Body, type Call, objectOf, type Provider } from './provider.ts'
import { findResource, type Resource } from './resources.ts'
import { withState } from './slow-writes.ts'

const type = 'Microsoft.CognitiveServices/accounts'
const mostRules = 100
const bodiesOf = (value: unknown): readonly Body[] => (Array.isArray(value) ? value.map(objectOf) : [])

/** May a caller with this public address reach the account? */
export function letsIn(world: World, id: string, ip: string): boolean {
  const properties = objectOf(findResource(world, id)?.properties)
  const acls = objectOf(properties['networkAcls'])
  if (properties['publicNetworkAccess'] !== 'Enabled') return false
  return acls['defaultAction'] !== 'Deny' || bodiesOf(acls['ipRules']).some(({ value }) => includes(String(value), ip))
}

/** The keys of the map are words for people; which there are depends on the kind. */
function endpointsOf(kind: string, name: string): { readonly endpoint: string; readonly endpoints: Body } {
  const own = `https://${name.toLowerCase()}.cognitiveservices.azure.com/`
  const language = `https://${name.toLowerCase()}.openai.azure.com/`
  const openai = { 'OpenAI Language Model Instance API': language, 'OpenAI Dall-E API': language, 'OpenAI Whisper API': language }
  if (kind === 'OpenAI') return { endpoint: language, endpoints: openai }
  const speech = { 'Speech Services Speech to Text (Standard)': own, 'Speech Services Text to Speech (Neural)': own, Token: own }
  return { endpoint: own, endpoints: kind === 'AIServices' ? { ...openai, ...speech } : speech }
}

const born = (world: World, { name }: Place, given: Described): Born => {
  const kind = given.kind ?? 'CognitiveServices'
  const rules = given.allow.map((value) => ({ value }))
  return {
    etag: `"${world.uuid()}"`,
    sku: { name: given.sku ?? 'S0' },
    kind,
    properties: {
      provisioningState: 'Succeeded',
      ...endpointsOf(kind, name),
      internalId: world.uuid().replaceAll('-', ''),
      dateCreated: new Date(world.clock.now()).toISOString(),
      customSubDomainName: name.toLowerCase(),
      isMigrated: false,
      privateEndpointConnections: [],
      publicNetworkAccess: given.network === 'closed' ? 'Disabled' : 'Enabled',
      networkAcls: { defaultAction: given.network === 'rules' ? 'Deny' : 'Allow', virtualNetworkRules: [], ipRules: rules },
      disableLocalAuth: !given.localAuth,
    },
  }
}

function changed({ world }: Call, asked: Body, before: Resource): Body {
  if (asked['networkAcls'] === undefined) return {}
  const acls = { ...objectOf(before.properties['networkAcls']), ...objectOf(asked['networkAcls']) }
  const rules = bodiesOf(acls['ipRules']).map(({ value }) => ({ value }))
  for (const { value } of rules)
    if (!/^\d{1,3}(\.\d{1,3}){3}(\/\d{1,2})?$/.test(String(value)))
      throw refuse(400, 'NetworkAclsValidationFailure', `The IP rule '${value}' is invalid. Activity: ${world.uuid()}`)
  if (rules.length > mostRules) throw refuse(400, 'NetworkAclsValidationFailure', `At most ${mostRules} IP rules are allowed.`)
  return { networkAcls: { ...acls, ipRules: rules } }
}

const hexKey = (world: World): string => createHash('md5').update(world.uuid()).digest('hex')
const keysBody = (_account: Resource, keys: readonly Key[]): Body =>
  Object.fromEntries(keys.map(({ name, value }) => [name.toLowerCase(), value]))

function poll(call: Call): CloudResponse {
  // The address is not signed, and is good at any api-version: official clients put their own into it.
  const found = findOperation(call.world, call.parameters['operation'] ?? '')
  const { operation, ended } = polled(found ? { ...call, url: new URL(found.url) } : call)
  const stamp = (time: number): string => new Date(time).toISOString().replace(/\.\d+Z$/, 'Z')
  const body = { id: call.path, name: operation.guid, status: ended?.status ?? 'Creating', startTime: stamp(operation.startedAt) }
  return { status: 200, body: ended ? { ...body, endTime: stamp(ended.at), ...(ended.error ? { error: ended.error } : {}) } : body }
}

export const cognitiveAccounts: Provider = keyedResource({
  type,
  name: /^[a-zA-Z0-9][a-zA-Z0-9_.-]{1,63}$/,
  born,
  changeable: ['networkAcls', 'publicNetworkAccess', 'disableLocalAuth', 'customSubDomainName', 'restrictOutboundNetworkAccess'],
  changed,
  flows: {
    create: {
      takes: 2_000,
      meanwhile: (settled) => withState(settled, 'Accepted'),
      urlOf: ({ id, location }, guid) =>
        `https://management.azure.com/subscriptions/${id.split('/')[2]}/providers/Microsoft.CognitiveServices/locations/${location}/operationResults/${guid}?api-version=2017-04-18`,
      answer: (meanwhile, operation) => ({
        status: 201,
        headers: { 'azure-asyncoperation': operation?.url ?? '', etag: String(meanwhile['etag']) },
        body: meanwhile,
      }),
    },
  },
  busy: ({ id }) =>
    refuse(
      409,
      'RequestConflict',
      `Cannot modify resource with id '${id}' because the resource entity provisioning state is not terminal. Please wait for the provisioning state to become terminal and then retry the request.`,
    ),
  keys: {
    names: ['Key1', 'Key2'],
    list: 'listKeys',
    renew: 'regenerateKey',
    value: hexKey,
    answer: keysBody,
    wanted: ({ keyName }, all) => all.find(({ name }) => name === keyName)?.name,
    check({ properties }) {
      if (properties['disableLocalAuth'] === true) throw refuse(400, 'BadRequest', 'Failed to list key. disableLocalAuth is set to be true')
    },
  },
  routes: [
    {
      method: 'GET',
      path: '/subscriptions/{subscription}/providers/Microsoft.CognitiveServices/locations/{location}/operationResults/{operation}',
      action: 'none',
      handle: poll,
    },
  ],
})
