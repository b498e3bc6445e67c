// The API server, called by the app itself (docs/transports.md).
import type { TransportType } from './transport-type.ts'

export const directTransport: TransportType<'direct'> = {
  name: 'direct',
  can: { observe: true, call: true, publish: true, tokens: true },
  carries: 'everything',
  changes: 'one by one',
  changesCluster: false,
  prerequisites: [],
  tier: 'clusters',
}
