// The cluster extension of Azure Service Connector: for clusters whose API server the app cannot reach (docs/transports.md). Nothing is read back.
import type { TransportType } from './transport-type.ts'

export const extensionTransport: TransportType<'extension'> = {
  name: 'extension',
  can: { observe: false, call: false, publish: false, tokens: false },
  carries: 'plain Secrets and ServiceAccounts',
  changes: 'operation',
  changesCluster: true,
  prerequisites: ['register-provider', 'install-extension'],
  extension: 'service-connector',
  tier: 'extension',
}
