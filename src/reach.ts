// How a step reaches a cluster, by the transport of its connection. The extension asks ARM to write, and looks directly where it can.
import { extensionTransport, peeking } from './azure/extension-transport.ts'
import type { ClusterAccess } from './kubernetes/clusters.ts'
import type { Arm, Ports } from './ports/ports.ts'

export const reachWith =
  (clusters: Pick<ClusterAccess, 'transport'>, installation: string, now: () => number) =>
  (arm: Arm): Ports['kubernetes'] =>
  async (cluster, fqdn, through) => {
    const direct = () => clusters.transport(cluster, fqdn)
    return through === 'extension' ? extensionTransport(arm, cluster, installation, now, peeking(direct)) : await direct()
  }
