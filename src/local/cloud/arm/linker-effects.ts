// What Azure Service Connector makes of a connection to a storage account: the values of its Secret, and with workload identity the federated credential and
// the role (https://learn.microsoft.com/azure/service-connector/how-to-use-service-connector-in-aks, …/how-to-integrate-storage-blob). It acts for the person
// who creates the connection. The names of credential and role assignment are guesses: they are not the app's.
import { roleAssignments } from '../access.ts'
import { federatedCredentials, principals } from '../entra/directory.ts'
import type { World } from '../world.ts'
import { keyOf } from './ids.ts'
import { findCluster } from './managed-cluster.ts'
import { objectOf, textOf } from './provider.ts'
import { storageAccount } from './storage-account.ts'

const audience = 'api://AzureADTokenExchange'
const blobDataContributor = 'ba92f5b4-2d11-453d-a403-e96b0029c9fe'

type Made = {
  readonly cluster: string
  readonly target: string
  readonly namespace: string
  readonly clientId: string | undefined
  readonly person: string
}

/** Keys and values of the Secret. `undefined`: the target is not simulated. */
export function effectsOf(
  world: World,
  { cluster, target, namespace, clientId, person }: Made,
): Readonly<Record<string, string>> | undefined {
  const account = storageAccount(world, /\/storageAccounts\/([^/]+)/i.exec(target)?.[1] ?? '')
  if (!account) return undefined
  if (clientId === undefined) {
    const text = `DefaultEndpointsProtocol=https;AccountName=${account.name};AccountKey=${account.keys[0]?.value};EndpointSuffix=core.windows.net`
    return { AZURE_STORAGEBLOB_CONNECTIONSTRING: text }
  }
  const identity = [...principals(world).values()].find(({ appId, deleted }) => appId === clientId && !deleted)
  const issuer = textOf(objectOf(findCluster(world, cluster)?.properties['oidcIssuerProfile'])['issuerURL'])
  if (!identity?.resourceId || issuer === undefined) return undefined
  trust(world, identity.resourceId, issuer, `system:serviceaccount:${namespace}:sc-account-${clientId}`)
  assign(world, identity.oid, account.id, person)
  return {
    AZURE_STORAGEBLOB_RESOURCEENDPOINT: `https://${account.name}.blob.core.windows.net/`,
    AZURE_STORAGEBLOB_CLIENTID: clientId,
  }
}

function trust(world: World, identityId: string, issuer: string, subject: string): void {
  const all = federatedCredentials(world)
  if ([...all.values()].some((one) => keyOf(one.identityId) === keyOf(identityId) && one.issuer === issuer && one.subject === subject))
    return
  const name = `service-connector-${world.uuid().slice(0, 8)}`
  all.set(`${keyOf(identityId)}/${name}`, { identityId, name, issuer, subject, audiences: [audience], effectiveAt: world.clock.now() })
}

function assign(world: World, principalId: string, scope: string, person: string): void {
  const id = `${scope}/providers/Microsoft.Authorization/roleAssignments/${world.uuid()}`
  const roleDefinitionId = `/subscriptions/${scope.split('/')[2]}/providers/Microsoft.Authorization/roleDefinitions/${blobDataContributor}`
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
}
