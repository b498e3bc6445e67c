// How a step reaches a cluster: one adapter for each transport. The extension asks ARM to write, and reads directly where it can.
import { extensionTransport } from './azure/extension-transport.ts'
import { type FluxStore, fluxTransport } from './azure/flux-transport.ts'
import { peeking } from './azure/unless-there.ts'
import type { ClusterAccess } from './kubernetes/clusters.ts'
import { manifestOf } from './kubernetes/manifest.ts'
import { defaultTransport, type TransportName } from './model/connection.ts'
import type { Loop } from './model/loop.ts'
import type { Problem } from './model/problem.ts'
import type { Arm } from './ports/azure.ts'
import type { Transport } from './ports/kubernetes.ts'
import type { Ports } from './ports/ports.ts'

/** The transport `run-command` of a cluster. */
export type ByCommand = (cluster: Loop<'cluster'>) => Transport

export const reachWith =
  (
    clusters: Pick<ClusterAccess, 'transport'>,
    byCommand: ByCommand,
    flux: FluxStore | undefined,
    installation: string,
    now: () => number,
  ) =>
  (arm: Arm): Ports['kubernetes'] =>
  async (cluster, fqdn, through = defaultTransport) => {
    const direct = () => clusters.transport(cluster, fqdn)
    const adapters: Readonly<Record<TransportName, () => Transport | Promise<Transport | Problem>>> = {
      direct,
      'run-command': () => byCommand(cluster),
      flux: () => fluxTransport({ arm, store: flux, cluster, installation, manifestOf, peek: peeking(direct) }),
      extension: () => extensionTransport(arm, cluster, installation, now, peeking(direct)),
    }
    return await adapters[through]()
  }
