// By hand: features of a cluster, its extensions, Flux configurations, and the registration of their provider.
import { bicepFor, place } from '../../model/as-code.ts'
import type { ClusterExtension } from '../../model/cluster-extension.ts'
import { extensionApi } from '../../model/extension.ts'
import type { FeatureName } from '../../model/feature.ts'
import { type FluxSource, fluxUrl } from '../../model/flux.ts'
import { resourceId } from '../../model/resource-id.ts'
import { type Commands, commandsOf } from './by-hand.ts'

const addonCli = '--addons'

const features: Readonly<Record<FeatureName, { readonly cli: string; readonly bicep: string; readonly terraform: string }>> = {
  'oidc-issuer': {
    cli: '--enable-oidc-issuer',
    bicep: '  oidcIssuerProfile: { enabled: true }',
    terraform: 'oidc_issuer_enabled       = true',
  },
  'workload-identity': {
    cli: '--enable-workload-identity',
    bicep: '  securityProfile: { workloadIdentity: { enabled: true } }',
    terraform: 'workload_identity_enabled = true',
  },
  'key-vault-secrets-provider': {
    cli: `${addonCli} azure-keyvault-secrets-provider`,
    bicep: '  addonProfiles: { azureKeyvaultSecretsProvider: { enabled: true } }',
    // The block needs one of its arguments.
    terraform: 'key_vault_secrets_provider {\n  secret_rotation_enabled = false\n}',
  },
}

/** Only the features that are off. Bicep and Terraform: to be added to the cluster's declaration. */
export function byHandFeatures(clusterId: string, off: readonly FeatureName[]): Commands | undefined {
  const rows = off.map((name) => features[name])
  if (rows.length === 0) return undefined
  return commandsOf({
    cli: cliOf(
      clusterId,
      rows.map(({ cli }) => cli),
    ),
    bicep: `properties: {\n${rows.map(({ bicep }) => bicep).join('\n')}\n}`,
    terraform: rows.map(({ terraform }) => terraform).join('\n'),
  })
}

/** Add-ons have a command of their own. */
function cliOf(clusterId: string, words: readonly string[]): string {
  const updates = words.filter((word) => !word.startsWith(addonCli))
  return [
    ...(updates.length > 0 ? [`az aks update ${place(clusterId)} ${updates.join(' ')}`] : []),
    ...words.filter((word) => word.startsWith(addonCli)).map((word) => `az aks enable-addons ${place(clusterId)} ${word}`),
  ].join('\n')
}

export function byHandExtension(clusterId: string, { name, type, releaseNamespace, releaseTrain }: ClusterExtension): Commands | undefined {
  return commandsOf({
    cli: `az k8s-extension create --cluster-type managedClusters ${place(clusterId, '--cluster-name')} --name ${name} --extension-type ${type} --release-train ${releaseTrain} --scope cluster --release-namespace ${releaseNamespace} --auto-upgrade-minor-version true`,
    bicep: bicepFor(
      clusterId,
      `resource cluster 'Microsoft.ContainerService/managedClusters@2024-09-01' existing = {
  name: '${resourceId(clusterId).name}'
}
resource connector 'Microsoft.KubernetesConfiguration/extensions@${extensionApi}' = {
  scope: cluster
  name: '${name}'
  properties: {
    extensionType: '${type}'
    autoUpgradeMinorVersion: true
    releaseTrain: '${releaseTrain}'
    scope: { cluster: { releaseNamespace: '${releaseNamespace}' } }
  }
}`,
    ),
    terraform: `resource "azurerm_kubernetes_cluster_extension" "connector" {
  name              = "${name}"
  cluster_id        = "${clusterId}"
  extension_type    = "${type}"
  release_train     = "${releaseTrain}"
  release_namespace = "${releaseNamespace}"
}`,
  })
}

export const byHandProvider = (subscription: string, namespace: string): Commands | undefined =>
  commandsOf({
    cli: `az provider register --subscription ${subscription} --namespace ${namespace}`,
    terraform: `resource "azurerm_resource_provider_registration" "provider" {\n  name = "${namespace}"\n}`,
  })

/** The container first: without one Flux fails. */
export function byHandFlux(
  clusterId: string,
  { account, name, namespace, clientId }: FluxSource,
  what: 'create' | 'delete',
): Commands | undefined {
  const of = `--cluster-type managedClusters ${place(clusterId, '--cluster-name')} --name ${name}`
  const container = `--account-name ${account} --name ${name} --auth-mode login`
  return commandsOf({
    cli:
      what === 'delete'
        ? `az k8s-configuration flux delete ${of} --yes\naz storage container delete ${container}`
        : `az storage container create ${container}\naz k8s-configuration flux create ${of} --namespace ${namespace} --scope namespace --kind azblob --url ${fluxUrl(account)} --container-name ${name} --mi-client-id ${clientId} --interval 2m --kustomization name=objects path=./ prune=true interval=5m`,
  })
}
