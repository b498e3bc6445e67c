// A second kind of grant, before the product has one: an access policy assignment of Azure Cache for Redis, and the simulated provider of it. Surprising:
// a cache has one assignment per principal, is busy while one is written, and refuses every other write meanwhile
// (https://learn.microsoft.com/rest/api/redis/access-policy-assignment/create-update).
import { refuse } from '../../src/local/cloud/arm/errors.ts'
import { endOperation, startOperation } from '../../src/local/cloud/arm/operations.ts'
import { type Call, type Provider, page } from '../../src/local/cloud/arm/provider.ts'
import { putResource, removeResource, resourcesOf } from '../../src/local/cloud/arm/resources.ts'
import type { CloudResponse } from '../../src/local/cloud/http.ts'
import type { World } from '../../src/local/cloud/world.ts'
import { roleAssignmentName } from '../../src/model/names.ts'
import type { Granted, GrantType } from '../../src/steps/identity/grants/grant-type.ts'

const apiVersion = '2024-11-01'
const type = 'Microsoft.Cache/redis/accessPolicyAssignments'
const cache = '/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Cache/redis/{name}'

type Assignment = Granted & { readonly name: string; readonly id: string }

/** Redis knows no databases in access policies: a child counts as the cache. */
const assignments = ({ scope, owner = scope }: { readonly scope: string; readonly owner?: string }): string =>
  `${owner}/accessPolicyAssignments`

export const redisAccessPolicy: GrantType<Assignment> = {
  kind: 'redisAccessPolicy',
  nameOf({ scope, principalId, roleId, ...of }, identity) {
    const name = roleAssignmentName(scope, principalId, roleId, identity)
    return { name, resource: `${assignments({ scope, ...of })}/${name}` }
  },
  async list(place, ports) {
    const all = await ports.arm.list(assignments(place), apiVersion)
    return all.flatMap((one) => {
      const { objectId, accessPolicyName } = one['properties'] as Readonly<Record<string, string>>
      return objectId === place.principalId ? [{ id: String(one['id']), name: String(one['name']), roleId: String(accessPolicyName) }] : []
    })
  },
  compare({ id, name, roleId }, there) {
    const [found] = there
    if (!found) return { id, state: 'absent' }
    const mark = found.name === name ? 'ours' : 'foreign'
    return found.roleId === roleId
      ? { id, state: 'same', mark, version: found.id }
      : { id, state: 'different', mark, difference: `it is ${found.roleId}`, version: found.id }
  },
  make: (object, _view, ports) =>
    ports.arm.put(`${assignments(object)}/${object.name}`, apiVersion, {
      properties: { objectId: object.principalId, objectIdAlias: object.name, accessPolicyName: object.roleId },
    }),
  remove: (object, version, ports) => ports.arm.delete(version ?? `${assignments(object)}/${object.name}`, apiVersion),
  byHand: () => ({ cli: 'az redis access-policy-assignment create' }),
}

/** `principal policy` of each. */
export const policiesOf = (world: World): readonly string[] =>
  resourcesOf(world, type)
    .map(({ properties }) => `${properties['objectId']} ${properties['accessPolicyName']}`)
    .sort()

export function putPolicy(world: World, id: string, properties: Readonly<Record<string, unknown>>): void {
  putResource(world, { id, name: id.split('/').at(-1) ?? '', type, location: 'northeurope', properties })
}

type Properties = Readonly<Record<string, string>>
type End = {
  readonly type: 'policy-end'
  readonly operation: string
  readonly id: string
  readonly properties?: Properties
}
const takes = 20_000

export function redisCaches(): Provider {
  const busyUntil = new Map<string, number>()
  const write = (call: Call, properties?: Properties): CloudResponse => {
    const { world } = call
    const name = call.parameters['name'] ?? ''
    if (world.clock.now() < (busyUntil.get(name) ?? 0))
      throw refuse(409, 'Conflict', `The resource '${name}' is busy processing a previous update request.`)
    busyUntil.set(name, world.clock.now() + takes)
    const { url, guid } = startOperation(call, call.path, 'northeurope', takes)
    world.later(takes, { type: 'policy-end', operation: guid, id: call.path, ...(properties ? { properties } : {}) } satisfies End)
    return { status: 202, headers: { 'azure-asyncoperation': url } }
  }
  return {
    namespace: 'Microsoft.Cache',
    routes: [
      {
        method: 'GET',
        path: `${cache}/accessPolicyAssignments`,
        handle: (call) => page(call, resourcesOf(call.world, type, call.path.slice(0, call.path.lastIndexOf('/'))), 2),
      },
      {
        method: 'PUT',
        path: `${cache}/accessPolicyAssignments/{assignment}`,
        handle: (call) => write(call, call.body['properties'] as Properties),
      },
      { method: 'DELETE', path: `${cache}/accessPolicyAssignments/{assignment}`, handle: (call) => write(call) },
    ],
    start: (world) =>
      world.on<End>('policy-end', ({ operation, id, properties }) => {
        endOperation(world, operation)
        if (properties) putPolicy(world, id, properties)
        else removeResource(world, id)
      }),
  }
}
