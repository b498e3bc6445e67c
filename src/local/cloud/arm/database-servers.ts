// Servers of Azure Database for PostgreSQL and MySQL: flexible servers with their databases, firewall rules and administrators, started and stopped.
// Surprising, recorded by azure-service-operator's tests: a server has no provisioning state but `state`; every write is a 202 with an operation as its
// body. A stopped one is read as ever and refuses the rest (https://github.com/turbot/steampipe-plugin-azure/pull/1015). One inside a virtual network
// takes rules, which have no effect (https://github.com/Azure/azure-rest-api-specs/issues/20616).
import { ruleWritten } from '../databases/firewall.ts'
import { emit } from '../event-grid.ts'
import type { Happening } from '../happening.ts'
import type { CloudResponse } from '../http.ts'
import type { Json, World } from '../world.ts'
import { happeningOf } from './announce.ts'
import { answered, checked, childOf, childRoutes, kinds, notFound } from './database-children.ts'
import { type ArmError, refuse } from './errors.ts'
import { type Born, type Described, keyedResource, type Place } from './keyed-resource.ts'
import { endOperation, findOperation, isRunning, type Operation, polled, startOperation } from './operations.ts'
import type { Body, Call, Provider, Route } from './provider.ts'
import { findResource, putResource, type Resource, removeResource } from './resources.ts'
import type { Flow } from './slow-writes.ts'

type Data = {
  /** `Microsoft.DBforPostgreSQL/flexibleServers`. */
  readonly type: string
  born(place: Place, given: Described): Body
  readonly changeable: readonly string[]
  /** How it refuses while it is stopped. */
  stopped(name: string, doing: string): ArmError
  /** Its children are written one at a time. */
  readonly oneAtATime: boolean
  readonly routes?: readonly Route[]
  /** More that exists with a new server. */
  children?(server: Resource, given: Described): readonly Resource[]
}

type End = {
  readonly type: string
  readonly operation: string
  readonly id: string
  readonly happening: Happening & Json
  /** Absent: it goes. */
  readonly resource?: Resource & Json
}

const minute = 60_000

export function databaseServers({ type, born, changeable, stopped, oneAtATime, routes = [], children }: Data): Provider {
  const [namespace = ''] = type.split('/')
  const path = `/subscriptions/{subscription}/resourceGroups/{group}/providers/${type}/{name}`
  const effect = `ended ${type}`

  const urlOf = (subscription: string, { location }: Pick<Resource, 'location'>, guid: string): string =>
    `https://management.azure.com/subscriptions/${subscription}/providers/${namespace}/locations/${location}/azureAsyncOperation/${guid}?api-version=2023-12-30`
  const isBusy = ({ name }: Pick<Resource, 'name'>): ArmError =>
    refuse(409, 'ServerIsBusy', `Cannot complete operation while server '${name}' is busy processing another operation. Try again later.`)

  function serverOf(call: Call): Resource {
    const { subscription, group, name = '' } = call.parameters
    const found = findResource(call.world, `/subscriptions/${subscription}/resourceGroups/${group}/providers/${type}/${name}`)
    if (found) return found
    throw notFound(type, name)
  }

  function needReady(call: Call, doing: string): Resource {
    const server = serverOf(call)
    const { state } = server.properties
    if (state === 'Stopped') throw stopped(server.name, doing)
    if (state !== 'Ready' || (oneAtATime && isRunning(call.world, server.id))) throw isBusy(server)
    return server
  }

  const accepted = ({ url }: Operation, what: string, call: Call): CloudResponse => ({
    status: 202,
    headers: { 'azure-asyncoperation': url, location: url.replace('/azureAsyncOperation/', '/operationResults/'), 'retry-after': '15' },
    body: { operation: what, startTime: new Date(call.world.clock.now()).toISOString() },
  })

  /** `resource`: as it is when the operation ends; absent: it goes. */
  function change(call: Call, server: Resource, what: string, takes: number, resource?: Resource): CloudResponse {
    const operation = startOperation(call, call.path, server.location, takes, (guid) =>
      urlOf(call.parameters['subscription'] ?? '', server, guid),
    )
    call.world.later(operation.endsAt - operation.startedAt, {
      type: effect,
      operation: operation.guid,
      id: call.path,
      happening: happeningOf(call, 'Success') as Happening & Json,
      ...(resource ? { resource: resource as Resource & Json } : {}),
    } satisfies End)
    return accepted(operation, what, call)
  }

  /** Where `location` leads: what was written, once it is there. Microsoft's clients of PostgreSQL ask here at the end. */
  function result(call: Call): CloudResponse {
    const { operation, ended } = polled(call, new URL(call.url.href.replace('/operationResults/', '/azureAsyncOperation/')))
    if (!ended) return { status: 202, headers: { 'retry-after': '15' } }
    const found = findResource(call.world, operation.resourceId)
    if (!found) return { status: 204 }
    return { status: 200, body: found.type === type ? found : answered(found) }
  }

  const flow = (state: string, takes: number): Flow => ({
    takes,
    meanwhile: (settled) => ({ ...settled, properties: { ...settled.properties, state } }),
    urlOf: (server, guid) => urlOf(server.id.split('/')[2] ?? '', server, guid),
    answer: (_meanwhile, operation) => ({ status: 202, ...(operation ? { headers: { 'azure-asyncoperation': operation.url } } : {}) }),
  })

  const power = (action: 'start' | 'stop', meanwhile: string, after: string): Route => ({
    method: 'POST',
    path: `${path}/${action}`,
    quiet: true,
    handle(call) {
      const server = serverOf(call)
      const to = { ...server, properties: { ...server.properties, state: after } }
      putResource(call.world, { ...server, properties: { ...server.properties, state: meanwhile } })
      return change({ ...call, path: server.id }, server, `${action}Server`, minute, to)
    },
  })

  const servers = keyedResource({
    type,
    name: /^[a-z0-9](?:[a-z0-9-]{1,61}[a-z0-9])$/,
    born: (world, place, given): Born => ({
      sku: { name: given.sku ?? 'Standard_D2ds_v4', tier: 'GeneralPurpose' },
      systemData: { createdAt: new Date(world.clock.now()).toISOString() },
      properties: born(place, given),
    }),
    children: (_world, server, given) => [
      ...given.allow.map((ip, index) => childOf(server, 'firewallRules', `others${index}`, { startIpAddress: ip, endIpAddress: ip })),
      ...given.databases.map((name) => childOf(server, 'databases', name, checked.databases({}))),
      ...(children?.(server, given) ?? []),
    ],
    changeable,
    flows: { create: flow('Provisioning', 6 * minute), update: flow('Updating', 2 * minute), remove: flow('Dropping', minute) },
    busy: isBusy,
    notFound: () => notFound(type, ''),
    routes: [
      ...kinds.flatMap((kind) => childRoutes(kind, { type, path, serverOf, needReady, change })),
      power('start', 'Starting', 'Ready'),
      power('stop', 'Stopping', 'Stopped'),
      {
        method: 'GET',
        path: `/subscriptions/{subscription}/providers/${namespace}/locations/{location}/azureAsyncOperation/{operation}`,
        handle(call) {
          const { operation, ended } = polled(call)
          const body = {
            name: operation.guid,
            status: ended?.status ?? 'InProgress',
            startTime: new Date(operation.startedAt).toISOString(),
          }
          return { status: 200, headers: { 'retry-after': '15' }, body: { ...body, ...(ended?.error ? { error: ended.error } : {}) } }
        },
      },
      {
        method: 'GET',
        path: `/subscriptions/{subscription}/providers/${namespace}/locations/{location}/operationResults/{operation}`,
        handle: result,
      },
      ...routes,
    ],
  })

  return {
    ...servers,
    start(world: World) {
      servers.start?.(world)
      world.on<End>(effect, ({ operation, id, happening, resource }) => {
        if (findOperation(world, operation)?.ended) return
        const isDone = endOperation(world, operation)?.ended?.status === 'Succeeded'
        if (isDone && resource) putResource(world, resource)
        else if (isDone) removeResource(world, id)
        if (isDone && resource?.type === `${type}/firewallRules`) ruleWritten(world, resource)
        emit(world, { ...(happening as Happening), outcome: isDone ? 'Success' : 'Failure' })
      })
    },
  }
}
