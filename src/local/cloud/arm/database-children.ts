// What belongs to a server of Azure Database for PostgreSQL or MySQL: firewall rules, databases and administrators. Each write is an operation of the server.
import { isIPv4 } from 'node:net'
import { idOf } from '../../fleets/fleet.ts'
import { tenant } from '../entra/directory.ts'
import type { CloudResponse } from '../http.ts'
import { type ArmError, refuse } from './errors.ts'
import { type Body, type Call, objectOf, page, type Route, textOf } from './provider.ts'
import { findResource, type Resource, resourcesOf } from './resources.ts'

/** The servers of one type, as their children need them. */
type Servers = {
  readonly type: string
  /** Of a server, as routes write it. */
  readonly path: string
  serverOf(call: Call): Resource
  /** @throws ArmError while it is stopped or busy */
  needReady(call: Call, doing: string): Resource
  /** `resource`: as it is when the operation ends; absent: it goes. */
  change(call: Call, server: Resource, what: string, takes: number, resource?: Resource): CloudResponse
}

const childTakes = 20_000
export const kinds = ['firewallRules', 'databases', 'administrators'] as const
type Kind = (typeof kinds)[number]

export const checked: Readonly<Record<Kind, (asked: Body) => Body>> = {
  firewallRules({ startIpAddress, endIpAddress }) {
    const [from, to] = [textOf(startIpAddress) ?? '', textOf(endIpAddress) ?? '']
    if (!isIPv4(from) || !isIPv4(to))
      throw refuse(400, 'InvalidParameterValue', `Invalid value given for parameter startIpAddress or endIpAddress.`)
    return { startIpAddress: from, endIpAddress: to }
  },
  databases: (asked) => ({ charset: 'utf8', collation: 'en_US.utf8', ...asked }),
  administrators: (asked) => ({ ...asked }),
}

export const childRoutes = (kind: Kind, { type, path, serverOf, needReady, change }: Servers): readonly Route[] => [
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

export const childOf = (server: Resource, kind: Kind, name: string, properties: Body): Resource => ({
  id: `${server.id}/${kind}/${name}`,
  name,
  type: `${server.type}/${kind}`,
  location: server.location,
  properties,
})

/** A principal of the fleet, as servers of MySQL and Azure SQL know it: an application by its client id. */
export const byLogin = (administrator: string): Body => ({
  administratorType: 'ActiveDirectory',
  login: administrator,
  sid: idOf(`client ${administrator}`),
  tenantId: tenant,
})

/** As servers of PostgreSQL know it, under its object id. */
export const byObjectId = (administrator: string): Body & { readonly objectId: string } => ({
  objectId: idOf(`principal ${administrator}`),
  principalName: administrator,
  principalType: 'ServicePrincipal',
})

/** Without the location, which only this cloud keeps of it. */
export const answered = ({ location: _, ...child }: Resource): Body => child

/** In its own words, as recorded. */
export const notFound = (type: string, name: string): ArmError =>
  refuse(404, 'ResourceNotFound', `The requested resource of type '${type}' with name '${name}' was not found.`)
