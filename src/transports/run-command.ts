// kubectl in a pod that AKS starts in the cluster on request: for clusters whose API server the app cannot reach (docs/transports.md). A token would come
// back in the output, which Azure keeps, and a status is not worth a pod: so there is neither.
import type { TransportType } from './transport-type.ts'

export const runCommandTransport: TransportType<'run-command'> = {
  name: 'run-command',
  can: { observe: true, call: false, publish: false, tokens: false },
  carries: 'everything',
  changes: 'together',
  changesCluster: false,
  prerequisites: [],
  tier: 'run-command',
}
