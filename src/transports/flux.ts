// Flux in the cluster, which pulls what the app writes into blobs: for clusters whose API server the app cannot reach (docs/transports.md). What it carries
// lies in those blobs and in Flux's own storage, so it carries no secret.
import type { TransportType } from './transport-type.ts'

export const fluxTransport: TransportType<'flux'> = {
  name: 'flux',
  can: { observe: false, call: false, publish: false, tokens: false },
  carries: 'objects of namespaces',
  secretless: true,
  holds: true,
  changes: 'one by one',
  changesCluster: true,
  prerequisites: ['register-provider', 'install-extension', 'configure-flux'],
  extension: 'flux',
  tier: 'flux',
}
