// The API server, called by the app itself (docs/transports.md).
import type { TransportType } from './transport-type.ts'

export const directTransport: TransportType<'direct'> = {
  name: 'direct',
  can: { observe: true, publish: true, tokens: true },
  slow: false,
  changesCluster: false,
  prerequisites: [],
  tier: 'clusters',
}
