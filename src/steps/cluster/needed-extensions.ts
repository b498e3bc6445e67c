// Which cluster extensions a connection needs: for its transport, or to bring the content of its target into the namespace.

import type { ClusterExtensionName } from '../../model/cluster-extension.ts'
import type { ConnectionSpec } from '../../model/connection.ts'
import { targetOf } from '../../targets/catalogue.ts'
import { transportTypeOf } from '../../transports/catalogue.ts'

type Of = Pick<ConnectionSpec, 'transport' | 'type' | 'kubernetesExtension'>

/** `transport`: what `auto` has come to. */
export const extensionsOf = (connection: Of): readonly ClusterExtensionName[] => {
  const { extension } = transportTypeOf(connection)
  return [...(extension ? [extension] : []), ...bringing(connection)]
}

/** The one that brings the content of its target. */
export function bringing({ kubernetesExtension, type }: Pick<Of, 'type' | 'kubernetesExtension'>): readonly ClusterExtensionName[] {
  const name = kubernetesExtension ? targetOf(type)?.kubernetesExtension : undefined
  return name ? [name] : []
}
