// Microsoft.Resources/resourceGroups.

import { removeAssignmentsWithin } from '../access.ts'
import { emit } from '../event-grid.ts'
import type { Happening } from '../happening.ts'
import type { CloudResponse } from '../http.ts'
import type { Json, World } from '../world.ts'
import { happeningOf } from './announce.ts'
import { groupNotFound, refuse } from './errors.ts'
import { keyOf } from './ids.ts'
import { type Call, type Provider, page, tagsOf, textOf } from './provider.ts'
import { type Resource, resources, type Tags } from './resources.ts'

export type ResourceGroup = {
  readonly id: string
  readonly name: string
  readonly location: string
  readonly tags?: Tags
  readonly managedBy?: string
  readonly deleting?: true
  /** Something is being moved out of it or into it. */
  readonly moving?: true
}

export const groups = (world: World): Map<string, ResourceGroup> => world.table<ResourceGroup>('resource-groups')
export const findGroup = (world: World, id: string): ResourceGroup | undefined => groups(world).get(keyOf(id))

const bodyOf = ({ deleting, moving, ...group }: ResourceGroup): object => ({
  ...group,
  type: 'Microsoft.Resources/resourceGroups',
  properties: { provisioningState: deleting ? 'Deleting' : moving ? 'Updating' : 'Succeeded' },
})

/** Deleting takes a while, and is polled at `Location` until that says 200. */
const deleting = 20_000
const deletePoll = (world: World, id: string): CloudResponse => (groups(world).has(id) ? underWay('delete', id) : { status: 200 })
export const movePoll = (world: World, id: string): CloudResponse => (findGroup(world, id)?.moving ? underWay('move', id) : { status: 204 })

function underWay(what: 'delete' | 'move', id: string): CloudResponse {
  const operation = Buffer.from(`${what} ${id}`).toString('base64url')
  const [, subscription] = id.split('/').slice(1)
  const location = `https://management.azure.com/subscriptions/${subscription}/operationresults/${operation}?api-version=2021-04-01`
  return { status: 202, headers: { location, 'retry-after': '15' } }
}

function polled(call: Call): CloudResponse {
  const [what, id = ''] = Buffer.from(call.parameters['operation'] ?? '', 'base64url')
    .toString()
    .split(' ')
  return what === 'move' ? movePoll(call.world, id) : deletePoll(call.world, id)
}

/** Whether each resource in it has an event of its own is not documented; only the group's is sent here, the stricter side. */
type End = { readonly type: 'resource-group-end'; readonly id: string; readonly happening?: Happening & Json }

const path = '/subscriptions/{subscription}/resourceGroups/{group}'
const existing = (call: Call): ResourceGroup => {
  const found = findGroup(call.world, call.path)
  if (!found) throw groupNotFound(call.parameters['group'] ?? '')
  return found
}

/** @param remove takes a resource away as its own provider would, when its group is deleted. */
export const resourceGroups = (remove: (world: World, resource: Resource) => void): Provider => ({
  namespace: 'Microsoft.Resources',
  routes: [
    {
      method: 'GET',
      path: '/subscriptions/{subscription}/resourceGroups',
      handle: (call) => {
        const mine = [...groups(call.world)].filter(([key]) => key.startsWith(`${keyOf(call.path)}/`))
        return page(
          call,
          mine.map(([, group]) => bodyOf(group)),
        )
      },
    },
    { method: 'GET', path, handle: (call) => ({ status: 200, body: bodyOf(existing(call)) }) },
    { method: 'HEAD', path, handle: (call) => ({ status: findGroup(call.world, call.path) ? 204 : 404 }) },
    {
      method: 'PUT',
      path,
      handle: (call) => {
        const before = findGroup(call.world, call.path)
        const location = textOf(call.body['location'])?.replaceAll(' ', '').toLowerCase()
        if (!location) throw refuse(400, 'LocationRequired', 'The location property is required for this definition.')
        if (before && before.location !== location)
          throw refuse(
            409,
            'InvalidResourceGroupLocation',
            `Invalid resource group location '${location}'. The Resource group already exists in location '${before.location}'.`,
          )
        const tags = tagsOf(call.body)
        const group = {
          id: before?.id ?? `/subscriptions/${call.parameters['subscription']}/resourceGroups/${call.parameters['group']}`,
          name: before?.name ?? call.parameters['group'] ?? '',
          location,
          ...(tags ? { tags } : {}),
        }
        groups(call.world).set(keyOf(group.id), group)
        return { status: before ? 200 : 201, body: bodyOf(group) }
      },
    },
    {
      method: 'GET',
      path: '/subscriptions/{subscription}/operationresults/{operation}',
      action: 'none',
      handle: polled,
    },
    {
      method: 'DELETE',
      path,
      handle: (call) => {
        const group = existing(call)
        groups(call.world).set(keyOf(group.id), { ...group, deleting: true })
        const happening = happeningOf(call, 'Success') as Happening & Json
        call.world.later(deleting, { type: 'resource-group-end', id: keyOf(call.path), happening } satisfies End)
        return deletePoll(call.world, keyOf(call.path))
      },
    },
  ],
  start: (world) =>
    world.on<End>('resource-group-end', ({ id, happening }) => {
      for (const [key, resource] of [...resources(world)]) if (key.startsWith(`${id}/`)) remove(world, resource)
      groups(world).delete(id)
      // What was assigned on the group goes with it: who had rights nowhere else is answered 403 from now on, not 404.
      removeAssignmentsWithin(world, id)
      if (happening) emit(world, happening)
    }),
})
