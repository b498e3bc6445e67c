// By hand: identity bindings of clusters. No tool makes the credential that they share: AKS does.
import { bicepFor, numbered, place } from '../../model/as-code.ts'
import type { Change } from '../../model/managed-object.ts'
import type { BindingCredential, BindingObject } from '../../model/managed-objects.ts'
import { type Commands, commandsOf, declared, joined, lines } from './by-hand.ts'

export function byHandBindings(changes: readonly Change<BindingObject | BindingCredential>[], identityId: string): Commands | undefined {
  const bindings = changes.filter((change): change is Change<BindingObject> => change.object.kind === 'identity-binding')
  const credentials = changes.filter((change): change is Change<BindingCredential> => change.object.kind === 'binding-credential')
  const where = ({ cluster, name }: BindingObject): string => `${place(cluster.id, '--cluster-name')} --name ${name}`
  return joined([
    commandsOf({
      cli: lines(bindings, {
        make: (object) => `az aks identity-binding create ${where(object)} --managed-identity-resource-id '${identityId}'`,
        remove: ({ object }) => `az aks identity-binding delete ${where(object)}`,
      }),
      bicep: bicepFor(
        bindings[0]?.object.cluster.id ?? '',
        declared(
          bindings,
          (
            { cluster, name },
            index,
          ) => `resource ${numbered('binding', index)} 'Microsoft.ContainerService/managedClusters/identityBindings@2026-07-01' = {
  name: '${cluster.id.split('/').at(-1)}/${name}'
  properties: { managedIdentity: { resourceId: '${identityId}' } }
}`,
        ),
      ),
      terraform: declared(
        bindings,
        ({ cluster, name }, index) => `resource "azapi_resource" "${numbered('binding', index)}" {
  type      = "Microsoft.ContainerService/managedClusters/identityBindings@2026-07-01"
  name      = "${name}"
  parent_id = "${cluster.id}"
  body      = { properties = { managedIdentity = { resourceId = "${identityId}" } } }
}`,
      ),
    }),
    commandsOf({
      cli: lines(credentials, {
        make: () => '',
        remove: ({ object: { name } }) =>
          `az identity federated-credential delete ${place(identityId, '--identity-name')} --name ${name} --yes`,
      }),
    }),
  ])
}
