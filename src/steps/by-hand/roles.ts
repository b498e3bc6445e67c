// By hand: assignments of Azure roles.

import { bicepFor, bicepPlace, numbered } from '../../model/as-code.ts'
import type { Change } from '../../model/managed-object.ts'
import type { GrantObject } from '../../model/managed-objects.ts'
import { roleAssignmentMark } from '../../model/names.ts'
import { resourceId } from '../../model/resource-id.ts'
import { type Commands, commandsOf, declared, lines } from './by-hand.ts'

type Owner = { readonly installation: string; readonly loop: Parameters<typeof roleAssignmentMark>[1] }

/** With the app's name and description. `apiOf`: the api-version of the target for Bicep. */
export function byHandRoles(
  changes: readonly Change<GrantObject>[],
  { installation, loop }: Owner,
  apiOf: (id: string) => string,
): Commands | undefined {
  const description = roleAssignmentMark(installation, loop)
  const definition = (scope: string, roleId: string): string =>
    `/subscriptions/${resourceId(scope).subscription}/providers/Microsoft.Authorization/roleDefinitions/${roleId}`
  return commandsOf({
    cli: lines(changes, {
      make: ({ scope, principalId, roleId, name }) =>
        `az role assignment create --name ${name} --assignee-object-id ${principalId} --assignee-principal-type ServicePrincipal --role ${roleId} --scope '${scope}' --description '${description}'`,
      remove: ({ object: { scope, name }, observed }) =>
        `az role assignment delete --ids '${'version' in observed && observed.version ? observed.version : `${scope}/providers/Microsoft.Authorization/roleAssignments/${name}`}'`,
    }),
    bicep: bicepOfRoles(changes, description, definition, apiOf),
    terraform: declared(
      changes,
      ({ scope, principalId, roleId, name }, index) => `resource "azurerm_role_assignment" "${numbered('access', index)}" {
  name               = "${name}"
  scope              = "${scope}"
  role_definition_id = "${definition(scope, roleId)}"
  principal_id       = "${principalId}"
  principal_type     = "ServicePrincipal"
  description        = "${description}"
}`,
    ),
  })
}

/** All in one file: they must be on what is in one group. */
function bicepOfRoles(
  changes: readonly Change<GrantObject>[],
  description: string,
  definition: (scope: string, roleId: string) => string,
  apiOf: (id: string) => string,
): string {
  const made = changes.filter(({ action }) => action === 'create')
  const first = made[0]?.object.scope
  if (first === undefined) return ''
  const targets = [...new Map(made.map(({ object: { scope, owner = scope } }) => [scope.toLowerCase(), { scope, owner }])).values()]
  const symbol = (scope: string): string =>
    numbered(
      'target',
      targets.findIndex((other) => other.scope.toLowerCase() === scope.toLowerCase()),
    )
  const existing = targets.map(({ scope, owner }) => {
    const { type, name } = bicepPlace(scope)
    return `resource ${symbol(scope)} '${type}@${apiOf(owner)}' existing = {\n  name: '${name}'\n}`
  })
  const assignments = made.map(
    ({ object: { scope, principalId, roleId, name } }, index) =>
      `resource ${numbered('access', index)} 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: ${symbol(scope)}
  name: '${name}'
  properties: {
    principalId: '${principalId}'
    principalType: 'ServicePrincipal'
    roleDefinitionId: '${definition(scope, roleId)}'
    description: '${description}'
  }
}`,
  )
  return bicepFor(first, [...existing, ...assignments].join('\n'))
}
