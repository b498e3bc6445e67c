// Turns a spec and what is known of it into the body of a linker. No body in an answer contains a secret.
import { type Connection, linkerId } from '../model/connection.ts'
import type { ConnectionFacts, IdentityFacts } from '../model/facts.ts'
import { secretName, serviceAccountName } from '../model/names.ts'
import { resourceId } from '../model/resource-id.ts'

/** What is known of a connection besides its spec. */
export type LinkerState = {
  readonly provisioningState: string
  readonly facts: Partial<ConnectionFacts>
  readonly identity: Partial<IdentityFacts>
  readonly problems: readonly unknown[]
  readonly conditions?: readonly unknown[]
  readonly warning?: string | undefined
  /** Absent in lists. */
  readonly timeline?: readonly unknown[]
}

export function linkerOf(
  connection: Connection,
  { provisioningState, facts, identity, problems, conditions = [], warning, timeline }: LinkerState,
): object {
  const account =
    facts.serviceAccount ??
    (connection.auth === 'workload-identity' && identity.clientId ? serviceAccountName(identity.clientId) : undefined)
  return {
    id: linkerId(connection.cluster.id, connection.name),
    name: connection.name,
    type: 'microsoft.servicelinker/linkers',
    properties: {
      targetService: { type: 'AzureResource', id: connection.targetId },
      authInfo: wireAuth(connection, identity),
      clientType: connection.client,
      scope: connection.namespace,
      publicNetworkSolution: { action: connection.firewall === 'keep' ? 'optOut' : 'enable' },
      ...(connection.customizedKeys ? { configurationInfo: { action: 'enable', customizedKeys: connection.customizedKeys } } : {}),
      ...(connection.transport === 'direct' ? {} : { kubernetesTransport: connection.transport }),
      provisioningState,
      kubernetesResourceName: {
        secret: facts.secretName ?? secretName(connection.name),
        ...(account === undefined ? {} : { serviceAccount: account }),
      },
      origin: connection.origin,
      problems,
      ...(conditions.length > 0 ? { conditions } : {}),
      ...(warning === undefined ? {} : { warning }),
      ...(timeline === undefined ? {} : { timeline }),
    },
  }
}

function wireAuth(connection: Connection, identity: Partial<IdentityFacts>): object {
  if (connection.auth === 'secret') return { authType: 'secret', authMode: 'optInAllAuth' }
  const mode = connection.roles.length > 0 ? 'optInAllAuth' : 'optOutAllAuth'
  // Without the secret: if this is PUT again, the stored secret stays.
  if (connection.servicePrincipal)
    return { authType: 'servicePrincipalSecret', authMode: mode, ...connection.servicePrincipal, roles: connection.roles }
  // The client id of an identity that the app created is left out: PUT again, it would mean an identity that the author provides.
  const provided = connection.provided && connection.identity ? resourceId(connection.identity.id) : undefined
  return {
    authType: 'userAssignedIdentity',
    authMode: mode,
    ...(provided
      ? { identityId: provided.id, subscriptionId: provided.subscription, ...(identity.clientId ? { clientId: identity.clientId } : {}) }
      : {}),
    roles: connection.roles,
  }
}
