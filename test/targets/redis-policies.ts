// Access policies of simulated Redis caches, as tests make them and see them.
import { putResource, resourcesOf } from '../../src/local/cloud/arm/resources.ts'
import type { World } from '../../src/local/cloud/world.ts'

const type = 'Microsoft.Cache/Redis/accessPolicyAssignments'

/** `principal policy` of each. */
export const policiesOf = (world: World): readonly string[] =>
  resourcesOf(world, type)
    .map(({ properties }) => `${properties['objectId']} ${properties['accessPolicyName']}`)
    .sort()

export function putPolicy(world: World, id: string, properties: Readonly<Record<string, unknown>>): void {
  putResource(world, {
    id,
    name: id.split('/').at(-1) ?? '',
    type,
    location: 'northeurope',
    properties,
  })
}
