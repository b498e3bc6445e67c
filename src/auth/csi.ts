// The Key Vault add-on of the cluster, which mounts secrets of the vault into pods: it signs in with its own identity, for all pods of the cluster.
// https://learn.microsoft.com/azure/aks/csi-secrets-store-driver
import * as z from 'zod'
import type { AuthType } from './auth-type.ts'
import { anything, modeOf, parsedAs, rolesOf, withRoles } from './wire.ts'

const schema = z.strictObject({ ...withRoles, clientId: anything, subscriptionId: anything })

export const csiAuth: AuthType<'csi'> = {
  name: 'csi',
  identity: 'addon',
  addon: 'azureKeyvaultSecretsProvider',
  secret: 'none',
  features: ['key-vault-secrets-provider'],
  serviceAccount: false,
  // The nodes have its identity: https://learn.microsoft.com/azure/aks/csi-secrets-store-identity-access#access-with-managed-identity
  mounts: (clientId) => ({ usePodIdentity: 'false', useVMManagedIdentity: 'true', userAssignedIdentityID: clientId }),

  wire: {
    authType: 'userAssignedIdentity',
    resourceProperties: { type: 'KeyVault', connectAsKubernetesCsiDriver: true },
    schema,
    from(authInfo, addIssue) {
      const read = parsedAs(schema, authInfo, addIssue)
      if (!read) return { auth: 'csi' }
      if (read.clientId || read.subscriptionId)
        addIssue('authInfo.clientId', 'the add-on signs in with its own identity', 'leave out clientId and subscriptionId')
      return { auth: 'csi', ...rolesOf(read, addIssue) }
    },
    to: (connection) => ({ authType: 'userAssignedIdentity', authMode: modeOf(connection), roles: connection.roles }),
  },
}
