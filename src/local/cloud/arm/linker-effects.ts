// What Azure Service Connector makes of a connection: the values of its Secret, and with an identity the federated credential and the roles
// (https://learn.microsoft.com/azure/service-connector/how-to-use-service-connector-in-aks, …/how-to-integrate-storage-blob, …/how-to-integrate-key-vault,
// …/how-to-integrate-app-configuration). It acts for the person who creates the connection. The names of credential and role assignments are guesses: they
// are not the app's. The real one enables the Key Vault add-on and installs the extension of App Configuration; here both must be there.
import { roleAssignments } from '../access.ts'
import { federatedCredentials, principals } from '../entra/directory.ts'
import type { World } from '../world.ts'
import { extensionsOf } from './extension.ts'
import { keyOf } from './ids.ts'
import { keysOf } from './keyed-resource-keys.ts'
import { findCluster } from './managed-cluster.ts'
import { type Body, objectOf, textOf } from './provider.ts'
import { resources } from './resources.ts'
import { storageAccount } from './storage-account.ts'

const audience = 'api://AzureADTokenExchange'
const blobDataContributor = 'ba92f5b4-2d11-453d-a403-e96b0029c9fe'
/** Key Vault Secrets User and Key Vault Certificate User. */
const vaultUser = ['4633458b-17de-408a-b874-0445c86b69e6', 'db79e9a7-68ee-4b58-9aeb-b90e7c24fcba']

type Made = {
  readonly cluster: string
  readonly target: string
  /** `resourceProperties` of the target. */
  readonly by: Body
  readonly namespace: string
  readonly clientId: string | undefined
  readonly person: string
}
/** `roles`: ids of the assignments that it made. */
export type Effects = { readonly values: Readonly<Record<string, string>>; readonly roles: readonly string[] }

/** `undefined`: the target is not simulated, or what it needs is not there. */
export function effectsOf(world: World, made: Made): Effects | undefined {
  const { target, by } = made
  if (by['connectAsKubernetesCsiDriver'] === true) return ofVault(world, made)
  if (/\/configurationStores\//i.test(target)) return ofStore(world, made)
  return ofAccount(world, made)
}

/** By the identity of the cluster's add-on, which serves every pod that names a SecretProviderClass; the class is the user's. */
function ofVault(world: World, { cluster, target, person }: Made): Effects | undefined {
  const vault = resources(world).get(keyOf(target))
  const addon = objectOf(objectOf(findCluster(world, cluster)?.properties['addonProfiles'])['azureKeyvaultSecretsProvider'])
  const { clientId, objectId } = objectOf(addon['identity'])
  if (!vault || typeof clientId !== 'string' || typeof objectId !== 'string') return undefined
  const values = {
    AZURE_KEYVAULT_RESOURCEENDPOINT: `https://${vault.name}.vault.azure.net/`,
    AZURE_KEYVAULT_CLIENTID: clientId,
    AZURE_KEYVAULT_SCOPE: 'https://management.azure.com/.default',
  }
  return { values, roles: vaultUser.map((role) => assign(world, objectId, vault.id, role, person)) }
}

/** What its Kubernetes provider reads is the user's; the extension brings the provider. */
function ofStore(world: World, { cluster, target, by, clientId }: Made): Effects | undefined {
  const store = resources(world).get(keyOf(target))
  const [key] = keysOf(world, target)
  const isInstalled = extensionsOf(world, cluster).some(
    ({ properties }) => String(properties['extensionType']).toLowerCase() === 'microsoft.appconfiguration',
  )
  if (!store || !key || clientId !== undefined || (by['connectWithKubernetesExtension'] === true && !isInstalled)) return undefined
  const text = `Endpoint=${String(store.properties['endpoint'])};Id=${key.id};Secret=${key.value}`
  return { values: { AZURE_APPCONFIGURATION_CONNECTIONSTRING: text }, roles: [] }
}

function ofAccount(world: World, { cluster, target, namespace, clientId, person }: Made): Effects | undefined {
  const account = storageAccount(world, /\/storageAccounts\/([^/]+)/i.exec(target)?.[1] ?? '')
  if (!account) return undefined
  if (clientId === undefined) {
    const text = `DefaultEndpointsProtocol=https;AccountName=${account.name};AccountKey=${account.keys[0]?.value};EndpointSuffix=core.windows.net`
    return { values: { AZURE_STORAGEBLOB_CONNECTIONSTRING: text }, roles: [] }
  }
  const identity = [...principals(world).values()].find(({ appId, deleted }) => appId === clientId && !deleted)
  const issuer = textOf(objectOf(findCluster(world, cluster)?.properties['oidcIssuerProfile'])['issuerURL'])
  if (!identity?.resourceId || issuer === undefined) return undefined
  trust(world, identity.resourceId, issuer, `system:serviceaccount:${namespace}:sc-account-${clientId}`)
  const values = {
    AZURE_STORAGEBLOB_RESOURCEENDPOINT: `https://${account.name}.blob.core.windows.net/`,
    AZURE_STORAGEBLOB_CLIENTID: clientId,
  }
  return { values, roles: [assign(world, identity.oid, account.id, blobDataContributor, person)] }
}

function trust(world: World, identityId: string, issuer: string, subject: string): void {
  const all = federatedCredentials(world)
  if ([...all.values()].some((one) => keyOf(one.identityId) === keyOf(identityId) && one.issuer === issuer && one.subject === subject))
    return
  const name = `service-connector-${world.uuid().slice(0, 8)}`
  all.set(`${keyOf(identityId)}/${name}`, { identityId, name, issuer, subject, audiences: [audience], effectiveAt: world.clock.now() })
}

function assign(world: World, principalId: string, scope: string, role: string, person: string): string {
  const id = `${scope}/providers/Microsoft.Authorization/roleAssignments/${world.uuid()}`
  const roleDefinitionId = `/subscriptions/${scope.split('/')[2]}/providers/Microsoft.Authorization/roleDefinitions/${role}`
  const now = world.clock.now()
  const row = {
    id,
    scope,
    roleDefinitionId,
    principalId,
    principalType: 'ServicePrincipal',
    createdOn: now,
    createdBy: person,
    effectiveAt: now,
  }
  roleAssignments(world).set(keyOf(id), row)
  return id
}
