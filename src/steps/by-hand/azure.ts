// By hand: identities, federated credentials and role assignments.

import type { Change } from '../../model/managed-object.ts'
import type { CredentialObject, IdentityObject, RoleObject } from '../../model/managed-objects.ts'
import { type identityMarks, roleAssignmentMark } from '../../model/names.ts'
import { resourceId } from '../../model/resource-id.ts'
import { bicepFor, bicepMap, type Commands, commandsOf, declared, lines, numbered, place, terraformMap } from './by-hand.ts'

type Marks = ReturnType<typeof identityMarks>

/** For an identity that lost its tags only these are restored: `identity create` and both languages would replace all others. */
export function byHandIdentity(changes: readonly Change<IdentityObject>[], marks: Marks): Commands | undefined {
  const words = Object.entries(marks).map((pair) => pair.join('='))
  const first = changes[0]?.object.resourceId ?? ''
  return commandsOf({
    cli: lines(changes, {
      make: ({ resourceId: id, location }) => `az identity create ${place(id)} --location ${location} --tags ${words.join(' ')}`,
      update: ({ resourceId: id }) => `az tag update --operation Merge --resource-id '${id}' --tags ${words.join(' ')}`,
      remove: ({ object }) => `az identity delete ${place(object.resourceId)}`,
    }),
    bicep: bicepFor(
      first,
      declared(
        changes,
        ({ resourceId: id, location }) => `resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: '${resourceId(id).name}'
  location: '${location}'
  tags: ${bicepMap(marks)}
}`,
      ),
    ),
    terraform: declared(
      changes,
      ({ resourceId: id, location }) => `resource "azurerm_user_assigned_identity" "identity" {
  name                = "${resourceId(id).name}"
  resource_group_name = "${resourceId(id).group}"
  location            = "${location}"
  tags                = ${terraformMap(marks)}
}`,
    ),
  })
}

/**
 * Each waits for the one before: Azure refuses concurrent writes on one identity.
 * https://learn.microsoft.com/entra/workload-id/workload-identity-federation-considerations#concurrent-updates-arent-supported-user-assigned-managed-identities
 */
export function byHandCredentials(
  changes: readonly Change<CredentialObject>[],
  identityId: string,
  audience: string,
): Commands | undefined {
  const where = place(identityId, '--identity-name')
  const { name: identity, group } = resourceId(identityId)
  const write =
    (verb: string) =>
    ({ name, issuer, subject }: CredentialObject): string =>
      `az identity federated-credential ${verb} ${where} --name ${name} --issuer '${issuer}' --subject '${subject}' --audiences ${audience}`
  const after = (index: number, form: (name: string) => string): string => (index === 0 ? '' : form(numbered('credential', index - 1)))
  return commandsOf({
    cli: lines(changes, {
      make: write('create'),
      update: write('update'),
      remove: ({ object: { name } }) => `az identity federated-credential delete ${where} --name ${name} --yes`,
    }),
    bicep: bicepFor(
      identityId,
      declared(
        changes,
        ({ name, issuer, subject }, index) =>
          `resource ${numbered('credential', index)} 'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials@2023-01-31' = {
  name: '${identity}/${name}'
  properties: { issuer: '${issuer}', subject: '${subject}', audiences: ['${audience}'] }${after(index, (before) => `\n  dependsOn: [${before}]`)}
}`,
      ),
    ),
    terraform: declared(
      changes,
      ({ name, issuer, subject }, index) => `resource "azurerm_federated_identity_credential" "${numbered('credential', index)}" {
  name                = "${name}"
  resource_group_name = "${group}"
  parent_id           = "${identityId}"
  issuer              = "${issuer}"
  subject             = "${subject}"
  audience            = ["${audience}"]${after(index, (before) => `\n  depends_on          = [azurerm_federated_identity_credential.${before}]`)}
}`,
    ),
  })
}

type Owner = { readonly installation: string; readonly loop: Parameters<typeof roleAssignmentMark>[1] }

/** With the app's name and description. `apiOf`: the api-version of the target for Bicep. */
export function byHandRoles(
  changes: readonly Change<RoleObject>[],
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

/** One file can only be deployed to one group. */
function bicepOfRoles(
  changes: readonly Change<RoleObject>[],
  description: string,
  definition: (scope: string, roleId: string) => string,
  apiOf: (id: string) => string,
): string {
  const made = changes.filter(({ action }) => action === 'create')
  const groups = new Set(made.map(({ object: { scope } }) => `${resourceId(scope).subscription} ${resourceId(scope).group}`.toLowerCase()))
  const first = made[0]?.object.scope
  if (first === undefined || groups.size > 1) return ''
  const targets = [...new Map(made.map(({ object: { scope } }) => [scope.toLowerCase(), scope])).values()]
  const symbol = (scope: string): string =>
    numbered(
      'target',
      targets.findIndex((other) => other.toLowerCase() === scope.toLowerCase()),
    )
  const existing = targets.map((scope) => {
    // Spelt as in the id: Bicep's types are case-sensitive.
    const [, type = ''] = /\/providers\/([^/]+\/[^/]+)\/[^/]+$/.exec(scope) ?? []
    return `resource ${symbol(scope)} '${type}@${apiOf(scope)}' existing = {\n  name: '${resourceId(scope).name}'\n}`
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
