// Consent: who may be connected to what. One function decides for every handler and every loop; without a policy nothing is allowed. One policy has
// to cover the whole connection: two that cover half of it each do not add up.
import { authTypeOf } from '../auth/catalogue.ts'
import { addonPrefix, shortAddon } from '../model/addon-identity.ts'
import { type ConnectionSpec, defaultTransport } from '../model/connection.ts'
import { rulesOf } from '../model/egress.ts'
import { endpointOf, endpointPrefix, shortEndpoint } from '../model/endpoint-target.ts'
import { defaultFederation, federationOf } from '../model/federation.ts'
import { grantRespelled } from '../model/grant.ts'
import { identityKindOf } from '../model/identity-kind.ts'
import type { Allow, Policy } from '../model/policy.ts'
import type { Fault } from '../model/problem.ts'
import { sameId, short } from '../model/resource-id.ts'
import { shortKeptSecret } from '../model/secret-ref.ts'
import { principalPrefix, shortPrincipal } from '../model/service-principal.ts'
import { matchesWildcard } from '../model/wildcard.ts'
import { transportTypeOf } from '../transports/catalogue.ts'
import { type Guards, guardedAgainst } from './guards.ts'
import { waysFor } from './ways.ts'

export type Consent = { readonly by: string } | { readonly refused: Fault }

/** Kubernetes reserves the prefix `kube-`; the others belong to AKS, its add-ons and extensions. */
const systemNamespaces = new Set([
  'sc-system',
  'gatekeeper-system',
  'app-routing-system',
  'aks-command',
  'aks-istio-system',
  'aks-istio-ingress',
  'aks-istio-egress',
  'azappconfig-system',
  'azure-arc',
  'azure-extensions-usage-system',
  'azure-workload-identity-system',
  'calico-system',
  'tigera-operator',
  'dapr-system',
  'flux-system',
  'dataprotection-microsoft',
  'cluster-config-agent',
])
export const isSystemNamespace = (namespace: string): boolean => {
  const name = namespace.toLowerCase()
  return name.startsWith('kube-') || systemNamespaces.has(name)
}

/** `defaults`: texts of the default grants of the target's type; they need no listing. Others do. */
export function allowed(connection: ConnectionSpec, policies: readonly Policy[], defaults: readonly string[], guards: Guards): Consent {
  if (isSystemNamespace(connection.namespace)) return { refused: { code: 'SystemNamespace', about: { namespace: connection.namespace } } }
  const guarded = guardedAgainst(connection, guards)
  if (guarded) return { refused: guarded }
  const places = placesFor(connection, policies, defaults)
  const policy = places.find(({ allow }) => coversIdentity(connection, allow))
  if (policy) return { by: policy.name }
  const identity = providedIdentity(connection)
  if (identity !== undefined && places.length > 0) return { refused: { code: 'ProvidedIdentityNotAllowed', about: { identity } } }
  const extra = beyond(connection.roles, defaults)
  const about = {
    cluster: short(connection.cluster.id),
    target: shortTarget(connection),
    namespace: connection.namespace,
    auth: connection.auth,
    ...(extra.length > 0 ? { roles: extra.join(', ') } : {}),
    ...(identity === undefined ? {} : { identity }),
    ...(connection.federation ? { federation: connection.federation } : {}),
    ...(connection.keptSecret ? { secret: shortKeptSecret(connection.keptSecret) } : {}),
    ...(connection.transport === defaultTransport ? {} : { transport: waysFor(connection).join(', ') }),
    ...(transportTypeOf(connection).changesCluster ? { changeClusters: 'true' } : {}),
  }
  return { refused: { code: 'NotAllowed', about } }
}

/** Whether any connection into this namespace could be allowed: only there may an invalid tag be reported. */
export const namespaceAllowed = (clusterId: string, namespace: string, policies: readonly Policy[]): boolean =>
  !isSystemNamespace(namespace) &&
  policies.some(({ allow }) => covers(allow.clusters, short(clusterId)) && covers(allow.namespaces, namespace))

/** The caller over HTTP: client id, object id and group ids, lower case. */
export type CallerIds = ReadonlySet<string>

/**
 * Whether a caller may put, read or delete the connection, as far as policies name callers. If no policy covers it any more, every caller with the
 * app role may: it is about to be removed.
 */
export function callerRefused(
  connection: ConnectionSpec,
  policies: readonly Policy[],
  defaults: readonly string[],
  caller: CallerIds,
): Fault | undefined {
  const covering = placesFor(connection, policies, defaults).filter(({ allow }) => coversIdentity(connection, allow))
  const admits = ({ allow }: Policy): boolean => allow.callers?.some((id) => caller.has(id.toLowerCase())) ?? true
  if (covering.length === 0 || covering.some(admits)) return undefined
  return { code: 'CallerNotAllowed', about: { name: connection.name, policies: covering.map(({ name }) => name).join(', ') } }
}

const placesFor = (connection: ConnectionSpec, policies: readonly Policy[], defaults: readonly string[]): readonly Policy[] =>
  policies.filter(
    (policy) =>
      coversPlace(connection, policy) && coversRoles(connection, policy.allow, defaults) && coversOrigin(connection, policy.allow),
  )

/** Whether a person may be given the roles of the connection, to develop against its target. */
export const mayDevelop = (connection: ConnectionSpec, policies: readonly Policy[], principal: string): boolean =>
  policies.some(
    (policy) =>
      coversPlace(connection, policy) && (policy.allow.developers ?? []).some((one) => one.toLowerCase() === principal.toLowerCase()),
  )

/** Whether settings of the cluster itself (OIDC issuer, workload identity) may be changed for its members. */
export const mayChangeCluster = (clusterId: string, policies: readonly Policy[]): boolean =>
  policies.some(({ allow }) => allow.changeClusters === true && covers(allow.clusters, short(clusterId)))

/** Whether commands may run in the cluster through Azure. */
export const mayCommand = (clusterId: string, policies: readonly Policy[]): boolean =>
  policies.some(({ allow }) => (allow.transports ?? []).includes('run-command') && covers(allow.clusters, short(clusterId)))

/** The addresses that policies list for a cluster, as firewall rules: those of a firewall or appliance that Azure does not report. */
export const policyEgress = (clusterId: string, policies: readonly Policy[]): readonly string[] => {
  const provided = policies.flatMap(({ allow }) => (covers(allow.clusters, short(clusterId)) ? (allow.egress ?? []) : []))
  return [...new Set(provided.flatMap(rulesOf))].sort()
}

/**
 * Whether the keys of its target may be rotated for this connection. `caller`: the one who requests it; absent: as far as it is not a matter of the
 * caller.
 */
export const mayRotateKeys = (connection: ConnectionSpec, policies: readonly Policy[], caller?: CallerIds): boolean =>
  policies.some(
    (policy) =>
      policy.allow.rotateKeys === true &&
      coversPlace(connection, policy) &&
      (caller === undefined || (policy.allow.callers?.some((id) => caller.has(id.toLowerCase())) ?? true)),
  )

/** Whether objects made by others may be taken over for this connection if they differ. */
export const mayAdopt = (connection: ConnectionSpec, policies: readonly Policy[]): boolean =>
  policies.some((policy) => policy.allow.adopt === true && coversPlace(connection, policy) && coversIdentity(connection, policy.allow))

const coversPlace = (connection: ConnectionSpec, { allow, from }: Policy): boolean =>
  // The pattern of a consent by tag has neither the type nor the child of the resource that gives it.
  (from === undefined || sameId(connection.target.id, from)) &&
  covers(allow.clusters, short(connection.cluster.id)) &&
  coversTarget(connection, allow) &&
  covers(allow.namespaces, connection.namespace) &&
  covers(allow.auth, connection.auth) &&
  coversFederation(connection, allow) &&
  coversSecret(connection, allow) &&
  coversTransport(connection, allow) &&
  // It is installed for the whole cluster.
  (!connection.kubernetesExtension || allow.changeClusters === true)

export const shortTarget = ({ target }: ConnectionSpec): string => {
  const endpoint = endpointOf(target)
  return endpoint ? shortEndpoint(endpoint) : short(target.id)
}

const coversTarget = (connection: ConnectionSpec, allow: Allow): boolean => {
  const target = shortTarget(connection)
  return covers(
    allow.targets.filter((pattern) => wordOf(pattern) === wordOf(target)),
    target,
  )
}

const coversFederation = (connection: ConnectionSpec, allow: Allow): boolean =>
  !authTypeOf(connection).serviceAccount || (allow.federation ?? [defaultFederation]).includes(federationOf(connection))

const coversSecret = ({ keptSecret }: ConnectionSpec, allow: Allow): boolean =>
  keptSecret === undefined || covers(allow.secrets ?? [], shortKeptSecret(keptSecret))

const coversTransport = (connection: ConnectionSpec, allow: Allow): boolean =>
  waysFor(connection).some(
    (transport) =>
      (allow.transports ?? [defaultTransport]).includes(transport) &&
      (!transportTypeOf({ transport }).changesCluster || allow.changeClusters === true),
  )

/**
 * A tag has no caller: anyone with the right to tag could have written it. A rule of a policy has none either, but its author may write policies, and
 * so may name any caller.
 */
const coversOrigin = ({ origin }: ConnectionSpec, allow: Allow): boolean =>
  origin === 'http' || origin === 'policy' || allow.callers === undefined

const coversRoles = (connection: ConnectionSpec, allow: Allow, defaults: readonly string[]): boolean =>
  beyond(connection.roles, defaults).every((role) => covers((allow.roles ?? []).map(grantRespelled), role))

const coversIdentity = (connection: ConnectionSpec, allow: Allow): boolean => {
  const identity = providedIdentity(connection)
  if (identity === undefined) return true
  return covers(
    (allow.identities ?? []).filter((pattern) => wordOf(pattern) === wordOf(identity)),
    identity,
  )
}

/** The word that stands before what is not an ARM resource: a pattern must begin with it, and `*` does not stand for it. */
const wordOf = (text: string): string | undefined =>
  [principalPrefix, addonPrefix, endpointPrefix].find((word) => text.toLowerCase().startsWith(`${word.toLowerCase()}/`))

export const providedIdentity = ({ provided, identity, servicePrincipal }: ConnectionSpec): string | undefined => {
  if (servicePrincipal) return shortPrincipal(servicePrincipal)
  if (!provided || !identity) return undefined
  return identityKindOf(identity) === 'addon' ? shortAddon(identity) : short(identity.id)
}

export const beyond = (roles: readonly string[], defaults: readonly string[]): readonly string[] =>
  roles.filter((role) => !defaults.some((one) => one.toLowerCase() === role.toLowerCase()))

const covers = (patterns: readonly string[], text: string): boolean => patterns.some((pattern) => matches(pattern, text))

/** Whole texts, ignoring case; `*` stands for any run of characters except `/`. Linear for any pattern. */
export function matches(pattern: string, text: string): boolean {
  const patterns = pattern.split('/')
  const parts = text.split('/')
  return patterns.length === parts.length && patterns.every((part, index) => matchesWildcard(part, parts[index] ?? ''))
}
