// Which clusters an identity is to be bound to: those of its members that ask for it. Pure.
import type { Connection } from '../../model/connection.ts'
import { bindingCredential, isBound } from '../../model/federation.ts'
import { identityKindOf } from '../../model/identity-kind.ts'
import type { DesiredObjects, Need } from '../../model/managed-object.ts'
import type { BindingCredential, BindingObject } from '../../model/managed-objects.ts'
import { bindingName } from '../../model/names.ts'
import type { Fault } from '../../model/problem.ts'
import type { View } from '../../model/view.ts'
import { minute, nameOf, onlyFor } from '../../model/words.ts'
import { untilIdentity, untilIssuer } from './federate-identity.ts'
import { identityUsers } from './identity-users.ts'
import { untrusted } from './trust.ts'

type Bound = BindingObject | BindingCredential

export function desiredBindings(view: View<'identity'>): DesiredObjects<Bound> {
  if (view.members.length === 0 || identityKindOf(view.loop) !== 'managed') return { objects: [] }
  const { users } = identityUsers(view)
  const bound = users.filter(isBound)
  const staying = stayingFor(users, view)
  if (bound.length === 0 && staying.length === 0) return { objects: [] }
  if (view.facts.clientId === undefined) return { objects: [], waiting: [untilIdentity(view)], incomplete: true }
  const clusters = [...Map.groupBy(bound, ({ cluster }) => cluster.key).values()].map((members) => bindingFor(members, view))
  const known = clusters.flatMap(({ object }) => object ?? [])
  const ready = clusters.flatMap(({ object, isReady }) => (object && isReady ? [object] : []))
  const early = [...known.filter((object) => !ready.includes(object)), ...staying]
  const shared = credentialOf(users, view)
  return {
    objects: ready.length > 0 ? [...ready, shared] : [],
    later: ready.length === 0 && early.length > 0 ? [...early, shared] : early,
    waiting: clusters.flatMap(({ waiting }) => waiting),
    faults: clusters.flatMap(({ faults }) => faults),
    ...(known.length < clusters.length ? { incomplete: true as const } : {}),
  }
}

type Cluster = {
  /** Absent: the cluster has not been read. */
  readonly object?: BindingObject
  readonly isReady: boolean
  readonly waiting: readonly Need[]
  readonly faults: readonly Fault[]
}

/** `members`: all of one cluster. */
function bindingFor(members: readonly Connection[], view: View<'identity'>): Cluster {
  const [first] = members
  if (!first) throw new TypeError('A binding is desired for no member')
  const { cluster } = first
  const { uid, gone, issuer, running, apiServerInVnet } = view.of(cluster)
  const need = (text: string): Need => ({ of: [cluster], text: `waiting until ${text}`, nextRunAt: view.now + 10 * minute })
  if (uid === undefined) return { isReady: false, waiting: [need(`cluster ${nameOf(cluster)} has been read`)], faults: [] }
  const object = { ...bindingObject(cluster, view), ...onlyFor(members) }
  if (gone) return { object, isReady: false, waiting: [], faults: [] }
  if (apiServerInVnet) {
    const about = { cluster: nameOf(cluster), identity: nameOf(view.loop) }
    return { object, isReady: false, waiting: [], faults: members.map(({ key }) => ({ code: 'BindingsNotOffered', about, of: key })) }
  }
  if (issuer === undefined) return { object, isReady: false, waiting: members.map((member) => untilIssuer(member, view)), faults: [] }
  if (running === false) return { object, isReady: false, waiting: [need(`cluster ${nameOf(cluster)} is started`)], faults: [] }
  return { object, isReady: true, waiting: [], faults: [] }
}

function bindingObject(cluster: Connection['cluster'], { loop, installation }: View<'identity'>): BindingObject {
  const name = bindingName(installation.name, loop.key)
  return {
    kind: 'identity-binding',
    id: `${cluster.id}|${name}`.toLowerCase(),
    summary: `identity binding ${name} of identity ${nameOf(loop)} and cluster ${nameOf(cluster)}`,
    cluster,
    identity: loop.id,
    name,
    resource: `${cluster.id}/identityBindings/${name}`,
  }
}

function credentialOf(users: readonly Connection[], view: View<'identity'>): BindingCredential {
  return {
    kind: 'binding-credential',
    id: bindingCredential,
    summary: `credential ${bindingCredential} of identity ${nameOf(view.loop)}`,
    name: bindingCredential,
    resource: `${view.loop.id}/federatedIdentityCredentials/${bindingCredential}`,
    // Others can have bound it to clusters that the app does not know.
    ...(users.some(({ provided }) => provided) ? { retain: true as const } : {}),
  }
}

/** Bindings of members that have changed to federated credentials: each stays until its credential is there. */
function stayingFor(users: readonly Connection[], view: View<'identity'>): readonly Bound[] {
  const clusters = new Set(untrusted(users, view).map(({ cluster }) => cluster.key))
  const objects = view.tracked('bind-identity').map(({ object }) => object as Bound)
  return objects.filter((object) => object.kind === 'identity-binding' && clusters.has(object.cluster.key))
}
