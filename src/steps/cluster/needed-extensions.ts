// Which cluster extensions a connection needs: for its transport, or to bring the content of its target into the namespace.

import type { ClusterExtensionName } from '../../model/cluster-extension.ts'
import type { ConnectionSpec } from '../../model/connection.ts'
import { targetOf } from '../../targets/catalogue.ts'
import { transportTypeOf } from '../../transports/catalogue.ts'

export function extensionsOf(
  connection: Pick<ConnectionSpec, 'transport' | 'type' | 'kubernetesExtension'>,
): readonly ClusterExtensionName[] {
  const bringing = connection.kubernetesExtension ? targetOf(connection.type)?.kubernetesExtension : undefined
  return [
    ...(transportTypeOf(connection).prerequisites.includes('install-extension') ? (['service-connector'] as const) : []),
    ...(bringing ? [bringing] : []),
  ]
}
