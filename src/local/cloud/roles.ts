// The roles of the simulated tenant: the built-in ones that matter here, and the custom ones of a fleet.

import { keyVaultRoles } from './built-in-roles/key-vault.ts'
import { kubernetesRoles } from './built-in-roles/kubernetes.ts'
import { managementRoles } from './built-in-roles/management.ts'
import type { RoleDefinition } from './built-in-roles/role.ts'
import { storageRoles } from './built-in-roles/storage.ts'
import { targetRoles } from './built-in-roles/targets.ts'
import type { World } from './world.ts'

const builtInRoles: readonly RoleDefinition[] = [...managementRoles, ...kubernetesRoles, ...storageRoles, ...keyVaultRoles, ...targetRoles]

/** Custom roles of the fleet, by guid. */
export const customRoles = (world: World): Map<string, RoleDefinition> => world.table<RoleDefinition>('role-definitions')

/** By the guid at the end of a role definition's id. */
export function roleDefinition(world: World, id: string): RoleDefinition | undefined {
  const guid = id.slice(id.lastIndexOf('/') + 1).toLowerCase()
  return customRoles(world).get(guid) ?? builtInRoles.find((one) => one.id === guid)
}

export const allRoles = (world: World): readonly RoleDefinition[] => [...builtInRoles, ...customRoles(world).values()]
