// What a policy does to the fleet: which connections it would make and which it would withdraw, on which clusters. The preview shows it, and saving acts
// on it: by the same lists, and by the same function as the loops of the clusters.
import { policyConnections } from '../../declare/policy-connections.ts'
import { problemOf } from '../../errors/catalogue.ts'
import type { ResourcePlace } from '../../model/connect-rule.ts'
import { type Connection, type ConnectionSpec, linkerId } from '../../model/connection.ts'
import { loop } from '../../model/loop.ts'
import type { Policy } from '../../model/policy.ts'
import { owner, resourceId, sameId } from '../../model/resource-id.ts'
import type { HandlerContext } from '../http/handler-context.ts'
import { consentsFor } from '../linkers/consent.ts'
import { typesSought, withTargets } from './policy-targets.ts'

const clusterType = 'microsoft.containerservice/managedclusters'
/** From this many on, if it is also more than half, what a policy withdraws may be a mistake. */
const many = 4

export type Effect = {
  /** The policy as it would be stored. */
  readonly policy: Policy
  /** Clusters on which it has rules, known to the app or not. */
  readonly clusters: readonly ResourcePlace[]
  readonly connects: readonly ConnectionSpec[]
  /** Of `connects`: no policy allows them. */
  readonly notAllowed: readonly ConnectionSpec[]
  /** Of `connects`: another author has a connection of this name. */
  readonly taken: readonly ConnectionSpec[]
  readonly disconnects: readonly Connection[]
  readonly faults: readonly { readonly cluster: string; readonly text: string }[]
  /** Connections that it has now. */
  readonly now: number
}

/**
 * `policy.connect` may be absent: then everything that it made is withdrawn. `places`: what Resource Graph lists, if that was read already. Throws
 * `Failure` if it does not answer.
 */
export async function effectOf(policy: Policy, services: HandlerContext, places?: readonly ResourcePlace[]): Promise<Effect> {
  const { store } = services
  const listed = policy.connect ? (places ?? (await placesListed([policy], services))) : []
  const next = await withTargets(policy, listed, services)
  const others = (await store.policies()).filter(({ name }) => name !== policy.name)
  const [own, all] = [new Map<string, Connection>(), new Map<string, Connection>()]
  for await (const { self, removing } of store.connections()) {
    if (!self || removing) continue
    all.set(self.key, self)
    if (self.origin === 'policy' && self.policy === policy.name) own.set(self.key, self)
  }
  const specs = new Map<string, ConnectionSpec>()
  const clusters: ResourcePlace[] = []
  const faults: { cluster: string; text: string }[] = []
  for (const place of listed) {
    if (owner(place.id, clusterType) === undefined || !sameId(resourceId(place.id).type, clusterType)) continue
    const cluster = loop('cluster', place.id)
    const made = policyConnections([...others, next], { cluster, place }, services.installation, services.targets)
    const here = made.specs.filter((spec) => spec.policy === policy.name)
    const wrong = made.faults.filter(({ about }) => about['policy'] === policy.name)
    if (here.length + wrong.length > 0) clusters.push(place)
    for (const spec of here) specs.set(spec.key, spec)
    for (const fault of wrong) faults.push({ cluster: place.id, text: problemOf(fault).text })
  }
  const { isAllowed } = await consentsFor([...specs.values()], services, [...others, next])
  const isNew = (spec: ConnectionSpec): boolean => !own.has(spec.key)
  const connects = [...specs.values()].filter(isNew)
  return {
    policy: next,
    clusters,
    connects,
    notAllowed: connects.filter((spec) => !isAllowed(spec)),
    taken: connects.filter(({ key }) => all.has(key)),
    disconnects: [...own.values()].filter(({ key }) => !specs.has(key)),
    faults,
    now: own.size,
  }
}

export const withdrawsMany = ({ disconnects, now }: Effect): boolean => disconnects.length >= many && disconnects.length * 2 > now

/** Clusters, and resources of the types that rules look for. */
async function placesListed(policies: readonly Policy[], services: HandlerContext): Promise<readonly ResourcePlace[]> {
  const places: ResourcePlace[] = []
  for await (const one of services.discover([], { types: typesSought(policies, services) }))
    if (one.what === 'resource' && one.place) places.push(one.place)
  return places
}

/** The first of them are shown. */
const shown = 100

export function effectBody(effect: Effect): object {
  const { connects, disconnects, faults, clusters } = effect
  const notAllowed = new Set(effect.notAllowed)
  const taken = new Set(effect.taken)
  const rowOf = (spec: ConnectionSpec) => ({
    id: linkerId(spec.cluster.id, spec.name),
    target: spec.targetId,
    namespace: spec.namespace,
    auth: spec.auth,
    ...(notAllowed.has(spec) ? { notAllowed: true } : {}),
    ...(taken.has(spec) ? { nameTaken: true } : {}),
  })
  return {
    clusters: clusters.length,
    connects: { count: connects.length, notAllowed: notAllowed.size, nameTaken: taken.size, first: connects.slice(0, shown).map(rowOf) },
    disconnects: { count: disconnects.length, isKeptLonger: withdrawsMany(effect), first: disconnects.slice(0, shown).map(rowOf) },
    problems: { count: faults.length, first: faults.slice(0, shown) },
  }
}
