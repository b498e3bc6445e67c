// What must be in place before a Secret is written: a pod that finds its Secret must be able to connect. The other loops are known by facts that say
// what they cover; what is missing is stated in words, so that the timeline shows who waits for what. Pure.

import { authTypeOf, featuresOf } from '../../auth/catalogue.ts'
import { clusterExtensions } from '../../model/cluster-extension.ts'
import type { Connection } from '../../model/connection.ts'
import { covers } from '../../model/egress.ts'
import { serviceIn } from '../../model/facts.ts'
import { lackingIn } from '../../model/feature.ts'
import { isBound } from '../../model/federation.ts'
import { grantName } from '../../model/grant.ts'
import { grantFactOf } from '../../model/grant-fact.ts'
import type { Loop } from '../../model/loop.ts'
import type { Need } from '../../model/managed-object.ts'
import { serviceAccountName, serviceAccountSubject } from '../../model/names.ts'
import type { Fault } from '../../model/problem.ts'
import type { StepName } from '../../model/step-name.ts'
import type { View } from '../../model/view.ts'
import { minute, nameOf } from '../../model/words.ts'
import { targetOf } from '../../targets/catalogue.ts'
import { resourceIn } from '../../targets/target-type.ts'
import { extensionReady } from '../cluster/extension-ready.ts'
import { readyIn } from '../cluster/extension-states.ts'
import { clusterFeatures } from '../cluster/features.ts'
import { bringing } from '../cluster/needed-extensions.ts'
import { transportFor } from '../cluster/transport-for.ts'
import { wayIn } from '../cluster/way-in.ts'
import { serviceAccountFact } from '../identity/trust.ts'
import { refusedBy } from './refused-by.ts'

/** `by`: the step that brings it. */
export type Missing = { readonly of: Loop; readonly by: StepName; readonly text: string }

export function readiness(
  self: Connection,
  view: View<'connection'>,
): { readonly needs: readonly Need[]; readonly faults: readonly Fault[] } {
  const extension = extensionOf(self, view)
  const refused = refusedBy(self, view)
  return {
    // A change of the fact wakes the loop; the scheduled run is for lost wakes.
    needs: missingFor(self, view).map(({ of, text }) => ({ of: [of], text: `waiting until ${text}`, nextRunAt: view.now + 10 * minute })),
    faults: [...(refused ? [refused] : []), ...('fault' in extension ? [extension.fault] : [])],
  }
}

export function missingFor(self: Connection, view: View<'connection'>): readonly Missing[] {
  const extension = extensionOf(self, view)
  return [
    ...ofCluster(self, view),
    ...ofContent(self, view),
    ...('text' in extension ? [{ of: self.cluster, by: extension.by, text: extension.text }] : []),
    ...ofTarget(self, view),
    ...(self.identity ? ofIdentity(self, self.identity, view) : []),
    ...ofSecret(self, view),
  ]
}

const extensionOf = (self: Connection, view: View<'connection'>) =>
  extensionReady({ ...self, transport: transportFor(self, view) }, view, view.tracked('write-resources')[0]?.object.summary)

function ofCluster(self: Connection, view: View<'connection'>): readonly Missing[] {
  const facts = view.of(self.cluster)
  const name = nameOf(self.cluster)
  if (facts.uid === undefined) return [{ of: self.cluster, by: 'read-cluster', text: `cluster ${name} has been read` }]
  // A missing issuer shows in the trust of the identity.
  const needed = featuresOf(self).filter((feature) => feature !== 'oidc-issuer')
  return lackingIn(facts, needed).map((feature) => ({
    of: self.cluster,
    by: 'enable-features',
    text: `${clusterFeatures[feature].words} is enabled on cluster ${name}`,
  }))
}

/** The extension that brings the content of the target; that of the transport is looked at above. */
function ofContent(self: Connection, view: View<'connection'>): readonly Missing[] {
  const needed = bringing(self).filter((name) => readyIn(view.of(self.cluster), name) !== 'ready')
  return needed.map((name) => ({
    of: self.cluster,
    by: 'install-extension',
    text: `${clusterExtensions[name].words} is installed and well on cluster ${nameOf(self.cluster)}`,
  }))
}

function ofTarget(self: Connection, view: View<'connection'>): readonly Missing[] {
  const { target } = self
  const facts = view.of(target)
  const { network, gone, missingSince, allowedIps = [] } = facts
  const [name, clusterName] = [nameOf(target), nameOf(self.cluster)]
  if (gone || missingSince !== undefined) return [{ of: target, by: 'read-target', text: `${name} is there again` }]
  if (serviceIn(facts, self.type) === undefined || network === undefined)
    return [{ of: target, by: 'read-target', text: `${name} has been read` }]
  if (network === 'open' || self.firewall === 'keep') return []
  if (network === 'closed') return [{ of: target, by: 'open-firewall', text: `${name} allows public network access` }]
  const cluster = view.of(self.cluster)
  const type = targetOf(self.type)
  const resource = type && resourceIn(type)
  const { byAddress, out } = resource ? wayIn(cluster, facts, resource.firewall) : { byAddress: true, out: [] }
  if (out.length > 0)
    return [{ of: target, by: 'open-firewall', text: `a virtual network rule of ${name} lets in the subnets of cluster ${clusterName}` }]
  if (!byAddress) return []
  if (!cluster.egressIps)
    return [{ of: self.cluster, by: 'resolve-egress', text: `the outbound addresses of cluster ${clusterName} are known` }]
  const missing = cluster.egressIps.filter((ip) => !covers(allowedIps, ip))
  if (missing.length === 0) return []
  return [{ of: target, by: 'open-firewall', text: `the firewall of ${name} lets in ${missing.join(', ')} of cluster ${clusterName}` }]
}

function ofSecret({ secret, keptSecret }: Connection, view: View<'connection'>): readonly Missing[] {
  const { storedSecret } = view.facts
  const isThere = keptSecret ? storedSecret !== undefined : !secret || storedSecret === secret.version
  if (isThere) return []
  return [{ of: view.loop, by: 'store-secret', text: 'the provided secret has been found in the Key Vault' }]
}

function ofIdentity(self: Connection, identity: Loop<'identity'>, view: View<'connection'>): readonly Missing[] {
  const { clientId, credentials = [], serviceAccounts = [], roles = [] } = view.of(identity)
  const [name, clusterName] = [nameOf(identity), nameOf(self.cluster)]
  const missingRoles = self.roles.filter((role) => !roles.includes(grantFactOf(role, self)))
  const roleNames = missingRoles.map((role) => grantName(targetOf(self.type)?.grants, role) ?? role)
  const who = self.servicePrincipal ? 'service principal' : 'identity'
  const need = (by: StepName<'identity'>, text: string): Missing => ({ of: identity, by, text })
  const ofRoles =
    missingRoles.length > 0 ? [need('assign-roles', `${who} ${name} has the role ${roleNames.join(', ')} on ${nameOf(self.target)}`)] : []
  if (self.servicePrincipal) return ofRoles
  if (clientId === undefined) return [need('ensure-identity', `identity ${name} is there`)]
  if (!authTypeOf(self).serviceAccount) return ofRoles
  const account = serviceAccountName(clientId)
  const { issuer } = view.of(self.cluster)
  const isTrusted = issuer !== undefined && credentials.includes(`${issuer}|${serviceAccountSubject(self.namespace, account)}`)
  const trust = `identity ${name} trusts the ServiceAccount in namespace ${self.namespace} of cluster ${clusterName}`
  const place = `ServiceAccount ${account} is in namespace ${self.namespace} of cluster ${clusterName}`
  return [
    ...(isBound(self) ? ofBinding(self, identity, view) : isTrusted ? [] : [need('federate-identity', trust)]),
    ...(serviceAccounts.includes(serviceAccountFact(self)) ? [] : [need('write-service-accounts', place)]),
    ...ofRoles,
  ]
}

function ofBinding(self: Connection, identity: Loop<'identity'>, view: View<'connection'>): readonly Missing[] {
  const { bindings = [], permitted = [] } = view.of(identity)
  const [name, clusterName] = [nameOf(identity), nameOf(self.cluster)]
  const need = (by: StepName<'identity'>, text: string): Missing => ({ of: identity, by, text })
  const permission = `roles of cluster ${clusterName} permit the pods in namespace ${self.namespace} to use identity ${name}`
  return [
    ...(bindings.includes(self.cluster.key) ? [] : [need('bind-identity', `identity ${name} is bound to cluster ${clusterName}`)]),
    ...(permitted.includes(serviceAccountFact(self)) ? [] : [need('write-cluster-roles', permission)]),
  ]
}
