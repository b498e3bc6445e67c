// How a step reaches a cluster: one adapter for each transport. The extension asks ARM to write, and reads directly where it can.
import { extensionTransport, peeking } from './azure/extension-transport.ts'
import type { ClusterAccess } from './kubernetes/clusters.ts'
import { defaultTransport, type TransportName } from './model/connection.ts'
import type { Loop } from './model/loop.ts'
import type { Problem } from './model/problem.ts'
import type { Arm } from './ports/azure.ts'
import type { Transport } from './ports/kubernetes.ts'
import type { Ports } from './ports/ports.ts'

/** The transport `run-command` of a cluster. */
export type ByCommand = (cluster: Loop<'cluster'>) => Transport

export const reachWith =
  (clusters: Pick<ClusterAccess, 'transport'>, byCommand: ByCommand, installation: string, now: () => number) =>
  (arm: Arm): Ports['kubernetes'] =>
  async (cluster, fqdn, through = defaultTransport) => {
    const direct = () => clusters.transport(cluster, fqdn)
    const adapters: Readonly<Record<TransportName, () => Transport | Promise<Transport | Problem>>> = {
      direct,
      'run-command': () => byCommand(cluster),
      extension: () => extensionTransport(arm, cluster, installation, now, peeking(direct)),
    }
    return await adapters[through]()
  }
