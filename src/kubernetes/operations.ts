// What the client calls for each kind that loops own: one row a kind. The client has a method for every verb and kind; its generic API would ask the server for
// its list of resources first (https://github.com/kubernetes-client/javascript/blob/main/src/object.ts).
import type { ManagedKind } from '../model/kubernetes-kind.ts'
import { secret } from '../model/secret.ts'
import type { ClusterClient } from './client.ts'
import { customOperations } from './custom.ts'
import { applying, metadataOnly } from './headers.ts'
import type { Operations } from './object-operations.ts'

/** What objects of all kinds need of a client. */
export type ObjectApis = Pick<ClusterClient, 'core' | 'rbac' | 'custom' | 'apis'>

export const operationsOf = ({ core, rbac, ...others }: ObjectApis): Readonly<Record<ManagedKind, Operations>> => ({
  Secret: {
    async read(at, whole) {
      if (!whole) return { metadata: (await core.readNamespacedSecret(at, metadataOnly())).metadata }
      const { metadata, type, data, immutable } = await core.readNamespacedSecret(at)
      return { metadata, type, data: secret(data ?? {}), immutable }
    },
    patch: (options) => core.patchNamespacedSecretWithHttpInfo(options, applying()),
    remove: (options) => core.deleteNamespacedSecret(options),
  },
  ServiceAccount: {
    read: async (at) => ({ metadata: (await core.readNamespacedServiceAccount(at)).metadata }),
    patch: (options) => core.patchNamespacedServiceAccountWithHttpInfo(options, applying()),
    remove: (options) => core.deleteNamespacedServiceAccount(options),
  },
  ClusterRole: {
    async read(at) {
      const { metadata, rules } = await rbac.readClusterRole(at)
      return { metadata, fields: { rules } }
    },
    patch: (options) => rbac.patchClusterRoleWithHttpInfo(options, applying()),
    remove: (options) => rbac.deleteClusterRole(options),
  },
  ClusterRoleBinding: {
    async read(at) {
      const { metadata, roleRef, subjects } = await rbac.readClusterRoleBinding(at)
      return { metadata, fields: { roleRef, subjects } }
    },
    patch: (options) => rbac.patchClusterRoleBindingWithHttpInfo(options, applying()),
    remove: (options) => rbac.deleteClusterRoleBinding(options),
  },
  Component: customOperations('Component', others.custom),
  SecretProviderClass: customOperations('SecretProviderClass', others.custom),
  AzureAppConfigurationProvider: customOperations('AzureAppConfigurationProvider', others.custom),
})
