// Turns a spec and what is known of it into the body of a linker. No body in an answer contains a secret.
import { authTypeOf } from '../auth/catalogue.ts'
import { type Connection, defaultTransport, linkerId } from '../model/connection.ts'
import type { ConnectionFacts, IdentityFacts } from '../model/facts.ts'
import { configMapName, secretName, secretProviderClassName, serviceAccountName } from '../model/names.ts'
import { resourcePropertiesOf } from './resource-properties.ts'
import { targetServiceOf } from './target-service.ts'

/** What is known of a connection besides its spec. */
export type LinkerState = {
  readonly provisioningState: string
  readonly facts: Partial<ConnectionFacts>
  readonly identity: Partial<IdentityFacts>
  readonly problems: readonly unknown[]
  readonly conditions?: readonly unknown[]
  readonly warning?: string | undefined
  readonly systemData?: object
  /** This and the timeline: absent in lists. */
  readonly kubernetesResources?: readonly unknown[]
  readonly timeline?: readonly unknown[]
}

type Linker = {
  readonly id: string
  readonly name: string
  readonly type: string
  readonly systemData?: object
  readonly properties: Readonly<Record<string, unknown>>
}

export function linkerOf(
  connection: Connection,
  { provisioningState, facts, identity, problems, conditions = [], warning, systemData, kubernetesResources, timeline }: LinkerState,
): Linker {
  const type = authTypeOf(connection)
  const account = facts.serviceAccount ?? (type.serviceAccount && identity.clientId ? serviceAccountName(identity.clientId) : undefined)
  return {
    id: linkerId(connection.cluster.id, connection.name),
    name: connection.name,
    type: 'microsoft.servicelinker/linkers',
    ...(systemData ? { systemData } : {}),
    properties: {
      targetService: targetServiceOf(connection, resourcePropertiesOf(connection)),
      targetType: connection.type,
      authInfo: type.wire.to(connection, identity),
      clientType: connection.client,
      scope: connection.namespace,
      publicNetworkSolution: { action: connection.firewall === 'keep' ? 'optOut' : 'enable' },
      ...configurationOf(connection),
      ...(connection.vaultObjects ? { secretProviderClass: { objects: connection.vaultObjects } } : {}),
      ...(connection.transport === defaultTransport ? {} : { kubernetesTransport: connection.transport }),
      ...(facts.transport === undefined ? {} : { chosenTransport: facts.transport }),
      ...(connection.onDelete ? { onDelete: connection.onDelete } : {}),
      ...(connection.paused ? { paused: true } : {}),
      provisioningState,
      kubernetesResourceName: {
        secret: facts.secretName ?? secretName(connection.name),
        ...(facts.bindingSecret === undefined ? {} : { bindingSecret: facts.bindingSecret }),
        ...(facts.daprComponent === undefined ? {} : { daprComponent: facts.daprComponent }),
        ...(account === undefined ? {} : { serviceAccount: account }),
        ...(connection.vaultObjects ? { secretProviderClass: secretProviderClassName(connection.name) } : {}),
        ...(connection.kubernetesExtension ? { configMap: configMapName(connection.name) } : {}),
      },
      ...(kubernetesResources ? { kubernetesResources, manifest: `${linkerId(connection.cluster.id, connection.name)}/manifest` } : {}),
      origin: connection.origin,
      problems,
      ...(conditions.length > 0 ? { conditions } : {}),
      ...(warning === undefined ? {} : { warning }),
      ...(timeline === undefined ? {} : { timeline }),
    },
  }
}

function configurationOf(connection: Connection): object {
  const { customizedKeys, keyNaming, shape, dapr, additionalConfigurations, additionalConnectionStringProperties } = connection
  const given = {
    ...(customizedKeys ? { customizedKeys } : {}),
    ...(keyNaming ? { keyNaming } : {}),
    ...(shape ? { shape } : {}),
    ...(dapr ? { daprProperties: dapr } : {}),
    ...(additionalConfigurations ? { additionalConfigurations } : {}),
    ...(additionalConnectionStringProperties ? { additionalConnectionStringProperties } : {}),
  }
  return Object.keys(given).length > 0 ? { configurationInfo: { action: 'enable', ...given } } : {}
}
