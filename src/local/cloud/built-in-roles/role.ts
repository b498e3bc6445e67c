// A role with its permissions, as Microsoft documents the built-in ones
// (https://learn.microsoft.com/azure/role-based-access-control/built-in-roles). Names change over the years, guids do not.

export type RoleDefinition = {
  /** Guid. */
  readonly id: string
  readonly name: string
  readonly actions: readonly string[]
  readonly notActions?: readonly string[]
  readonly dataActions?: readonly string[]
  readonly notDataActions?: readonly string[]
  readonly custom?: true
}

/** Most built-in roles carry these. */
export const usual = [
  'Microsoft.Authorization/*/read',
  'Microsoft.Insights/alertRules/*',
  'Microsoft.Resources/deployments/*',
  'Microsoft.Resources/subscriptions/resourceGroups/read',
]

export const role = (id: string, name: string, actions: readonly string[], more: Partial<RoleDefinition> = {}): RoleDefinition => ({
  id,
  name,
  actions,
  ...more,
})
