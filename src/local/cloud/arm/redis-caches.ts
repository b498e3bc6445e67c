// Microsoft.Cache/Redis, its firewall rules and its access policies. Surprising, recorded by azure-service-operator's and azure-cli's tests: GET answers
// `accessKeys: null`, the name of a rule is `<cache>/<rule>`, and every write is refused while another one goes on. A cache without rules lets
// everyone in (https://learn.microsoft.com/azure/azure-cache-for-redis/cache-network-isolation).

import { BlockList, isIPv4 } from 'node:net'
import { emit } from '../event-grid.ts'
import type { Happening } from '../happening.ts'
import type { CloudResponse } from '../http.ts'
import type { Json, World } from '../world.ts'
import { happeningOf } from './announce.ts'
import { type ArmError, refuse, resourceNotFound } from './errors.ts'
import { keyOf, parseId } from './ids.ts'
import { type Described, keyedResource } from './keyed-resource.ts'
import { base64Key, type Key } from './keyed-resource-keys.ts'
import { endOperation, findOperation, polled, startOperation } from './operations.ts'
import { type Body, type Call, objectOf, type Provider, page, type Route, textOf } from './provider.ts'
import { findResource, putResource, type Resource, removeResource, resourcesOf } from './resources.ts'
import { withState } from './slow-writes.ts'

const type = 'Microsoft.Cache/Redis'
const path = `/subscriptions/{subscription}/resourceGroups/{group}/providers/${type}/{name}`
const minute = 60_000
/** How long a cache is busy with a rule or an access policy. */
const childTakes = 20_000

const busy = ({ name }: Pick<Resource, 'name'>): ArmError =>
  refuse(
    409,
    'Conflict',
    `The resource '${name}' is busy processing a previous update request or is undergoing system maintenance.  As such, it is currently unable to accept the update request.  Please try again later.`,
  )

const busyUntil = (world: World): Map<string, number> => world.table<number>('redis-busy')

function needIdle(call: Call): Resource {
  const { subscription, group = '', name = '' } = call.parameters
  const cache = findResource(call.world, `/subscriptions/${subscription}/resourceGroups/${group}/providers/${type}/${name}`)
  if (!cache) throw resourceNotFound(type, name, group)
  const isBusy = call.world.clock.now() < (busyUntil(call.world).get(keyOf(cache.id)) ?? 0)
  if (isBusy || cache.properties['provisioningState'] !== 'Succeeded') throw busy(cache)
  busyUntil(call.world).set(keyOf(cache.id), call.world.clock.now() + childTakes)
  return cache
}

function ruleOf(cache: Pick<Resource, 'id' | 'name' | 'location'>, name: string, startIP: string, endIP: string): Resource {
  const rule = { name: `${cache.name}/${name}`, type: `${type}/firewallRules`, location: cache.location }
  return { id: `${cache.id}/firewallRules/${name}`, ...rule, properties: { startIP, endIP } }
}

/** Without the location, which only this cloud keeps of it. */
const answered = ({ location: _, ...child }: Resource): Body => child

function putRule(call: Call): CloudResponse {
  const { startIP, endIP } = objectOf(call.body['properties'])
  const [from, to] = [textOf(startIP) ?? '', textOf(endIP) ?? '']
  const range = new BlockList()
  if (!isIPv4(from) || !isIPv4(to)) throw refuse(400, 'InvalidRequestBody', 'The startIP and endIP of a rule are IPv4 addresses.')
  range.addRange(from, to)
  const before = findResource(call.world, call.path)
  const rule = ruleOf(needIdle(call), call.parameters['child'] ?? '', from, to)
  putResource(call.world, rule)
  return { status: before ? 200 : 201, body: answered(rule) }
}

function removeRule(call: Call): CloudResponse {
  if (!findResource(call.world, call.path)) return { status: 204 }
  needIdle(call)
  removeResource(call.world, call.path)
  return { status: 200 }
}

type End = {
  readonly type: 'redis-policy-end'
  readonly id: string
  /** Absent: the assignment goes. */
  readonly assignment?: Resource & Json
  readonly operation: string
  readonly happening: Happening & Json
}

const policies = ['Data Owner', 'Data Contributor', 'Data Reader']

/** Goes on as an operation; the assignment is there, or gone, when it ends. */
function changePolicy(call: Call, cache: Resource, assignment?: Resource): CloudResponse {
  const { world, url } = call
  const { subscription } = parseId(cache.id)
  const pollUrl = (guid: string): string =>
    `https://management.azure.com/subscriptions/${subscription}/providers/Microsoft.Cache/locations/${cache.location}/asyncOperations/${guid}?api-version=${url.searchParams.get('api-version')}`
  const operation = startOperation(call, call.path, cache.location, childTakes, pollUrl)
  world.later(operation.endsAt - operation.startedAt, {
    type: 'redis-policy-end',
    id: call.path,
    ...(assignment ? { assignment: assignment as Resource & Json } : {}),
    operation: operation.guid,
    happening: happeningOf(call, 'Success') as Happening & Json,
  } satisfies End)
  const headers = { 'azure-asyncoperation': operation.url }
  if (!assignment) return { status: 202, headers }
  return { status: 201, headers, body: answered(withState(assignment, 'Updating')) }
}

function putPolicy(call: Call): CloudResponse {
  const { objectId, objectIdAlias, accessPolicyName } = objectOf(call.body['properties'])
  if (!textOf(objectId) || !textOf(objectIdAlias) || !policies.includes(String(accessPolicyName)))
    throw refuse(400, 'InvalidRequestBody', 'An assignment has an objectId, an objectIdAlias and the accessPolicyName of the cache.')
  const cache = needIdle(call)
  const name = call.parameters['child'] ?? ''
  const properties = { objectId, objectIdAlias, accessPolicyName, provisioningState: 'Succeeded' }
  const of = { name, type: `${type}/accessPolicyAssignments`, location: cache.location }
  return changePolicy(call, cache, { id: `${cache.id}/accessPolicyAssignments/${name}`, ...of, properties })
}

function removePolicy(call: Call): CloudResponse {
  if (!findResource(call.world, call.path)) return { status: 204 }
  return changePolicy(call, needIdle(call))
}

const children = (kind: string, put: Route['handle'], remove: Route['handle'], more: Partial<Route> = {}): readonly Route[] => [
  {
    method: 'GET',
    path: `${path}/${kind}`,
    handle: (call) => page(call, resourcesOf(call.world, `${type}/${kind}`, call.path.slice(0, call.path.lastIndexOf('/'))).map(answered)),
  },
  {
    method: 'GET',
    path: `${path}/${kind}/{child}`,
    handle(call) {
      const found = findResource(call.world, call.path)
      const { name = '', child = '', group = '' } = call.parameters
      if (!found) throw resourceNotFound(`${type}/${kind}`, `${name}/${child}`, group)
      return { status: 200, body: answered(found) }
    },
  },
  { method: 'PUT', path: `${path}/${kind}/{child}`, handle: put, ...more },
  { method: 'DELETE', path: `${path}/${kind}/{child}`, handle: remove, ...more },
]

function poll(call: Call): CloudResponse {
  const { operation, ended } = polled(call)
  const body = { id: call.path, name: operation.guid, status: ended?.status ?? 'InProgress', error: ended?.error ?? null }
  return { status: 200, headers: { 'azure-asyncoperation': operation.url }, body }
}

const rulesOf = (_world: World, cache: Resource, { allow }: Described): readonly Resource[] =>
  allow.map((ip, index) => ruleOf(cache, `others${index}`, ip, ip))

export function redisCaches(): Provider {
  const caches = keyedResource({
    type,
    name: /^[A-Za-z0-9]+(-[A-Za-z0-9]+)*$/,
    born: (_world, { name }, { network, localAuth, sku }) => ({
      properties: {
        provisioningState: 'Succeeded',
        sku: { name: sku ?? 'Premium', family: 'P', capacity: 1 },
        redisVersion: '6.0',
        hostName: `${name}.redis.cache.windows.net`,
        port: 6379,
        sslPort: 6380,
        enableNonSslPort: false,
        minimumTlsVersion: '1.2',
        publicNetworkAccess: network === 'closed' ? 'Disabled' : 'Enabled',
        redisConfiguration: { 'aad-enabled': 'True', maxclients: '7500' },
        disableAccessKeyAuthentication: !localAuth,
        accessKeys: null,
        linkedServers: [],
      },
    }),
    children: rulesOf,
    changeable: ['sku', 'publicNetworkAccess', 'disableAccessKeyAuthentication', 'redisConfiguration'],
    flows: {
      create: {
        takes: 10 * minute,
        meanwhile: (cache) => withState(cache, 'Creating'),
        answer: (body) => ({ status: 201, body }),
      },
      update: { takes: 3 * minute, meanwhile: (cache) => withState(cache, 'Updating'), answer: (body) => ({ status: 200, body }) },
    },
    busy,
    keys: {
      names: ['Primary', 'Secondary'],
      list: 'listKeys',
      renew: 'regenerateKey',
      value: base64Key,
      answer: (_cache, all: readonly Key[]): Body => ({ primaryKey: all[0]?.value, secondaryKey: all[1]?.value }),
      wanted: ({ keyType }: Body, all: readonly Key[]) => all.find(({ name }) => name === keyType)?.name,
    },
    routes: [
      ...children('firewallRules', putRule, removeRule),
      ...children('accessPolicyAssignments', putPolicy, removePolicy, { quiet: true }),
      {
        method: 'GET',
        path: '/subscriptions/{subscription}/providers/Microsoft.Cache/locations/{location}/asyncOperations/{operation}',
        action: 'none',
        handle: poll,
      },
    ],
  })
  return {
    ...caches,
    start(world) {
      caches.start?.(world)
      world.on<End>('redis-policy-end', ({ id, assignment, operation, happening }) => {
        if (findOperation(world, operation)?.ended) return
        const isDone = endOperation(world, operation)?.ended?.status === 'Succeeded'
        if (isDone && assignment) putResource(world, assignment)
        else if (isDone) removeResource(world, id)
        emit(world, { ...(happening as Happening), outcome: isDone ? 'Success' : 'Failure' })
      })
    },
  }
}
