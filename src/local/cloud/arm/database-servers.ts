// Servers of Azure Database for PostgreSQL and MySQL: flexible servers with their databases, firewall rules and administrators, started and stopped.
// Surprising, recorded by azure-service-operator's tests: a server has no provisioning state but `state`; every write is a 202 with an operation as its
// body. A stopped one is read as ever and refuses the rest (https://github.com/turbot/steampipe-plugin-azure/pull/1015). One inside a virtual network
// takes rules, which have no effect (https://github.com/Azure/azure-rest-api-specs/issues/20616).
import { isIPv4 } from 'node:net'
import { emit } from '../event-grid.ts'
import type { Happening } from '../happening.ts'
import type { CloudResponse } from '../http.ts'
import type { Json, World } from '../world.ts'
import { happeningOf } from './announce.ts'
import { type ArmError, refuse } from './errors.ts'
import { type Born, type Described, keyedResource, type Place } from './keyed-resource.ts'
import { endOperation, findOperation, isRunning, type Operation, polled, startOperation } from './operations.ts'
import { type Body, type Call, objectOf, type Provider, page, type Route, textOf } from './provider.ts'
import { findResource, putResource, type Resource, removeResource, resourcesOf } from './resources.ts'
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
const childTakes = 20_000
const kinds = ['firewallRules', 'databases', 'administrators'] as const
type Kind = (typeof kinds)[number]

export function databaseServers({ type, born, changeable, stopped, oneAtATime, routes = [], children }: Data): Provider {
  const [namespace = ''] = type.split('/')
  const path = `/subscriptions/{subscription}/resourceGroups/{group}/providers/${type}/{name}`
  const effect = `ended ${type}`

  const urlOf =
    (location: string) =>
    (guid: string): string =>
      `https://management.azure.com/subscriptions/0/providers/${namespace}/locations/${location}/azureAsyncOperation/${guid}?api-version=2023-12-30`
  const pollUrl =
    (call: Call, { location }: Resource) =>
    (guid: string) =>
      urlOf(location)(guid).replace('/subscriptions/0/', `/subscriptions/${call.parameters['subscription']}/`)

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
    if (state !== 'Ready' || (oneAtATime && isRunning(call.world, server.id)))
      throw refuse(
        409,
        'ServerIsBusy',
        `Cannot complete operation while server '${server.name}' is busy processing another operation. Try again later.`,
      )
    return server
  }

  const accepted = ({ url }: Operation, what: string, call: Call): CloudResponse => ({
    status: 202,
    headers: { 'azure-asyncoperation': url, location: url.replace('/azureAsyncOperation/', '/operationResults/'), 'retry-after': '15' },
    body: { operation: what, startTime: new Date(call.world.clock.now()).toISOString() },
  })

  /** `resource`: as it is when the operation ends; absent: it goes. */
  function change(call: Call, server: Resource, what: string, takes: number, resource?: Resource): CloudResponse {
    const operation = startOperation(call, call.path, server.location, takes, pollUrl(call, server))
    call.world.later(operation.endsAt - operation.startedAt, {
      type: effect,
      operation: operation.guid,
      id: call.path,
      happening: happeningOf(call, 'Success') as Happening & Json,
      ...(resource ? { resource: resource as Resource & Json } : {}),
    } satisfies End)
    return accepted(operation, what, call)
  }

  const checked: Readonly<Record<Kind, (asked: Body) => Body>> = {
    firewallRules({ startIpAddress, endIpAddress }) {
      const [from, to] = [textOf(startIpAddress) ?? '', textOf(endIpAddress) ?? '']
      if (!isIPv4(from) || !isIPv4(to))
        throw refuse(400, 'InvalidParameterValue', `Invalid value given for parameter startIpAddress or endIpAddress.`)
      return { startIpAddress: from, endIpAddress: to }
    },
    databases: (asked) => ({ charset: 'utf8', collation: 'en_US.utf8', ...asked }),
    administrators: (asked) => ({ ...asked }),
  }

  const childRoutes = (kind: Kind): readonly Route[] => [
    {
      method: 'GET',
      path: `${path}/${kind}`,
      handle: (call) => page(call, resourcesOf(call.world, `${type}/${kind}`, serverOf(call).id).map(answered)),
    },
    {
      method: 'GET',
      path: `${path}/${kind}/{child}`,
      handle(call) {
        const found = findResource(call.world, `${serverOf(call).id}/${kind}/${call.parameters['child']}`)
        if (!found) throw notFound(`${type}/${kind}`, call.parameters['child'] ?? '')
        return { status: 200, body: answered(found) }
      },
    },
    {
      method: 'PUT',
      path: `${path}/${kind}/{child}`,
      quiet: true,
      handle(call) {
        const properties = checked[kind](objectOf(call.body['properties']))
        const server = needReady(call, `Upsert ${kind}`)
        return change(
          call,
          server,
          `Upsert${kind}ManagementOperation`,
          childTakes,
          childOf(server, kind, call.parameters['child'] ?? '', properties),
        )
      },
    },
    {
      method: 'DELETE',
      path: `${path}/${kind}/{child}`,
      quiet: true,
      handle(call) {
        if (!findResource(call.world, call.path)) return { status: 204 }
        return change(call, needReady(call, `Drop ${kind}`), `Drop${kind}ManagementOperation`, childTakes)
      },
    },
  ]

  const childOf = (server: Resource, kind: Kind, name: string, properties: Body): Resource => ({
    id: `${server.id}/${kind}/${name}`,
    name,
    type: `${type}/${kind}`,
    location: server.location,
    properties,
  })

  const flow = (state: string, takes: number): Flow => ({
    takes,
    meanwhile: (settled) => ({ ...settled, properties: { ...settled.properties, state } }),
    urlOf: ({ location, id }, guid) => urlOf(location)(guid).replace('/subscriptions/0/', `/subscriptions/${id.split('/')[2]}/`),
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
    born: (_world, place, given): Born => ({
      sku: { name: given.sku ?? 'Standard_D2ds_v4', tier: 'GeneralPurpose' },
      systemData: { createdAt: new Date(_world.clock.now()).toISOString() },
      properties: born(place, given),
    }),
    children: (_world, server, given) => [
      ...given.allow.map((ip, index) => childOf(server, 'firewallRules', `others${index}`, { startIpAddress: ip, endIpAddress: ip })),
      ...given.databases.map((name) => childOf(server, 'databases', name, checked.databases({}))),
      ...(children?.(server, given) ?? []),
    ],
    changeable,
    flows: { create: flow('Provisioning', 6 * minute), update: flow('Updating', 2 * minute), remove: flow('Dropping', minute) },
    busy: ({ name }) =>
      refuse(
        409,
        'ServerIsBusy',
        `Cannot complete operation while server '${name}' is busy processing another operation. Try again later.`,
      ),
    notFound: () => notFound(type, ''),
    routes: [
      ...kinds.flatMap(childRoutes),
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
        emit(world, { ...(happening as Happening), outcome: isDone ? 'Success' : 'Failure' })
      })
    },
  }
}

/** Without the location, which only this cloud keeps of it. */
const answered = ({ location: _, ...child }: Resource): Body => child

/** In its own words, as recorded. */
const notFound = (type: string, name: string): ArmError =>
  refuse(404, 'ResourceNotFound', `The requested resource of type '${type}' with name '${name}' was not found.`)
