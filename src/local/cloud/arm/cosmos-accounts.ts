// Microsoft.DocumentDB/databaseAccounts, their databases and their data-plane roles.
//
// Surprising, all recorded by tests of the Azure CLI and of azure-service-operator: a change takes minutes, and every other one is refused with 412
// until then; polls say Enqueued and Dequeued; children are made and deleted by 202 with `{"status":"Enqueued"}`; refusals have no envelope.
// The array of IP rules is replaced as a whole, and an account without any rule lets everyone in
// (https://learn.microsoft.com/azure/cosmos-db/how-to-configure-firewall).

import { BlockList, isIPv4 } from 'node:net'
import * as z from 'zod'
import { emit } from '../event-grid.ts'
import type { Happening } from '../happening.ts'
import type { CloudResponse } from '../http.ts'
import { latencies } from '../latencies.ts'
import type { Json } from '../world.ts'
import { happeningOf } from './announce.ts'
import {
  answeredCosmosAccount,
  bornCosmosAccount,
  connectionStrings,
  cosmosApis,
  cosmosKeys,
  cosmosType,
  isKeyKind,
  type KeyKind,
  renewCosmosKey,
} from './cosmos-account.ts'
import { cosmosGroup, cosmosPath, existingAccount, needUnlocked, pollUrlOf, refuseCosmos } from './cosmos-call.ts'
import { addChild, cosmosChildren, startCosmosChildren } from './cosmos-children.ts'
import { cosmosRoles } from './cosmos-roles.ts'
import { refuse } from './errors.ts'
import { parseId } from './ids.ts'
import { endOperation, polled, startOperation } from './operations.ts'
import { type Body, type Call, fleetType, objectOf, type Provider, page, tagsOf } from './provider.ts'
import { findResource, type Resource, resourcesOf } from './resources.ts'
import { type Flow, slowWrites, withState } from './slow-writes.ts'

const changeable = [
  'ipRules',
  'virtualNetworkRules',
  'isVirtualNetworkFilterEnabled',
  'publicNetworkAccess',
  'networkAclBypass',
  'networkAclBypassResourceIds',
  'disableLocalAuth',
]

const accounts = slowWrites(cosmosType)

/** What was asked for shows when it is over. */
function flowOf(call: Call, before: Resource, state: string, answered: (meanwhile: Resource) => CloudResponse): Flow {
  const urlOf = pollUrlOf(call, before)
  return {
    takes: latencies(call.world).cosmosUpdate,
    meanwhile: () => withState(before, state),
    urlOf: (_account, guid) => urlOf(guid),
    answer: (meanwhile, operation) => ({ ...answered(meanwhile), headers: { 'azure-asyncoperation': operation?.url ?? '' } }),
  }
}

function patch(call: Call): CloudResponse {
  const before = existingAccount(call)
  needUnlocked(before)
  const asked = objectOf(call.body['properties'])
  const unknown = Object.keys(asked).filter((name) => !changeable.includes(name))
  if (unknown.length > 0) throw refuse(501, 'NotSimulated', `Changing '${unknown.join("', '")}' of a Cosmos DB account is not simulated.`)
  if (asked['ipRules'] !== undefined) checkRules(asked['ipRules'])
  const tags = tagsOf(call.body) ?? before.tags ?? {}
  const after: Resource = { ...before, tags, properties: { ...before.properties, ...asked } }
  const flow = flowOf(call, before, 'Updating', (meanwhile) => ({ status: 200, body: answeredCosmosAccount(call.world, meanwhile) }))
  return accounts.write(call, flow, withState(after, 'Succeeded'), before, 200)
}

const privateRanges = new BlockList()
for (const [address, bits] of [
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
] as const)
  privateRanges.addSubnet(address, bits)

function checkRules(rules: unknown): void {
  for (const rule of Array.isArray(rules) ? rules : []) {
    const value = String(objectOf(rule)['ipAddressOrRange'])
    const [address = '', bits = '32'] = value.split('/')
    if (!isIPv4(address) || !/^\d+$/.test(bits) || Number(bits) > 32 || privateRanges.check(address))
      throw refuseCosmos(400, 'BadRequest', `Invalid value '${value}' of ipRules: public IPv4 addresses and CIDR ranges only.`)
  }
}

function remove(call: Call): CloudResponse {
  const before = existingAccount(call)
  needUnlocked(before)
  const flow = flowOf(call, before, 'Deleting', () => ({ status: 202, body: { status: 'Enqueued' } }))
  return accounts.write(call, flow, null, before, 202)
}

const keysAnswer = ({ world }: Call, { id }: Resource): Body => {
  const { primary, secondary, primaryReadonly, secondaryReadonly } = cosmosKeys(world, id)
  return {
    primaryMasterKey: primary.value,
    secondaryMasterKey: secondary.value,
    primaryReadonlyMasterKey: primaryReadonly.value,
    secondaryReadonlyMasterKey: secondaryReadonly.value,
  }
}

type NewKey = {
  readonly type: 'cosmos-key'
  readonly id: string
  readonly kind: KeyKind
  readonly operation: string
  readonly happening: Happening & Json
}

/** About 90 seconds; the new key counts when the operation has ended. */
function regenerate(call: Call): CloudResponse {
  const account = existingAccount(call)
  const { keyKind } = call.body
  if (!isKeyKind(keyKind)) throw refuseCosmos(400, 'BadRequest', 'The keyKind of the request is not valid.')
  const operation = startOperation(call, account.id, account.location, 90_000, pollUrlOf(call, account))
  const happening = happeningOf(call, 'Success') as Happening & Json
  call.world.later(operation.endsAt - operation.startedAt, {
    type: 'cosmos-key',
    id: account.id,
    kind: keyKind,
    operation: operation.guid,
    happening,
  } satisfies NewKey)
  return { status: 202, headers: { 'azure-asyncoperation': operation.url }, body: { status: 'Enqueued' } }
}

/** Words that only this service uses. */
function poll(call: Call): CloudResponse {
  const { operation, ended } = polled(call)
  if (ended) return { status: 200, body: { status: ended.status, ...(ended.error ? { error: ended.error } : {}) } }
  const isFirst = call.world.clock.now() - operation.startedAt < 10_000
  return { status: 200, body: { status: isFirst ? 'Enqueued' : 'Dequeued' } }
}

/** A fleet says `{ id, location, api }`, and more where it matters. */
const described = z.strictObject({
  id: z.string(),
  location: z.string(),
  api: z.enum(cosmosApis).default('sql'),
  localAuth: z.boolean().default(true),
  network: z.enum(['open', 'rules', 'closed', 'perimeter']).default('open'),
  allow: z.array(z.string()).default([]),
  /** `sqlDatabases/orders`, `gremlinDatabases/shop/graphs/people`. */
  children: z.array(z.string()).default([]),
})
const publicAccess = { closed: 'Disabled', perimeter: 'SecuredByPerimeter', open: 'Enabled', rules: 'Enabled' } as const

export function cosmosAccounts(): Provider {
  const answer = (call: Call, account: Resource): CloudResponse => ({ status: 200, body: answeredCosmosAccount(call.world, account) })
  return {
    namespace: 'Microsoft.DocumentDB',
    fleetTypes: [
      fleetType(cosmosType, described, (world, { id, location, api, localAuth, network, allow, children }) => {
        const born = bornCosmosAccount(world, id, location, api)
        for (const child of children) addChild(world, `${born.id}/${child}`)
        const ipRules = (network === 'rules' && allow.length === 0 ? ['203.0.113.7'] : allow).map((ipAddressOrRange) => ({
          ipAddressOrRange,
        }))
        return {
          ...born,
          properties: { ...born.properties, ipRules, disableLocalAuth: !localAuth, publicNetworkAccess: publicAccess[network] },
        }
      }),
    ],
    routes: [
      {
        method: 'GET',
        path: cosmosGroup,
        handle: (call) =>
          page(
            call,
            resourcesOf(call.world, cosmosType, parseId(call.path).parent).map((one) => answeredCosmosAccount(call.world, one)),
          ),
      },
      { method: 'GET', path: cosmosPath, handle: (call) => answer(call, existingAccount(call)) },
      { method: 'PATCH', path: cosmosPath, quiet: true, handle: patch },
      { method: 'DELETE', path: cosmosPath, quiet: true, handle: remove },
      {
        method: 'POST',
        path: `${cosmosPath}/listKeys`,
        handle: (call) => ({ status: 200, body: keysAnswer(call, existingAccount(call)) }),
      },
      {
        method: 'POST',
        path: `${cosmosPath}/listConnectionStrings`,
        handle: (call) => ({ status: 200, body: { connectionStrings: connectionStrings(call.world, existingAccount(call)) } }),
      },
      { method: 'POST', path: `${cosmosPath}/regenerateKey`, quiet: true, handle: regenerate },
      ...cosmosChildren,
      ...cosmosRoles,
      {
        method: 'GET',
        path: '/subscriptions/{subscription}/providers/Microsoft.DocumentDB/locations/{location}/operationsStatus/{operation}',
        action: 'none',
        handle: poll,
      },
    ],
    start(world) {
      accounts.start(world)
      startCosmosChildren(world)
      world.on<NewKey>('cosmos-key', ({ id, kind, operation, happening }) => {
        const isDone = endOperation(world, operation)?.ended?.status === 'Succeeded' && findResource(world, id) !== undefined
        if (isDone) renewCosmosKey(world, id, kind)
        emit(world, { ...(happening as Happening), outcome: isDone ? 'Success' : 'Failure' })
      })
    },
  }
}
