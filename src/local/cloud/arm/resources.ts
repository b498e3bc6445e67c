// All resources of the simulated Azure by id, as ARM stores them, and the lagging copy that Resource Graph answers from.

import { removeAssignmentsWithin } from '../access.ts'
import { moveData, removeDataWithin } from '../databases/data.ts'
import { latencies } from '../latencies.ts'
import type { World } from '../world.ts'
import { keyOf } from './ids.ts'

type Properties = { readonly [name: string]: unknown }
export type Tags = Readonly<Record<string, string>>
/** The ARM body. What a provider does not know is kept all the same. */
export type Resource = {
  readonly id: string
  readonly name: string
  readonly type: string
  readonly location: string
  readonly tags?: Tags
  readonly properties: Properties
  readonly [name: string]: unknown
}

export const resources = (world: World): Map<string, Resource> => world.table<Resource>('resources')
/** What Resource Graph knows. */
export const indexed = (world: World): Map<string, Resource> => world.table<Resource>('resource-graph')

export const findResource = (world: World, id: string): Resource | undefined => resources(world).get(keyOf(id))

export function resourcesOf(world: World, type: string, within = ''): Resource[] {
  const [wanted, scope] = [type.toLowerCase(), keyOf(within)]
  return [...resources(world)]
    .filter(([key, row]) => row.type.toLowerCase() === wanted && key.startsWith(`${scope}/`))
    .map(([, row]) => row)
}

export function putResource(world: World, resource: Resource): void {
  resources(world).set(keyOf(resource.id), resource)
  indexLater(world, resource.id)
}

/**
 * Role assignments on it, and on its child resources, go with it, and so does what stands in its databases: recreated under the same id it has none
 * (https://github.com/Azure/azure-service-operator/issues/5009, https://github.com/hashicorp/terraform-provider-azurerm/issues/24568).
 */
export function removeResource(world: World, id: string): void {
  resources(world).delete(keyOf(id))
  removeAssignmentsWithin(world, id)
  removeDataWithin(world, id)
  indexLater(world, id)
}

/** The same resource under another id. */
export function rename(world: World, before: string, after: Resource): void {
  resources(world).delete(keyOf(before))
  moveData(world, before, after.id)
  indexLater(world, before)
  putResource(world, after)
}

/** Resource Graph follows within seconds, usually, and not in the order of the changes. */
function indexLater(world: World, id: string): void {
  world.later(latencies(world).graphIndex * (0.3 + 0.7 * world.random()), { type: 'graph-index', id: keyOf(id) })
}

export function index(world: World, id: string): void {
  const now = findResource(world, id)
  if (now) indexed(world).set(keyOf(id), now)
  else indexed(world).delete(keyOf(id))
}

export const startIndexing = (world: World): void =>
  world.on<{ type: 'graph-index'; id: string }>('graph-index', ({ id }) => index(world, id))
