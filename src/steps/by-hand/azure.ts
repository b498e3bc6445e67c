// By hand: identities and federated credentials.

import { bicepFor, bicepMap, bicepText, numbered, place, shellText, terraformMap, terraformText } from '../../model/as-code.ts'
import type { Change } from '../../model/managed-object.ts'
import type { CredentialObject, IdentityObject } from '../../model/managed-objects.ts'
import type { identityMarks } from '../../model/names.ts'
import { resourceId } from '../../model/resource-id.ts'
import { type Commands, commandsOf, declared, lines } from './by-hand.ts'

type Marks = ReturnType<typeof identityMarks>

/** For an identity that lost its tags only these are restored: `identity create` and both languages would replace all others. */
export function byHandIdentity(changes: readonly Change<IdentityObject>[], marks: Marks): Commands | undefined {
  const words = Object.entries(marks).map((pair) => pair.join('='))
  const first = changes[0]?.object.resourceId ?? ''
  return commandsOf({
    cli: lines(changes, {
      make: ({ resourceId: id, location = '' }) =>
        `az identity create ${place(id)} --location ${shellText(location)} --tags ${words.join(' ')}`,
      update: ({ resourceId: id }) => `az tag update --operation Merge --resource-id '${id}' --tags ${words.join(' ')}`,
      remove: ({ object }) => `az identity delete ${place(object.resourceId)}`,
    }),
    bicep: bicepFor(
      first,
      declared(
        changes,
        ({ resourceId: id, location = '' }) => `resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: '${resourceId(id).name}'
  location: ${bicepText(location)}
  tags: ${bicepMap(marks)}
}`,
      ),
    ),
    terraform: declared(
      changes,
      ({ resourceId: id, location = '' }) => `resource "azurerm_user_assigned_identity" "identity" {
  name                = "${resourceId(id).name}"
  resource_group_name = "${resourceId(id).group}"
  location            = ${terraformText(location)}
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
      `az identity federated-credential ${verb} ${where} --name ${name} --issuer ${shellText(issuer)} --subject ${shellText(subject)} --audiences ${audience}`
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
  properties: { issuer: ${bicepText(issuer)}, subject: ${bicepText(subject)}, audiences: ['${audience}'] }${after(index, (before) => `\n  dependsOn: [${before}]`)}
}`,
      ),
    ),
    terraform: declared(
      changes,
      ({ name, issuer, subject }, index) => `resource "azurerm_federated_identity_credential" "${numbered('credential', index)}" {
  name                = "${name}"
  resource_group_name = "${group}"
  parent_id           = "${identityId}"
  issuer              = ${terraformText(issuer)}
  subject             = ${terraformText(subject)}
  audience            = ["${audience}"]${after(index, (before) => `\n  depends_on          = [azurerm_federated_identity_credential.${before}]`)}
}`,
    ),
  })
}
