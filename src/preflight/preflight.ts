// GET …/preflight: what is missing for the connections that are declared on a cluster, and for those in the request. It runs the program itself in
// its own order, feeding facts forward; nothing is applied, joined or written. As in the real loops nothing of a target or an identity is read before
// a policy allows the connection.

import { type Modes, modeOf } from '../contract/digest.ts'
import { mapConcurrent } from '../contract/map-concurrent.ts'
import { declarationsOf } from '../declare/tags.ts'
import { problemOf } from '../errors/catalogue.ts'
import type { ClusterAccess } from '../kubernetes/clusters.ts'
import { type Connection, type ConnectionSpec, withIdentityOf } from '../model/connection.ts'
import { parseGrant } from '../model/grant.ts'
import { grantFactOf } from '../model/grant-fact.ts'
import { instanceOf, type Loop, type LoopKind, loopKinds } from '../model/loop.ts'
import { secretName } from '../model/names.ts'
import type { Preflight } from '../model/preflight-report.ts'
import type { StepName } from '../model/step-name.ts'
import type { Installation } from '../model/view.ts'
import type { Ports } from '../ports/ports.ts'
import type { Store } from '../ports/store.ts'
import { transportFor } from '../steps/cluster/transport-for.ts'
import { stepNamed, stepsOf } from '../steps/program.ts'
import { targets } from '../targets/catalogue.ts'
import { actionsFor } from './actions.ts'
import { budgetsOf } from './budgets.ts'
import { adoptionsOf, changesOf } from './changes.ts'
import type { Pending } from './delegation.ts'
import { entriesOf } from './entries.ts'
import type { MissingRight } from './found.ts'
import { observeOnly, type StepObservation } from './observe.ts'
import { unregistered } from './providers.ts'
import { missingInAzure, missingInCluster } from './rights.ts'
import { loopOf, type SimulatedLoops, simulatedLoops } from './simulated-loops.ts'

export type PreflightPorts = {
  readonly store: Store
  readonly ports: Ports
  readonly modes: Modes
  readonly installation: Installation
  readonly clusters: Pick<ClusterAccess, 'rights'>
  /** Object id of the app's identity. */
  readonly principal: () => Promise<string | undefined>
}

/** Observed before the others, or no precondition of any connection: what teams declare, publishing its status, trying its access. */
const apart: readonly StepName[] = ['read-cluster', 'read-configmaps', 'check-consent', 'publish-status', 'prove-access']

/** `undefined`: there is no such cluster. */
export const preflighting =
  ({ store, ports, modes, installation, clusters, principal }: PreflightPorts) =>
  async (cluster: Loop<'cluster'>, input: readonly ConnectionSpec[]): Promise<Preflight | undefined> => {
    const world = simulatedLoops(store, { policies: await store.policies(), guarded: await store.guarded() }, installation, ports.now)
    const observations: StepObservation[] = []
    const observe = async (loop: Loop, step: StepName): Promise<void> =>
      void observations.push(await observeOnly(stepNamed(step), loop, world, ports, modes))

    await world.load(cluster)
    await observe(cluster, 'read-cluster')
    if (world.factsOf(cluster).missingSince !== undefined) return undefined
    const { connections, taken } = await declaredAnd(input, cluster, world, store, installation)
    world.assume(connections)
    await Promise.all(connections.map((one) => world.load(loopOf(one))))
    for (const one of connections) await observe(loopOf(one), 'check-consent')
    const allowed = connections
      .filter((one) => world.factsOf(loopOf(one)).consent !== 'refused')
      .map((one) => ({ ...one, transport: transportFor(one, world.view(loopOf(one))) }))
    world.assume(allowed)

    const loops = distinct([cluster, ...allowed.flatMap((one) => [one.target, ...(one.identity ? [one.identity] : []), loopOf(one)])])
    await Promise.all(loops.map((loop) => world.load(loop)))
    for (const kind of loopKinds)
      await mapConcurrent(
        loops.filter((loop) => loop.kind === kind),
        8,
        (loop) => observeAll(loop, observe),
      )

    const who = await principal()
    const reports = (step: StepName, loop: Loop): boolean => modeOf(stepNamed(step), world.view(loop), modes) === 'report'
    const pending = pendingRoles(allowed, world, reports)
    const namesOf = ({ loop }: StepObservation): readonly string[] =>
      allowed.filter(({ identity }) => identity?.key === loop.key).map(({ name }) => name)
    const [inAzure, ofProviders, inCluster] = await Promise.all([
      missingInAzure(allowed, (one) => knownOf(one, world, reports), pending, ports.arm, who),
      unregistered(observations, namesOf, ports.arm),
      missingInCluster(cluster, world.factsOf(cluster), allowed, clusters, who, installation.publishStatus !== false),
    ])
    // What the access reviews say about a namespace is reported once, and better than by the first object that could not be read.
    const isReviewed = (code: string): boolean => code === 'KubernetesRightMissing' || code === 'CustomResourceRightMissing'
    const observed = observations.map((one) => ({ ...one, problems: one.problems.filter(({ code }) => !isReviewed(code)) }))
    const value = entriesOf(observed, [...taken, ...ofProviders.missing, ...inAzure.missing, ...inCluster.missing], connections, allowed)
    const changes = changesOf(observations, allowed, world, (step, one) => reports(step, loopOfStep(step, one)))
    const budgets = budgetsOf(changes, allowed, world)
    const actions = allowed.flatMap((one) =>
      actionsFor(one, knownOf(one, world, reports)).map((need) => ({ connection: one.name, ...need })),
    )
    return {
      value,
      changes,
      adoptions: adoptionsOf(observations, allowed),
      actions,
      budgets,
      ready: value.length === 0,
      notes: [...ofProviders.notes, ...inAzure.notes, ...inCluster.notes],
    }
  }

/** Azure roles that the app would assign now: those that do not exist yet. */
const pendingRoles = (
  allowed: readonly Connection[],
  world: SimulatedLoops,
  reports: (step: StepName, loop: Loop) => boolean,
): readonly Pending[] =>
  allowed.flatMap((connection) => {
    const { identity, roles } = connection
    if (!identity || reports('assign-roles', identity)) return []
    const { roles: there = [], principalId } = world.factsOf(identity)
    return roles
      .filter((role) => isAzureRole(role) && !there.includes(grantFactOf(role, connection)))
      .map((role) => ({ connection, role, principalId }))
  })

const isAzureRole = (grant: string): boolean => parseGrant(grant).kind === 'azureRole'

async function observeAll(loop: Loop, observe: (loop: Loop, step: StepName) => Promise<void>): Promise<void> {
  for (const { name } of stepsOf(loop.kind)) if (!apart.includes(name)) await observe(loop, name)
}

const distinct = (loops: readonly Loop[]): readonly Loop[] => [...new Map(loops.map((loop) => [instanceOf(loop), loop])).values()]

const loopOfStep = (step: StepName, one: Connection): Loop => {
  const kind: LoopKind = stepNamed(step).loop
  return kind === 'cluster'
    ? one.cluster
    : kind === 'target'
      ? one.target
      : kind === 'identity'
        ? (one.identity ?? one.target)
        : loopOf(one)
}

const knownOf = (one: Connection, world: SimulatedLoops, reports: (step: StepName, loop: Loop) => boolean) => ({
  cluster: world.factsOf(one.cluster),
  target: world.factsOf(one.target),
  reports: (step: StepName) => reports(step, loopOfStep(step, one)),
})

type Declared = { readonly connections: readonly Connection[]; readonly taken: readonly MissingRight[] }

/** A tag is newer than the connection made of it; asking about a declared name means asking about the change. */
async function declaredAnd(
  input: readonly ConnectionSpec[],
  cluster: Loop<'cluster'>,
  world: SimulatedLoops,
  store: Store,
  installation: Installation,
): Promise<Declared> {
  const stored = new Map<string, Connection>()
  for await (const { self, removing } of store.connections(cluster)) if (self && !removing) stored.set(self.key, self)
  const all = new Map(stored)
  const { spec } = declarationsOf(world.factsOf(cluster).tags ?? {}, cluster, installation, targets)
  const add = (one: ConnectionSpec): void =>
    void all.set(one.key, { ...withIdentityOf(stored.get(one.key), one), generation: stored.get(one.key)?.generation ?? 0 })
  for (const one of spec) if ((stored.get(one.key)?.origin ?? 'tag') === 'tag') add(one)
  for (const one of input) add(one)
  const connections = [...all.values()]
  const taken = input.flatMap((one): readonly MissingRight[] => {
    const other = connections.find(({ key, name }) => key !== one.key && secretName(name) === secretName(one.name))
    if (!other) return []
    const problem = problemOf({ code: 'NameTaken', about: { name: one.name, by: `connection ${other.name} has the same Secret` } })
    return [{ step: 'read-declarations', connections: [one.name], problem }]
  })
  return { connections, taken }
}
