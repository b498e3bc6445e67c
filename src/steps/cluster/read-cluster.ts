// Reads the cluster, even while it is busy or stopped. All others know clusters only by these facts.

import { featuresOf } from '../../auth/catalogue.ts'
import { missing, notMissing } from '../../contract/missing.ts'
import type { Step } from '../../contract/step.ts'
import type { ClusterFacts } from '../../model/facts.ts'
import { lackingIn } from '../../model/feature.ts'
import type { Fault } from '../../model/problem.ts'
import { resourceId } from '../../model/resource-id.ts'
import type { View } from '../../model/view.ts'
import { minute, nameOf, timeText } from '../../model/words.ts'
import {
  addonsOf,
  clusterApi,
  isBusy,
  isForCriticalAddonsOnly,
  kubeletOf,
  type ManagedCluster,
  managedCluster,
  outboundOf,
  subnetsOf,
  systemIdentitiesOf,
} from './cluster-api.ts'

export const readCluster: Step<'cluster'> = {
  name: 'read-cluster',
  loop: 'cluster',
  after: [],
  reads: [],
  // What enable-features has turned on can now be read.
  inputs: (view) => view.tracked('enable-features').flatMap(({ ownership, object }) => (ownership === 'ours' ? object.id : [])),
  desired: () => ({ objects: [] }),
  async observe(view, _what, ports) {
    const body = await ports.arm.get(view.loop.id, clusterApi)
    if (body === undefined) {
      // Connections go with their cluster, whatever their origin: so it has the same grace period as a vanished tag.
      const { goneAfterMs, graceMs, massGraceMs: atMostMs } = view.installation
      const times = { now: view.now, afterMs: goneAfterMs + graceMs, atMostMs }
      const { until, ...absence } = await missing(view.facts, times, () => ports.isListed(view.loop.id))
      const about = { cluster: nameOf(view.loop), until: timeText(until) }
      return {
        observed: [],
        found: undefined,
        ...absence,
        faults: [{ code: absence.facts.gone ? 'ClusterGone' : 'ClusterMissing', about }],
      }
    }
    const facts = clusterFacts(managedCluster(body), view.loop.id)
    const nextRunAt = nextRun(facts, view)
    const stopped: Fault = { code: 'ClusterStopped', about: { cluster: nameOf(view.loop), id: view.loop.id } }
    return {
      observed: [],
      found: undefined,
      facts: { ...facts, ...notMissing },
      // No pod runs in it, and none of the app's objects can be read.
      faults: facts.running || view.members.length === 0 ? [] : [stopped],
      ...(nextRunAt === undefined ? {} : { nextRunAt }),
    }
  },
}

/** The facts that only ARM knows; an absent one is named, so that it deletes the former one. */
type Read = Pick<
  ClusterFacts,
  'location' | 'uid' | 'running' | 'state' | 'busy' | 'workloadIdentity' | 'systemIdentities' | 'outbound' | 'tags'
> & {
  readonly [P in
    | 'fqdn'
    | 'apiServerInVnet'
    | 'nodeGroup'
    | 'addons'
    | 'issuer'
    | 'tenant'
    | 'criticalOnly'
    | 'kubelet'
    | 'subnets'
    | 'apiServer'
    | 'commands']: ClusterFacts[P] | undefined
}

export function clusterFacts(cluster: ManagedCluster, id: string): Read {
  const { properties } = cluster
  const issuer = properties.oidcIssuerProfile?.enabled ? (properties.oidcIssuerProfile.issuerURL ?? undefined) : undefined
  const nodeGroup = properties.nodeResourceGroup ?? undefined
  const nodeGroupId = nodeGroup && `/subscriptions/${resourceId(id).subscription}/resourceGroups/${nodeGroup}`
  const isPrivate = properties.apiServerAccessProfile?.enablePrivateCluster === true
  const hasRanges = (properties.apiServerAccessProfile?.authorizedIPRanges ?? []).length > 0
  const fqdn = (isPrivate ? properties.privateFQDN : properties.fqdn) ?? properties.fqdn ?? undefined
  return {
    location: cluster.location.toLowerCase().replaceAll(' ', ''),
    // The host name has a random part, so a cluster recreated under the same id has a different one. The issuer can come later.
    uid: properties.resourceUID ?? fqdn ?? issuer ?? '',
    fqdn,
    nodeGroup,
    apiServer: isPrivate || /^disabled$/i.test(properties.publicNetworkAccess ?? '') ? 'private' : hasRanges ? 'ranges' : undefined,
    commands: !properties.aadProfile ? 'as administrator' : properties.apiServerAccessProfile?.disableRunCommand ? 'off' : undefined,
    apiServerInVnet: properties.apiServerAccessProfile?.enableVnetIntegration === true ? true : undefined,
    running: properties.powerState?.code !== 'Stopped',
    state: properties.provisioningState ?? 'Unknown',
    busy: isBusy(cluster),
    issuer,
    workloadIdentity: properties.securityProfile?.workloadIdentity?.enabled === true,
    tenant: cluster.identity?.tenantId ?? properties.aadProfile?.tenantID ?? undefined,
    systemIdentities: systemIdentitiesOf(cluster),
    addons: addonsOf(properties),
    criticalOnly: isForCriticalAddonsOnly(cluster) ? true : undefined,
    kubelet: kubeletOf(properties),
    outbound: outboundOf(cluster),
    subnets: subnetsOf(cluster, nodeGroupId),
    tags: Object.fromEntries(Object.entries(cluster.tags ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))),
  }
}

/** Events report most changes, but not the end of every operation, and they can get lost: what members wait for is read again. */
function nextRun(facts: Read, view: View<'cluster'>): number | undefined {
  if (view.members.length + view.readers.length === 0) return undefined
  const lacksFeature = view.members.some((member) => lackingIn(facts, featuresOf(member)).length > 0)
  if (!facts.running) return view.now + (facts.busy ? 5 : 15) * minute
  return facts.busy || lacksFeature ? view.now + 5 * minute : undefined
}
