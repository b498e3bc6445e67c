// What lets pods use an identity that is bound to their cluster: a ClusterRole with the verb `use-managed-identity` on its client id, and a
// ClusterRoleBinding for the ServiceAccount of each namespace that a policy allows. They permit nothing else.
// https://learn.microsoft.com/azure/aks/identity-bindings#authorize-namespaces-and-service-accounts
import type { Step } from '../../contract/step.ts'
import type { Connection } from '../../model/connection.ts'
import { isBound } from '../../model/federation.ts'
import { identityKindOf } from '../../model/identity-kind.ts'
import type { DesiredObjects, Need } from '../../model/managed-object.ts'
import { clusterRoleName, serviceAccountName } from '../../model/names.ts'
import type { View } from '../../model/view.ts'
import { minute, nameOf, onlyFor } from '../../model/words.ts'
import type { KubernetesObject, ManagedKubernetesObject } from '../../ports/kubernetes.ts'
import { byHandObjects } from '../by-hand/objects.ts'
import { carriedFor, changeInClusters, managedId, type Objects, observeInClusters } from '../cluster/in-cluster.ts'
import { untilIdentity } from './federate-identity.ts'
import { identityUsers } from './identity-users.ts'
import { serviceAccountFact, untrusted } from './trust.ts'

const rbac = 'rbac.authorization.k8s.io'
const ofIdentities = 'cid.wi.aks.azure.com'

export const writeClusterRoles: Step<'identity', ManagedKubernetesObject, Objects> = {
  name: 'write-cluster-roles',
  loop: 'identity',
  outlives: true,
  after: ['ensure-identity'],
  reads: ['cluster'],
  serves: isBound,
  inputs: (view) => ({
    clientId: view.facts.clientId,
    clusters: view.members.filter(isBound).map(({ cluster }) => {
      const { running, fqdn, gone, apiServer } = view.of(cluster)
      return { running, fqdn, gone, apiServer }
    }),
  }),

  concerns: (member, { permitted: before = [] }, { permitted: after = [] }) =>
    before.includes(serviceAccountFact(member)) !== after.includes(serviceAccountFact(member)),

  desired(view): DesiredObjects<ManagedKubernetesObject> {
    const users = boundUsers(view)
    const staying = stayingFor(view)
    if (users.length === 0) return { objects: [], later: staying }
    const { clientId } = view.facts
    if (clientId === undefined) return { objects: [], waiting: [untilIdentity(view)], incomplete: true }
    const unread = users.filter(({ cluster }) => view.of(cluster).uid === undefined)
    const objects = rolesFor(view).map(({ object }) => object)
    const ids = new Set(objects.map(({ id }) => id))
    return {
      objects,
      later: staying.filter(({ id }) => !ids.has(id)),
      waiting: unread.map((member) => untilRead(member, view)),
      ...(unread.length > 0 ? { incomplete: true as const } : {}),
    }
  },

  async observe(view, { objects, desired, tracked }, ports) {
    const roles = rolesFor(view)
    const found: Objects = new Map(roles.map(({ object, content }) => [object.id, content]))
    const observed = await observeInClusters(view, objects, found, ports, tracked)
    const states = new Map(observed.map((one) => [one.id, one]))
    const before = view.facts.permitted ?? []
    // What cannot be read counts as before.
    const holds = (id: string, fact: string): boolean => {
      const state = states.get(id)
      return state?.state === 'same' || (state?.state === 'unknown' && !state.going && before.includes(fact))
    }
    const permitted = roles.flatMap(({ object, permits }) =>
      permits && holds(object.id, permits.fact) && holds(permits.by, permits.fact) ? [permits.fact] : [],
    )
    return { observed, facts: { permitted: desired.length > 0 ? permitted.sort() : undefined }, found }
  },

  apply: (changes, contents, view, ports) => changeInClusters(changes, contents, view, ports),

  byHand: (changes, view) => {
    const contents = new Map(rolesFor(view).map(({ object, content }) => [object.id, content.fields]))
    return byHandObjects(changes, view.installation.name, ({ id }) => ({ annotations: {}, fields: contents.get(id) ?? {} }))
  },
}

const boundUsers = (view: View<'identity'>): readonly Connection[] =>
  identityKindOf(view.loop) === 'managed' ? identityUsers(view).users.filter(isBound) : []

/** Roles of members that have changed to federated credentials: their pods use the binding until the credential is there. */
function stayingFor(view: View<'identity'>): readonly ManagedKubernetesObject[] {
  if (identityKindOf(view.loop) !== 'managed') return []
  const clusters = new Set(untrusted(identityUsers(view).users, view).map(({ cluster }) => cluster.key))
  const roles = view.tracked('write-cluster-roles').map(({ object }) => object as ManagedKubernetesObject)
  return roles.filter(({ cluster }) => clusters.has(cluster.key))
}

type Role = {
  readonly object: ManagedKubernetesObject
  readonly content: KubernetesObject
  /** Of a binding: whom it permits to use the identity, by the role of that id. */
  readonly permits?: { readonly fact: string; readonly by: string }
}

/** Of all clusters that have been read. */
function rolesFor(view: View<'identity'>): readonly Role[] {
  const { clientId } = view.facts
  if (clientId === undefined) return []
  const known = boundUsers(view).filter(({ cluster }) => view.of(cluster).uid !== undefined)
  return [...Map.groupBy(known, ({ cluster }) => cluster.key).values()].flatMap((members) => rolesIn(members, clientId, view))
}

function rolesIn(members: readonly Connection[], clientId: string, view: View<'identity'>): readonly Role[] {
  const name = clusterRoleName(view.installation.name, clientId)
  const rules = [{ apiGroups: [ofIdentities], resources: [clientId], verbs: ['use-managed-identity'] }]
  const role = roleOf('ClusterRole', name, { rules }, members, view)
  const spaces = [...Map.groupBy(members, ({ namespace }) => namespace)].sort(([a], [b]) => (a < b ? -1 : 1))
  const bindings = spaces.flatMap(([namespace, there]) => {
    const roleRef = { apiGroup: rbac, kind: 'ClusterRole', name }
    const subjects = [{ kind: 'ServiceAccount', name: serviceAccountName(clientId), namespace }]
    const binding = roleOf(
      'ClusterRoleBinding',
      clusterRoleName(view.installation.name, clientId, namespace),
      { roleRef, subjects },
      there,
      view,
    )
    const [first] = there
    return first && role[0]
      ? binding.map((one) => ({ ...one, permits: { fact: serviceAccountFact(first), by: role[0]?.object.id ?? '' } }))
      : []
  })
  return [...role, ...bindings]
}

function roleOf(
  kind: 'ClusterRole' | 'ClusterRoleBinding',
  name: string,
  fields: KubernetesObject['fields'] & object,
  members: readonly Connection[],
  view: View<'identity'>,
): readonly Role[] {
  const [first] = members
  const clusterUid = first && view.of(first.cluster).uid
  if (!first || clusterUid === undefined) return []
  const { cluster } = first
  const object: ManagedKubernetesObject = {
    kind,
    id: managedId(cluster, '', kind, name),
    summary: `${kind} ${name} of cluster ${nameOf(cluster)}`,
    cluster,
    clusterUid,
    namespace: '',
    name,
    owner: view.loop.key,
    ...carriedFor(members, view),
    ...onlyFor(members),
  }
  return [{ object, content: { kind, namespace: '', name, fields } }]
}

const untilRead = ({ key, cluster }: Connection, view: View<'identity'>): Need => ({
  of: [cluster],
  text: `waiting until cluster ${nameOf(cluster)} has been read`,
  nextRunAt: view.now + 10 * minute,
  member: key,
})
