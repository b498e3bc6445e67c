// How a person makes a change by hand: what a step in mode `report` shows. Names come from ARM ids, which were parsed before, so they hold
// nothing that a shell could take for more.
import { extensionApi, extensionName, extensionType, releaseNamespace } from '../domain/extension.ts'
import type { Problem } from '../domain/problem.ts'
import { resourceId } from '../domain/resource-id.ts'
import type { Change, Thing } from '../domain/thing.ts'
import type { KubernetesThing } from './ports.ts'
import type { CredentialThing, IdentityThing, IpRule, KeptSecret, RoleThing } from './things.ts'

type Commands = NonNullable<Problem['commands']>

/** One line per change: what to run where it shall be there, and where it shall not. */
const lines = <T extends Thing>(changes: readonly Change<T>[], make: (thing: T) => string, remove: (thing: T) => string): string =>
  changes.map(({ action, thing }) => (action === 'delete' ? remove(thing) : make(thing))).join('\n')

/** `--subscription … --resource-group … --name …` */
function place(id: string, name = '--name'): string {
  const { subscription, group, names } = resourceId(id)
  return `--subscription ${subscription} --resource-group '${group}' ${name} '${names[0]}'`
}

export const byHandFeatures = (clusterId: string): Commands => ({
  cli: `az aks update ${place(clusterId)} --enable-oidc-issuer --enable-workload-identity`,
  bicep: 'properties: {\n  oidcIssuerProfile: { enabled: true }\n  securityProfile: { workloadIdentity: { enabled: true } }\n}',
  terraform: 'oidc_issuer_enabled       = true\nworkload_identity_enabled = true',
})

export function byHandExtension(clusterId: string): Commands {
  const { name } = resourceId(clusterId)
  return {
    cli: `az k8s-extension create --cluster-type managedClusters ${place(clusterId, '--cluster-name')} --name ${extensionName} --extension-type ${extensionType} --release-train prod --scope cluster --release-namespace ${releaseNamespace} --auto-upgrade-minor-version true`,
    bicep: `resource connector 'Microsoft.KubernetesConfiguration/extensions@${extensionApi}' = {
  scope: cluster
  name: '${extensionName}'
  properties: {
    extensionType: '${extensionType}'
    autoUpgradeMinorVersion: true
    releaseTrain: 'prod'
    scope: { cluster: { releaseNamespace: '${releaseNamespace}' } }
  }
}`,
    terraform: `resource "azurerm_kubernetes_cluster_extension" "connector" {
  name              = "${extensionName}"
  cluster_id        = azurerm_kubernetes_cluster.${name.toLowerCase().replaceAll(/[^a-z0-9_]/g, '_')}.id
  extension_type    = "${extensionType}"
  release_train     = "prod"
  release_namespace = "${releaseNamespace}"
}`,
  }
}

/** Groups of the Azure CLI whose `network-rule` has `--ip-address`. */
const ruleGroups: Readonly<Record<string, string>> = { 'microsoft.storage/storageaccounts': 'storage account' }

export function byHandFirewall(targetId: string, changes: readonly Change<IpRule>[], ips: readonly string[]): Commands {
  const { type } = resourceId(targetId)
  const group = ruleGroups[type]
  const where = place(targetId, '--account-name')
  const list = ips.map((ip) => `'${ip}'`).join(', ')
  return {
    ...(group
      ? {
          cli: lines(
            changes,
            ({ ip }) => `az ${group} network-rule add ${where} --ip-address ${ip}`,
            ({ ip }) => `az ${group} network-rule remove ${where} --ip-address ${ip}`,
          ),
        }
      : {}),
    bicep: `networkAcls: {\n  ipRules: [for ip in [${list}]: { value: ip, action: 'Allow' }]\n}`,
    terraform: `network_rules {\n  ip_rules = [${list.replaceAll("'", '"')}]\n}`,
  }
}

/** Bicep and Terraform say what shall be there; what shall not is left out of them. */
const shall = <T extends Thing>(changes: readonly Change<T>[], write: (thing: T) => string): string =>
  changes
    .filter(({ action }) => action !== 'delete')
    .map(({ thing }) => write(thing))
    .join('\n')

/** A secret is nobody's to write by hand but its author's; what can be done is bringing it back, or taking it away. */
export function byHandSecrets(changes: readonly Change<KeptSecret>[]): Commands {
  return {
    cli: lines(
      changes,
      ({ secretId }) => `az keyvault secret recover ${inVault(secretId)}`,
      ({ secretId }) => secretDelete(secretId),
    ),
  }
}

export const secretDelete = (secretId: string): string => `az keyvault secret delete ${inVault(secretId)}`

function inVault(secretId: string): string {
  const { hostname, pathname } = new URL(secretId)
  return `--vault-name ${hostname.split('.')[0]} --name ${pathname.split('/').at(-1)}`
}

export function byHandIdentity(changes: readonly Change<IdentityThing>[], tags: Readonly<Record<string, string>>): Commands {
  const words = Object.entries(tags).map((pair) => pair.join('='))
  return {
    cli: lines(
      changes,
      ({ resourceId: id, location }) => `az identity create ${place(id)} --location ${location} --tags ${words.join(' ')}`,
      ({ resourceId: id }) => `az identity delete ${place(id)}`,
    ),
    bicep: shall(
      changes,
      ({ resourceId: id, location }) => `resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: '${resourceId(id).name}'
  location: '${location}'
}`,
    ),
    terraform: shall(
      changes,
      ({ resourceId: id, location }) => `resource "azurerm_user_assigned_identity" "identity" {
  name                = "${resourceId(id).name}"
  resource_group_name = "${resourceId(id).group}"
  location            = "${location}"
}`,
    ),
  }
}

export function byHandCredentials(changes: readonly Change<CredentialThing>[], identityId: string, audience: string): Commands {
  const where = place(identityId, '--identity-name')
  return {
    cli: lines(
      changes,
      ({ name, issuer, subject }) =>
        `az identity federated-credential create ${where} --name ${name} --issuer '${issuer}' --subject '${subject}' --audiences ${audience}`,
      ({ name }) => `az identity federated-credential delete ${where} --name ${name} --yes`,
    ),
    bicep: shall(
      changes,
      ({
        name,
        issuer,
        subject,
      }) => `resource credential 'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials@2023-01-31' = {
  parent: identity
  name: '${name}'
  properties: { issuer: '${issuer}', subject: '${subject}', audiences: ['${audience}'] }
}`,
    ),
    terraform: shall(
      changes,
      ({ name, issuer, subject }) => `resource "azurerm_federated_identity_credential" "credential" {
  name      = "${name}"
  parent_id = "${identityId}"
  issuer    = "${issuer}"
  subject   = "${subject}"
  audience  = ["${audience}"]
}`,
    ),
  }
}

export const byHandRoles = (changes: readonly Change<RoleThing>[]): Commands => ({
  cli: lines(
    changes,
    ({ scope, principalId, roleId }) =>
      `az role assignment create --assignee-object-id ${principalId} --assignee-principal-type ServicePrincipal --role ${roleId} --scope '${scope}'`,
    ({ scope, principalId, roleId }) => `az role assignment delete --assignee ${principalId} --role ${roleId} --scope '${scope}'`,
  ),
  bicep: shall(
    changes,
    ({ scope, principalId, roleId }) => `resource access 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: target
  name: guid('${scope}', '${principalId}', '${roleId}')
  properties: {
    principalId: '${principalId}'
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '${roleId}')
  }
}`,
  ),
  terraform: shall(
    changes,
    ({ scope, principalId, roleId }) => `resource "azurerm_role_assignment" "access" {
  scope              = "${scope}"
  role_definition_id = "/subscriptions/${resourceId(scope).subscription}/providers/Microsoft.Authorization/roleDefinitions/${roleId}"
  principal_id       = "${principalId}"
  principal_type     = "ServicePrincipal"
}`,
  ),
})

/** In `data`, a credential is a command that shows it: `$(az …)`, for the shell of whoever runs the line. */
export function byHandSecret(name: string, namespace: string, data: Readonly<Record<string, string>>): string {
  const quoted = (text: string): string => (text.includes('$(') ? `"${text}"` : `'${text}'`)
  const literals = Object.entries(data).map(([key, value]) => `--from-literal=${quoted(`${key}=${value}`)}`)
  return [`kubectl create secret generic ${name} --namespace ${namespace}`, ...literals].join(' ')
}

export const byHandObjects = (changes: readonly Change<KubernetesThing>[], make: (thing: KubernetesThing) => string): Commands => ({
  cli: lines(changes, make, ({ kind, namespace, name }) => `kubectl delete ${kind.toLowerCase()} ${name} --namespace ${namespace}`),
})
