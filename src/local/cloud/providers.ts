// The resource providers of the simulated Azure Resource Manager: one line for each.

import { removeCluster } from './arm/cluster-operations.ts'
import { cognitiveAccounts } from './arm/cognitive-accounts.ts'
import { components } from './arm/components.ts'
import { configurationStores } from './arm/configuration-stores.ts'
import { moveCosmosKeys } from './arm/cosmos-account.ts'
import { cosmosAccounts } from './arm/cosmos-accounts.ts'
import { denyAssignmentsProvider } from './arm/deny-assignments.ts'
import { extensionsProvider } from './arm/extensions.ts'
import { federatedCredentialsProvider, removeCredentialsOf } from './arm/federated-credentials.ts'
import { fluxConfigurations } from './arm/flux-configurations.ts'
import { identityBindings } from './arm/identity-bindings.ts'
import { serviceLinker } from './arm/linkers.ts'
import { locksProvider } from './arm/locks.ts'
import { type Cluster, isCluster } from './arm/managed-cluster.ts'
import { changeTags, managedClusters } from './arm/managed-clusters.ts'
import { eventHubsNamespaces, serviceBusNamespaces } from './arm/messaging-namespaces.ts'
import { moveResources } from './arm/move-resources.ts'
import { mysqlServers } from './arm/mysql-servers.ts'
import { network } from './arm/network.ts'
import { operationsProvider } from './arm/operations.ts'
import { permissionsProvider } from './arm/permissions.ts'
import { postgresServers } from './arm/postgres-servers.ts'
import type { Provider } from './arm/provider.ts'
import { redisCaches } from './arm/redis-caches.ts'
import { redisClusters } from './arm/redis-clusters.ts'
import { resourceGraph } from './arm/resource-graph.ts'
import { resourceGroups } from './arm/resource-groups.ts'
import { removeResource } from './arm/resources.ts'
import { roleAssignmentSchedulesProvider } from './arm/role-assignment-schedules.ts'
import { roleAssignmentsProvider } from './arm/role-assignments.ts'
import { roleDefinitionsProvider } from './arm/role-definitions.ts'
import { signalRProvider, webPubSubProvider } from './arm/signalr-services.ts'
import { mysqlSingleServers, postgresSingleServers } from './arm/single-servers.ts'
import { sqlServers } from './arm/sql-servers.ts'
import { isStorageAccount, moveKeys, removeStorageAccount } from './arm/storage-account.ts'
import { storageAccounts } from './arm/storage-accounts.ts'
import { subscriptionsProvider } from './arm/subscriptions.ts'
import { tagsProvider } from './arm/tags.ts'
import { userAssignedIdentities } from './arm/user-assigned-identities.ts'
import { isIdentity, removeIdentity } from './arm/user-assigned-identity.ts'
import { vaults } from './arm/vaults.ts'
import type { Kubernetes } from './kubernetes/kubernetes.ts'

export const providersOf = (kubernetes: Kubernetes): readonly Provider[] => [
  operationsProvider,
  subscriptionsProvider,
  resourceGroups((world, resource) => {
    if (isCluster(resource)) return removeCluster(world, resource, kubernetes)
    if (isStorageAccount(resource)) return removeStorageAccount(world, resource.id)
    if (isIdentity(resource)) removeCredentialsOf(world, resource.id)
    return isIdentity(resource) ? removeIdentity(world, resource) : removeResource(world, resource.id)
  }),
  moveResources({
    'microsoft.storage/storageaccounts': moveKeys,
    'microsoft.documentdb/databaseaccounts': moveCosmosKeys,
    'microsoft.keyvault/vaults': () => {},
    'microsoft.network/publicipaddresses': () => {},
  }),
  tagsProvider({ 'microsoft.containerservice/managedclusters': (call, cluster, tags) => void changeTags(call, cluster as Cluster, tags) }),
  managedClusters(kubernetes),
  identityBindings,
  extensionsProvider,
  fluxConfigurations,
  serviceLinker,
  userAssignedIdentities,
  federatedCredentialsProvider(),
  roleAssignmentsProvider,
  roleAssignmentSchedulesProvider,
  permissionsProvider,
  locksProvider,
  denyAssignmentsProvider,
  roleDefinitionsProvider,
  storageAccounts(),
  cosmosAccounts(),
  network,
  vaults(),
  components,
  configurationStores,
  redisClusters,
  redisCaches(),
  serviceBusNamespaces,
  eventHubsNamespaces,
  signalRProvider,
  webPubSubProvider,
  cognitiveAccounts,
  postgresServers(),
  mysqlServers(),
  sqlServers(),
  postgresSingleServers(),
  mysqlSingleServers(),
  resourceGraph(),
]
