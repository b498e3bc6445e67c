// What is in the SecretProviderClass of a connection: which objects of the vault its pods mount, and who signs in for that. Only names, no secret. Pure.
// https://learn.microsoft.com/azure/aks/csi-secrets-store-configuration-options
import { authTypeOf } from '../../auth/catalogue.ts'
import type { Connection } from '../../model/connection.ts'
import { serviceIn } from '../../model/facts.ts'
import { isBound } from '../../model/federation.ts'
import type { KubernetesSpec } from '../../model/kubernetes-kind.ts'
import { resourceId } from '../../model/resource-id.ts'
import type { VaultObject } from '../../model/vault-object.ts'
import type { View } from '../../model/view.ts'

/** Readiness has checked these facts before. */
export function secretProviderClassOf(self: Connection, view: View<'connection'>): KubernetesSpec {
  const clientId = self.identity && view.of(self.identity).clientId
  const service = serviceIn(view.of(self.target), self.type)
  const signIn = authTypeOf(self).mounts
  if (clientId === undefined || !service || !signIn)
    throw new TypeError('A SecretProviderClass needs its identity and its vault to be read first')
  const parameters = {
    ...signIn(clientId, isBound(self)),
    keyvaultName: resourceId(self.target.id).name,
    tenantId: view.installation.tenant,
    ...cloudOf(service.endpoint),
    objects: objectsText(self.vaultObjects ?? []),
  }
  return { provider: 'azure', parameters }
}

/** The provider makes the host of a vault from its name and the cloud; without a name it is the public one. */
function cloudOf(endpoint: string): { readonly cloudName?: string } {
  const { hostname } = new URL(endpoint)
  const [, cloudName] = clouds.find(([suffix]) => hostname.endsWith(suffix)) ?? []
  return cloudName === undefined ? {} : { cloudName }
}
const clouds = [
  ['.vault.azure.cn', 'AzureChinaCloud'],
  ['.vault.usgovcloudapi.net', 'AzureUSGovernmentCloud'],
] as const

/** A text of YAML with a list of texts of YAML. Quoted, because `null` and `007` can be names. */
const objectsText = (objects: readonly VaultObject[]): string =>
  ['array:', ...objects.flatMap((object) => ['  - |', ...linesOf(object).map((line) => `    ${line}`)]), ''].join('\n')

const linesOf = ({ objectName, objectType, objectAlias, objectVersion }: VaultObject): readonly string[] =>
  Object.entries({ objectName, objectType, objectAlias, objectVersion }).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${JSON.stringify(value)}`],
  )
