// What the steps know of Microsoft.ContainerService/managedClusters and the addresses around it. All calls use one api-version: only raw JSON of the
// same version can be read, changed and written back without loss (docs/azure-behaviour.md#sdks-drop-unknown-fields).
import * as z from 'zod'
import { addons } from '../../model/addon-identity.ts'
import { inShape } from '../../model/answer-shape.ts'
import type { ClusterFacts } from '../../model/facts.ts'

export const clusterApi = '2026-06-01'
export const networkApi = '2024-05-01'

/**
 * These three are final; every other state, known or not, means that an operation is in progress
 * (docs/azure-behaviour.md#provisioning-states-are-open).
 */
const terminal = new Set(['Succeeded', 'Failed', 'Canceled'])

const ids = z.array(z.looseObject({ id: z.string() })).nullish()
const identity = z.looseObject({ resourceId: z.string().nullish(), clientId: z.string().nullish(), objectId: z.string().nullish() })
const assigned = z.looseObject({ clientId: z.string().nullish(), principalId: z.string().nullish() })
const schema = z.looseObject({
  location: z.string(),
  eTag: z.string().nullish(),
  tags: z.record(z.string(), z.string()).nullish(),
  identity: z
    .looseObject({
      tenantId: z.string().nullish(),
      principalId: z.string().nullish(),
      userAssignedIdentities: z.record(z.string(), assigned.nullish()).nullish(),
    })
    .nullish(),
  properties: z.looseObject({
    resourceUID: z.string().nullish(),
    provisioningState: z.string().nullish(),
    powerState: z.looseObject({ code: z.string().nullish() }).nullish(),
    fqdn: z.string().nullish(),
    publicNetworkAccess: z.string().nullish(),
    privateFQDN: z.string().nullish(),
    nodeResourceGroup: z.string().nullish(),
    aadProfile: z.looseObject({ tenantID: z.string().nullish() }).nullish(),
    oidcIssuerProfile: z.looseObject({ enabled: z.boolean().nullish(), issuerURL: z.string().nullish() }).nullish(),
    securityProfile: z.looseObject({ workloadIdentity: z.looseObject({ enabled: z.boolean().nullish() }).nullish() }).nullish(),
    identityProfile: z.record(z.string(), identity.nullish()).nullish(),
    addonProfiles: z
      .record(z.string(), z.looseObject({ enabled: z.boolean().nullish(), identity: identity.nullish() }).nullish())
      .nullish(),
    servicePrincipalProfile: z.looseObject({ clientId: z.string().nullish() }).nullish(),
    ingressProfile: z.looseObject({ webAppRouting: z.looseObject({ identity: identity.nullish() }).nullish() }).nullish(),
    apiServerAccessProfile: z
      .looseObject({
        enablePrivateCluster: z.boolean().nullish(),
        enableVnetIntegration: z.boolean().nullish(),
        disableRunCommand: z.boolean().nullish(),
        authorizedIPRanges: z.array(z.string()).nullish(),
      })
      .nullish(),
    networkProfile: z
      .looseObject({
        outboundType: z.string().nullish(),
        loadBalancerProfile: z.looseObject({ effectiveOutboundIPs: ids }).nullish(),
        natGatewayProfile: z.looseObject({ effectiveOutboundIPs: ids }).nullish(),
      })
      .nullish(),
    agentPoolProfiles: z
      .array(
        z.looseObject({
          provisioningState: z.string().nullish(),
          vnetSubnetID: z.string().nullish(),
          podSubnetID: z.string().nullish(),
          nodeTaints: z.array(z.string()).nullish(),
        }),
      )
      .nullish(),
  }),
})

export type ManagedCluster = z.infer<typeof schema>
export const managedCluster = (body: unknown): ManagedCluster => inShape(schema, body)

/** A cluster that reads Succeeded while one of its pools is updated still refuses every change. */
export function isBusy({ properties }: ManagedCluster): boolean {
  if (!terminal.has(properties.provisioningState ?? '')) return true
  return (properties.agentPoolProfiles ?? []).some(({ provisioningState: state }) => state != null && !terminal.has(state))
}

/** No pod without tolerations can then be scheduled. https://learn.microsoft.com/azure/aks/use-system-pools */
export function isForCriticalAddonsOnly({ properties }: ManagedCluster): boolean {
  const pools = properties.agentPoolProfiles ?? []
  const isTainted = (taint: string): boolean => /^CriticalAddonsOnly(=|:|$)/.test(taint) && !taint.endsWith(':PreferNoSchedule')
  return pools.length > 0 && pools.every(({ nodeTaints }) => (nodeTaints ?? []).some(isTainted))
}

/** Outbound types whose addresses ARM knows; for all others only the cluster's owner does (docs/azure-behaviour.md#outbound-addresses). */
export const tellsEgress = (outboundType: string): boolean => /^(loadBalancer|managedNATGateway|userAssignedNATGateway)/i.test(outboundType)

/** Outbound types for which AKS sets up no egress at all: https://learn.microsoft.com/azure/aks/concepts-network-isolated */
export const hasNoWayOut = (outboundType: string): boolean => /^(none|block)$/i.test(outboundType)

export function outboundOf({ properties }: ManagedCluster): ClusterFacts['outbound'] {
  const profile = properties.networkProfile
  const type = profile?.outboundType ?? 'loadBalancer'
  const profileOfType = /^loadBalancer$/i.test(type)
    ? profile?.loadBalancerProfile
    : /^managedNATGateway/i.test(type)
      ? profile?.natGatewayProfile
      : undefined
  // Pods with their own subnet leave by that subnet's gateway, everything else by that of the nodes.
  const pools = (properties.agentPoolProfiles ?? []).flatMap(({ vnetSubnetID: nodes, podSubnetID: pods }) => [nodes, pods])
  const subnets = profileOfType ? [] : sorted(pools.filter((subnet) => subnet != null))
  const ids = sorted((profileOfType?.effectiveOutboundIPs ?? []).map(({ id }) => id))
  return { type, ids, ...(subnets.length > 0 ? { subnets } : {}) }
}

/**
 * Pods with their own subnet leave by it, all others by that of their nodes. A pool without one is in the network that AKS created in the node group.
 */
export function subnetsOf({ properties }: ManagedCluster, nodeGroup: string | undefined): readonly string[] | undefined {
  const pools = properties.agentPoolProfiles ?? []
  if (pools.length === 0) return undefined
  const subnets = pools.map(({ vnetSubnetID: nodes, podSubnetID: pods }) => pods ?? nodes ?? nodeGroup)
  return subnets.includes(undefined) ? undefined : sorted(subnets.filter((subnet) => subnet !== undefined))
}

/** Identities of enabled add-ons that connections can use; `undefined`: none. */
export function addonsOf({ addonProfiles }: Pick<ManagedCluster['properties'], 'addonProfiles'>): ClusterFacts['addons'] {
  const known = Object.entries(addonProfiles ?? {}).flatMap(([profile, addon]) => {
    const name = addons.find((one) => one.toLowerCase() === profile.toLowerCase())
    const { clientId, objectId } = addon?.identity ?? {}
    if (!name || addon?.enabled !== true || !clientId || !objectId) return []
    return [[name, { clientId: clientId.toLowerCase(), principalId: objectId.toLowerCase() }] as const]
  })
  return known.length > 0 ? Object.fromEntries(known) : undefined
}

/** The identity of its nodes. `undefined`: a service principal. https://learn.microsoft.com/azure/aks/use-managed-identity */
export function kubeletOf({ identityProfile }: Pick<ManagedCluster['properties'], 'identityProfile'>): ClusterFacts['kubelet'] {
  const { clientId, objectId } = identityProfile?.['kubeletidentity'] ?? {}
  return clientId && objectId ? { clientId: clientId.toLowerCase(), principalId: objectId.toLowerCase() } : undefined
}

/** All ids of its own identities: a connection using one would act as the cluster's management, or as an add-on. */
export function systemIdentitiesOf({ identity: own, properties }: ManagedCluster): readonly string[] {
  const { identityProfile, addonProfiles, ingressProfile, servicePrincipalProfile } = properties
  const others = [
    ...Object.values(identityProfile ?? {}),
    ...Object.values(addonProfiles ?? {}).map((addon) => addon?.identity),
    ingressProfile?.webAppRouting?.identity,
  ]
  const ids = [
    own?.principalId,
    ...Object.entries(own?.userAssignedIdentities ?? {}).flatMap(([id, its]) => [id, its?.clientId, its?.principalId]),
    ...others.flatMap((its) => [its?.resourceId, its?.clientId, its?.objectId]),
    // `msi` means none: https://learn.microsoft.com/azure/aks/use-managed-identity
    servicePrincipalProfile?.clientId === 'msi' ? undefined : servicePrincipalProfile?.clientId,
  ]
  return sorted(ids.flatMap((id) => (id ? [id] : [])))
}

const sorted = (texts: readonly string[]): readonly string[] => [...new Set(texts.map((text) => text.toLowerCase()))].sort()
