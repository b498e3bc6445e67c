// Moving resources to another group (https://learn.microsoft.com/rest/api/resources/resources/move-resources). A moved resource has another id and is
// otherwise what it was: properties, firewall rules, keys. Role assignments on it stay behind at the old id, where they give nothing, until Azure
// removes them some day (https://learn.microsoft.com/azure/azure-resource-manager/management/move-resource-group-and-subscription). Both groups refuse
// writes and deletes meanwhile. The events name the source group only: that they do not name the resources is a guess, and the stricter one.

import { mayDo, removeAssignmentsWithin } from '../access.ts'
import { emit } from '../event-grid.ts'
import type { Happening } from '../happening.ts'
import type { CloudResponse } from '../http.ts'
import type { Json, World } from '../world.ts'
import { happeningOf } from './announce.ts'
import { authorizationFailed, groupNotFound, refuse, resourceNotFound } from './errors.ts'
import { keyOf, parseId, sameId } from './ids.ts'
import { type Call, type Provider, textOf } from './provider.ts'
import { findGroup, groups, movePoll } from './resource-groups.ts'
import { findResource, type Resource, rename } from './resources.ts'

/** What goes along with a resource of that type, beside its body. A type that is missing here is refused by name. */
export type MoveHooks = Readonly<Record<string, (world: World, from: string, to: string) => void>>

const action = 'Microsoft.Resources/subscriptions/resourceGroups/moveResources/action'
const group = '/subscriptions/{subscription}/resourceGroups/{group}'
/** Storage accounts take about a minute. */
const takes = 60_000
/** How long an assignment stays at the old id is not documented. */
const orphanedFor = 6 * 3_600_000
/** https://learn.microsoft.com/azure/azure-resource-manager/management/move-support-resources */
const immovable = ['microsoft.containerservice/managedclusters', 'microsoft.managedidentity/userassignedidentities']

type End = {
  readonly type: 'move-end'
  readonly from: string
  readonly to: string
  readonly ids: readonly string[]
  readonly happening: Happening & Json
}

export function moveResources(hooks: MoveHooks): Provider {
  return {
    namespace: 'Microsoft.Resources',
    routes: [{ method: 'POST', path: `${group}/moveResources`, action, handle: (call) => move(call, hooks) }],
    start(world) {
      world.on<End>('move-end', ({ from, to, ids, happening }) => {
        for (const id of ids) carry(world, id, to, hooks)
        for (const one of [from, to]) mark(world, one, false)
        emit(world, happening)
      })
      world.on<{ type: 'orphans-end'; id: string }>('orphans-end', ({ id }) => {
        if (!findResource(world, id)) removeAssignmentsWithin(world, id)
      })
    },
  }
}

function move(call: Call, hooks: MoveHooks): CloudResponse {
  const { world } = call
  const from = call.path.slice(0, call.path.lastIndexOf('/'))
  const to = textOf(call.body['targetResourceGroup']) ?? ''
  const asked = call.body['resources']
  const ids = Array.isArray(asked) ? asked.map(String) : []
  if (ids.length === 0) throw refuse(400, 'InvalidRequestContent', 'The request content was invalid: resources to move are needed.')
  if (!findGroup(world, to)) throw groupNotFound(parseId(to).group ?? to)
  const right = 'Microsoft.Resources/subscriptions/resourceGroups/write'
  if (!mayDo(world, { principalId: call.claims.oid, action: right, scope: to })) throw authorizationFailed(call.claims, right, to, false)
  const moved = ids.map((id) => movable(world, id, from, hooks))
  for (const one of [from, to]) mark(world, one, true)
  const happening = happeningOf(call, 'Success', action) as Happening & Json
  world.later(takes, { type: 'move-end', from, to, ids: moved.map(({ id }) => id), happening } satisfies End)
  return movePoll(world, keyOf(from))
}

function movable(world: World, id: string, from: string, hooks: MoveHooks): Resource {
  const found = findResource(world, id)
  const { type = '', name = '', group: inGroup = '', subscription = '' } = parseId(id)
  if (!found || !sameId(`/subscriptions/${subscription}/resourceGroups/${inGroup}`, from)) throw resourceNotFound(type, name, inGroup)
  if (immovable.includes(found.type.toLowerCase()))
    throw refuse(409, 'ResourceMoveNotSupported', `Resource move is not supported for resource types '${found.type}'.`)
  if (!hooks[found.type.toLowerCase()]) throw refuse(501, 'NotSimulated', `Moving a '${found.type}' is not simulated.`)
  return found
}

function carry(world: World, id: string, to: string, hooks: MoveHooks): void {
  const before = findResource(world, id)
  if (!before) return
  const after = { ...before, id: `${to}/providers/${before.type}/${before.name}` }
  hooks[before.type.toLowerCase()]?.(world, before.id, after.id)
  rename(world, before.id, after)
  world.later(orphanedFor, { type: 'orphans-end', id: before.id })
}

/** While something is moved out of a group or into it, nothing in it can be written or deleted. */
function mark(world: World, id: string, isMoving: boolean): void {
  const found = findGroup(world, id)
  if (!found) return
  const { moving: _before, ...group } = found
  groups(world).set(keyOf(id), isMoving ? { ...group, moving: true } : group)
}
