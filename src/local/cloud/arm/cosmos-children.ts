// What is below a Cosmos DB account and made by 202: databases, tables, keyspaces, graphs, and the data-plane roles.
// The answer is `{"status":"Enqueued"}`, and the child is there when the operation has ended.

import { emit } from '../event-grid.ts'
import type { Happening } from '../happening.ts'
import type { CloudResponse } from '../http.ts'
import type { Json, World } from '../world.ts'
import { happeningOf } from './announce.ts'
import { cosmosPath, existingAccount, needUnlocked, pollUrlOf, refuseCosmos } from './cosmos-call.ts'
import { isWithin, keyOf, parseId } from './ids.ts'
import { endOperation, findOperation, startOperation } from './operations.ts'
import { type Call, objectOf, page, type Route } from './provider.ts'

export type CosmosChild = {
  readonly id: string
  readonly name: string
  readonly type: string
  readonly properties: Readonly<Record<string, unknown>>
}

export const cosmosChildrenIn = (world: World): Map<string, CosmosChild> => world.table<CosmosChild>('cosmos-children')
const childTakes = 20_000

type End = {
  readonly type: 'cosmos-child-end'
  readonly id: string
  /** Absent: the child goes. */
  readonly child?: CosmosChild & Json
  readonly operation: string
  readonly happening: Happening & Json
}

/** Makes or removes a child. */
export function changeChild(call: Call, id: string, child?: CosmosChild): CloudResponse {
  const { world } = call
  const account = existingAccount(call)
  needUnlocked(account)
  const operation = startOperation(call, id, account.location, childTakes, pollUrlOf(call, account))
  world.later(operation.endsAt - operation.startedAt, {
    type: 'cosmos-child-end',
    id,
    ...(child ? { child: child as CosmosChild & Json } : {}),
    operation: operation.guid,
    happening: happeningOf(call, 'Success') as Happening & Json,
  } satisfies End)
  const location = `https://management.azure.com${id}/operationResults/${operation.guid}?api-version=${call.url.searchParams.get('api-version')}`
  return { status: 202, headers: { 'azure-asyncoperation': operation.url, location }, body: { status: 'Enqueued' } }
}

export function startCosmosChildren(world: World): void {
  world.on<End>('cosmos-child-end', ({ id, child, operation, happening }) => {
    if (findOperation(world, operation)?.ended) return
    const status = endOperation(world, operation)?.ended?.status
    if (status === 'Succeeded' && child) cosmosChildrenIn(world).set(keyOf(id), child)
    else if (status === 'Succeeded') cosmosChildrenIn(world).delete(keyOf(id))
    emit(world, { ...(happening as Happening), outcome: status === 'Succeeded' ? 'Success' : 'Failure' })
  })
}

const databaseOf = (id: string): CosmosChild => {
  const { type = '', name = '' } = parseId(id)
  return { id, name, type, properties: { resource: { id: name } } }
}

/** Of a fleet. */
export const addChild = (world: World, id: string): void => void cosmosChildrenIn(world).set(keyOf(id), databaseOf(id))

function readChild(call: Call): CloudResponse {
  existingAccount(call)
  const found = cosmosChildrenIn(call.world).get(keyOf(call.path))
  if (!found)
    throw refuseCosmos(404, 'NotFound', 'Message: {"code":"NotFound","message":"Message: {\\"Errors\\":[\\"Resource Not Found.\\"]}"}')
  return { status: 200, body: found }
}

function listChildren(call: Call): CloudResponse {
  existingAccount(call)
  const depth = call.path.split('/').length + 1
  const rows = [...cosmosChildrenIn(call.world).values()].filter(({ id }) => isWithin(id, call.path) && id.split('/').length === depth)
  return page(call, rows)
}

function put(call: Call): CloudResponse {
  const { id } = objectOf(objectOf(call.body['properties'])['resource'])
  if (id !== parseId(call.path).name) throw refuseCosmos(400, 'BadRequest', 'The id of the resource and its name in the address differ.')
  return changeChild(call, call.path, databaseOf(call.path))
}

function remove(call: Call): CloudResponse {
  readChild(call)
  return changeChild(call, call.path)
}

const kinds = ['sqlDatabases', 'mongodbDatabases', 'tables', 'cassandraKeyspaces', 'gremlinDatabases', 'gremlinDatabases/{database}/graphs']

export const cosmosChildren: readonly Route[] = kinds.flatMap((kind): readonly Route[] => {
  const list = `${cosmosPath}/${kind}`
  return [
    { method: 'GET', path: list, handle: listChildren },
    { method: 'GET', path: `${list}/{child}`, handle: readChild },
    { method: 'PUT', path: `${list}/{child}`, quiet: true, handle: put },
    { method: 'DELETE', path: `${list}/{child}`, quiet: true, handle: remove },
  ]
})
