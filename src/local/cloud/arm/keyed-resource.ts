// What many resources have in common: they are read, listed, made, changed and deleted; they have keys, which are listed and made again; some of this
// goes on as a long-running operation. Each provider says as data what is its own: the body, the checks, the flow of its writes, the form of its keys.

import * as z from 'zod'
import type { CloudResponse } from '../http.ts'
import type { World } from '../world.ts'
import { type ArmError, refuse, resourceNotFound } from './errors.ts'
import { parseId } from './ids.ts'
import { endRenewal, type KeyShape, keyRoutes, newKeys, type Renewed, removeKeys } from './keyed-resource-keys.ts'
import { type Body, type Call, fleetType, objectOf, type Provider, page, type Route, tagsOf, textOf } from './provider.ts'
import { findResource, putResource, type Resource, resourcesOf } from './resources.ts'
import { type Flow, slowWrites } from './slow-writes.ts'

/** What a fleet says of one, in the words of all of them. */
const described = z.strictObject({
  id: z.string(),
  location: z.string(),
  /** `open` to all networks, `rules`: only the addresses of `allow`, `closed`: no public access at all. */
  network: z.enum(['open', 'rules', 'closed']).default('open'),
  allow: z.array(z.string()).default([]),
  localAuth: z.boolean().default(true),
  /** Names of the databases of a server. */
  databases: z.array(z.string()).default([]),
  /** Name of the app or a person of the fleet that is the administrator of Entra ID of a server. */
  administrator: z.string().optional(),
  kind: z.string().optional(),
  sku: z.string().optional(),
})
export type Described = z.output<typeof described>

/** A resource as it is once it is made, with Azure's defaults. */
export type Born = { readonly sku?: Body; readonly kind?: string; readonly properties: Body; readonly [name: string]: unknown }
export type Place = { readonly id: string; readonly name: string; readonly location: string; readonly subscription: string }

export type KeyedResource = {
  /** As answers spell it: `Microsoft.AppConfiguration/configurationStores`. */
  readonly type: string
  readonly name: RegExp
  born(world: World, place: Place, given: Described): Born
  /** More resources that exist with it, such as its rule set. */
  children?(world: World, resource: Resource, given: Described): readonly Resource[]
  /** Properties that PUT and PATCH may change; others are refused as not simulated. */
  readonly changeable: readonly string[]
  /** What the properties become. Throws what the service refuses. */
  changed?(call: Call, asked: Body, before: Resource): Body
  /** Absent: at once. */
  readonly flows: { readonly create?: Flow; readonly update?: Flow; readonly remove?: Flow }
  /** How it refuses a write while another one goes on. */
  busy(resource: Resource): ArmError
  /** The provider's own 404, if ARM does not answer in its place. */
  notFound?(world: World): ArmError
  /** Absent: nothing of it is a key. */
  readonly keys?: KeyShape
  readonly routes?: readonly Route[]
}

export function keyedResource(shape: KeyedResource): Provider {
  const list = `providers/${shape.type}`
  const path = `/subscriptions/{subscription}/resourceGroups/{group}/${list}/{name}`
  const renewal = `renewed ${shape.type}`
  const writes = slowWrites(shape.type, removeKeys)

  function existing(call: Call): Resource {
    const { subscription, group = '', name = '' } = call.parameters
    const found = findResource(call.world, `/subscriptions/${subscription}/resourceGroups/${group}/${list}/${name}`)
    if (!found) throw shape.notFound?.(call.world) ?? resourceNotFound(shape.type, name, group)
    return found
  }

  function make(world: World, id: string, given: Described): Resource {
    const { subscription = '', group = '', name = '' } = parseId(id)
    const made = `/subscriptions/${subscription}/resourceGroups/${group}/${list}/${name}`
    const born = shape.born(world, { id: made, name, location: given.location, subscription }, given)
    const resource: Resource = { id: made, name, type: shape.type, location: given.location, tags: {}, ...born }
    if (shape.keys) newKeys(world, shape.keys, resource)
    for (const child of shape.children?.(world, resource, given) ?? []) putResource(world, child)
    return resource
  }

  function change(call: Call, before: Resource): Resource {
    const asked = objectOf(call.body['properties'])
    const unknown = Object.keys(asked).filter((name) => !shape.changeable.includes(name))
    if (unknown.length > 0) throw refuse(501, 'NotSimulated', `Changing '${unknown.join("', '")}' of a ${shape.type} is not simulated.`)
    const properties = { ...before.properties, ...asked, ...shape.changed?.(call, asked, before) }
    const { sku: given } = call.body
    const sku = given === undefined ? {} : { sku: { ...objectOf(before['sku']), ...objectOf(given) } }
    return { ...before, tags: tagsOf(call.body) ?? before.tags ?? {}, ...sku, properties }
  }

  function needSettled(call: Call, resource: Resource): void {
    if (writes.isUnderWay(call.world, resource.id)) throw shape.busy(resource)
  }

  function put(call: Call): CloudResponse {
    const { world, parameters, body } = call
    const before = findResource(world, call.path)
    if (before) {
      needSettled(call, before)
      return writes.write(call, shape.flows.update, change(call, before), before, 200)
    }
    const location = textOf(body['location'])?.replaceAll(' ', '').toLowerCase()
    if (!location) throw refuse(400, 'LocationRequired', 'The location property is required for this definition.')
    const { name = '' } = parameters
    if (!shape.name.test(name)) throw refuse(400, 'BadRequest', `The name '${name}' is not a valid name of a ${shape.type}.`)
    const [kind, sku] = [textOf(body['kind']), textOf(objectOf(body['sku'])['name'])]
    const given = described.parse({ id: call.path, location, ...(kind ? { kind } : {}), ...(sku ? { sku } : {}) })
    return writes.write(call, shape.flows.create, change(call, make(world, call.path, given)), undefined, 201)
  }

  function patch(call: Call): CloudResponse {
    const before = existing(call)
    needSettled(call, before)
    return writes.write(call, shape.flows.update, change(call, before), before, 200)
  }

  function remove(call: Call): CloudResponse {
    const before = findResource(call.world, call.path)
    if (!before) return { status: 204 }
    needSettled(call, before)
    return writes.write(call, shape.flows.remove, null, before, 200)
  }

  return {
    namespace: shape.type.split('/')[0] ?? '',
    fleetTypes: [fleetType(shape.type, described, (world, given) => make(world, given.id, given))],
    routes: [
      ...['', '/resourceGroups/{group}'].map(
        (scope): Route => ({
          method: 'GET',
          path: `/subscriptions/{subscription}${scope}/${list}`,
          handle: (call) => page(call, resourcesOf(call.world, shape.type, parseId(call.path).parent)),
        }),
      ),
      { method: 'GET', path, handle: (call) => ({ status: 200, body: existing(call) }) },
      { method: 'PUT', path, handle: put },
      { method: 'PATCH', path, handle: patch },
      { method: 'DELETE', path, handle: remove },
      ...(shape.keys ? keyRoutes(shape.keys, path, existing, renewal) : []),
      ...(shape.routes ?? []),
    ],
    start(world) {
      world.on<Renewed>(renewal, (renewed) => endRenewal(world, renewed))
      writes.start(world)
    },
  }
}
