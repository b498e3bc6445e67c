// A managed identity that trusts the ServiceAccount of the pods: no secret at all. https://learn.microsoft.com/azure/aks/workload-identity-overview
import * as z from 'zod'
import { resourceId } from '../model/resource-id.ts'
import type { AuthType } from './auth-type.ts'
import { modeOf, parsedAs, rolesOf, text, withRoles } from './wire.ts'

const schema = z.strictObject({
  ...withRoles,
  clientId: z.guid().nullish(),
  subscriptionId: z.guid().nullish(),
  /** The ARM id, where Azure Service Connector has only the client id. */
  identityId: text.nullish(),
  /** How the identity trusts the pods: Azure Service Connector has only federated credentials. */
  federation: text.nullish(),
})

export const workloadIdentityAuth: AuthType<'workload-identity'> = {
  name: 'workload-identity',
  identity: 'managed',
  secret: 'none',
  features: ['oidc-issuer', 'workload-identity'],
  serviceAccount: true,
  // The driver exchanges a token of the pod: https://learn.microsoft.com/azure/aks/csi-secrets-store-identity-access#access-with-workload-identity
  // By a binding it asks the proxy of the cluster: https://azure.github.io/secrets-store-csi-driver-provider-azure/docs/configurations/identity-access-modes/
  mounts: (clientId, isBound) => ({ usePodIdentity: 'false', clientID: clientId, ...(isBound ? { useAzureTokenProxy: 'true' } : {}) }),
  brings: ({ endpoint, serviceAccount }) => ({ endpoint, auth: { workloadIdentity: { serviceAccountName: serviceAccount } } }),

  wire: {
    authType: 'userAssignedIdentity',
    note: 'on AKS this is workload identity',
    schema,
    from(authInfo, addIssue) {
      const read = parsedAs(schema, authInfo, addIssue)
      if (!read) return {}
      const { clientId, subscriptionId, identityId, federation } = read
      if (subscriptionId && !clientId && !identityId)
        addIssue(
          'authInfo.clientId',
          'it is missing beside subscriptionId',
          'the client id of the identity; leave out both and an identity is made',
        )
      const ref = clientId ? { identityRef: { clientId, ...(subscriptionId ? { subscriptionId } : {}) } } : {}
      return {
        auth: 'workload-identity',
        ...(identityId ? { identity: identityId } : ref),
        ...(federation ? { federation } : {}),
        ...rolesOf(read, addIssue),
      }
    },
    to(connection, identity) {
      // The client id of an identity that the app made is left out: put again, it would mean an identity that the author provides.
      const provided = connection.provided && connection.identity ? resourceId(connection.identity.id) : undefined
      const named = provided && { identityId: provided.id, subscriptionId: provided.subscription }
      return {
        authType: 'userAssignedIdentity',
        authMode: modeOf(connection),
        ...named,
        ...(provided && identity.clientId ? { clientId: identity.clientId } : {}),
        ...(connection.federation ? { federation: connection.federation } : {}),
        roles: connection.roles,
      }
    },
  },
}
