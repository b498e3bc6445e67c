// One ServiceAccount per cluster and namespace for all connections that use the identity there: a pod can have only one. Its name and annotations are
// those of Azure Service Connector and of the workload identity webhook.

import type { Step } from '../../contract/step.ts'
import type { Connection } from '../../model/connection.ts'
import { identityKindOf } from '../../model/identity-kind.ts'
import type { DesiredObjects, Need } from '../../model/managed-object.ts'
import { clientIdAnnotation, serviceAccountName } from '../../model/names.ts'
import type { View } from '../../model/view.ts'
import { minute, nameOf, onlyFor } from '../../model/words.ts'
import type { ManagedKubernetesObject } from '../../ports/kubernetes.ts'
import { through } from '../../transports/catalogue.ts'
import { byHandObjects } from '../by-hand/objects.ts'
import { extensionReady } from '../cluster/extension-ready.ts'
import { carriedFor, changeInClusters, managedId, type Objects, observeInClusters, withoutHeld } from '../cluster/in-cluster.ts'
import { choiceFor } from '../cluster/transport-for.ts'
import { untilIdentity } from './federate-identity.ts'
import { identityUsers } from './identity-users.ts'
import { serviceAccountFact } from './trust.ts'

export const writeServiceAccounts: Step<'identity', ManagedKubernetesObject, Objects> = {
  name: 'write-service-accounts',
  loop: 'identity',
  outlives: true,
  after: ['ensure-identity'],
  reads: ['cluster'],
  inputs: (view) => ({
    clientId: view.facts.clientId,
    tenant: view.facts.tenant,
    clusters: view.members.map((member) => reachOf(member, view)),
  }),

  concerns: (member, { serviceAccounts: before = [] }, { serviceAccounts: after = [] }) =>
    before.includes(serviceAccountFact(member)) !== after.includes(serviceAccountFact(member)),

  desired(view): DesiredObjects<ManagedKubernetesObject> {
    const { clientId } = view.facts
    if (view.members.length === 0 || identityKindOf(view.loop) !== 'managed') return { objects: [] }
    if (clientId === undefined) return { objects: [], waiting: [untilIdentity(view)], incomplete: true }
    const { users } = identityUsers(view)
    const unread = users.filter((member) => view.of(member.cluster).uid === undefined)
    const places = Map.groupBy(
      users.filter((member) => !unread.includes(member)),
      (member) => managedId(member.cluster, member.namespace, 'ServiceAccount', serviceAccountName(clientId)),
    )
    const all = [...places].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([id, members]) => serviceAccount(id, members, clientId, view))
    const extensions = all.map((account) => ({ ...account, ready: readyFor(account, view) }))
    return {
      objects: withoutHeld(
        extensions.flatMap(({ object, ready }) => ('ready' in ready ? [object] : [])),
        view.tracked('write-service-accounts'),
      ),
      later: extensions.flatMap(({ object, ready }) => ('ready' in ready ? [] : [object])),
      faults: extensions.flatMap(({ ready }) => ('fault' in ready ? [ready.fault] : [])),
      waiting: [
        ...unread.map((member) => untilRead(member, view)),
        ...extensions.flatMap(({ members: [first], ready }) => (first && 'text' in ready ? [until(ready.text, first, view)] : [])),
      ],
      ...(unread.length > 0 ? { incomplete: true as const } : {}),
    }
  },

  async observe(view, { objects, desired, tracked }, ports) {
    const found: Objects = new Map(desired.map((object) => [object.id, objectOf(object, view)]))
    const observed = await observeInClusters(view, objects, found, ports, tracked)
    const before = new Set(view.facts.serviceAccounts ?? [])
    const states = new Map(observed.map((one) => [one.id, one]))
    const isThere = (object: ManagedKubernetesObject): boolean => {
      const state = states.get(object.id)
      return state?.state === 'same' || (state?.state === 'unknown' && !state.going && before.has(serviceAccountFact(object)))
    }
    const there = desired.filter(isThere).map(serviceAccountFact).sort()
    return { observed, facts: { serviceAccounts: desired.length > 0 ? there : undefined }, found }
  },

  apply: (changes, contents, view, ports) => changeInClusters(changes, contents, view, ports),

  byHand: (changes, view) => byHandObjects(changes, view.installation.name, () => ({ annotations: annotationsOf(view) })),
}

/** When a cluster is started or can be reached in another way, it is read again. */
function reachOf(member: Connection, view: View<'identity'>) {
  const { running, fqdn, gone } = view.of(member.cluster)
  return { running, fqdn, gone, ...choiceFor(member, view) }
}

type Account = { readonly object: ManagedKubernetesObject; readonly members: readonly Connection[] }

function serviceAccount(id: string, members: readonly Connection[], clientId: string, view: View<'identity'>): readonly Account[] {
  const [first] = members
  const uid = first && view.of(first.cluster).uid
  if (!first || uid === undefined) return []
  const name = serviceAccountName(clientId)
  const { cluster, namespace } = first
  const summary = `ServiceAccount ${name} in namespace ${namespace} of cluster ${nameOf(cluster)}`
  const place = { kind: 'ServiceAccount', id, summary, cluster, clusterUid: uid, namespace, name, owner: view.loop.key } as const
  return [{ object: { ...place, ...carriedFor(members, view), ...onlyFor(members) }, members }]
}

function readyFor({ object, members: [first] }: Account, view: View<'identity'>): ReturnType<typeof extensionReady> {
  if (!first) return { ready: true }
  const isTracked = view.tracked('write-service-accounts').some((row) => row.object.id === object.id)
  return extensionReady({ ...first, transport: through(object) }, view, isTracked ? object.summary : undefined)
}

export const annotationsOf = (view: View<'identity'>): Readonly<Record<string, string>> => ({
  [clientIdAnnotation]: view.facts.clientId ?? '',
  'azure.workload.identity/tenant-id': view.facts.tenant ?? view.installation.tenant,
})

const objectOf = ({ kind, namespace, name }: ManagedKubernetesObject, view: View<'identity'>) => ({
  kind,
  namespace,
  name,
  annotations: annotationsOf(view),
})

const untilRead = (member: Connection, view: View<'identity'>): Need =>
  until(`cluster ${nameOf(member.cluster)} has been read`, member, view)

const until = (text: string, member: Connection, view: View<'identity'>): Need => ({
  of: [member.cluster],
  text: `waiting until ${text}`,
  nextRunAt: view.now + 10 * minute,
  member: member.key,
})
