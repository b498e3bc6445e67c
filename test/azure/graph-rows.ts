// A fleet as Resource Graph lists it, written straight into its index: clusters, and of those that are connected a target, an identity and a role.
import { type RoleAssignment, roleAssignments } from '../../src/local/cloud/access.ts'
import { index, putResource } from '../../src/local/cloud/arm/resources.ts'
import type { World } from '../../src/local/cloud/world.ts'
import { loop } from '../../src/model/loop.ts'
import { roleAssignmentMarkStart } from '../../src/model/names.ts'
import { clusterPath, identityPath, storagePath } from '../local/cloud/arm/arm-world.ts'

/** Answers the ids that the app knows. */
export function graphRows(world: World, clusters: number, connected: number): readonly string[] {
  const known: string[] = []
  const put = (id: string, type: string, location = 'westeurope'): void => {
    putResource(world, { id, name: id.split('/').at(-1) ?? '', type, location, tags: {}, properties: { provisioningState: 'Succeeded' } })
    index(world, id)
    known.push(id)
  }
  for (let at = 0; at < clusters; at++) put(clusterPath(`fleet${at}`, 'many'), 'Microsoft.ContainerService/managedClusters')
  for (let at = 0; at < connected; at++) {
    put(storagePath(`fleet${at}`, 'many'), 'Microsoft.Storage/storageAccounts')
    const identity = identityPath(`fleet${at}`, 'many')
    put(identity, 'Microsoft.ManagedIdentity/userAssignedIdentities')
    const id = `${storagePath(`fleet${at}`, 'many')}/providers/Microsoft.Authorization/roleAssignments/${at}`
    roleAssignments(world).set(id.toLowerCase(), {
      ...{ id, scope: storagePath(`fleet${at}`, 'many'), principalId: `p${at}`, principalType: 'ServicePrincipal', createdBy: '' },
      ...{
        roleDefinitionId: '',
        createdOn: 0,
        effectiveAt: 0,
        description: `${roleAssignmentMarkStart('main')}${loop('identity', identity).key}`,
      },
    } satisfies RoleAssignment)
  }
  return known
}
