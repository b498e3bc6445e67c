// Random schedules: what people and Azure may do to two clusters, two targets and the identities that their connections share, in any order and
// at any moment. Each command is carried out as a person would, and answers what is desired from then on (`Asked`); nothing here knows the product.
import fc from 'fast-check'
import { changeEgressIps } from '../../src/local/cloud/arm/egress.ts'
import { findCluster, isStopped, stateOf } from '../../src/local/cloud/arm/managed-cluster.ts'
import { subscription } from '../../src/local/fleets/fleet.ts'
import { type Deliveries, delivered, type Relay } from './relay.ts'
import { idOfAccount, idOfCluster, minute, type Scenario } from './scenario.ts'
import { apiVersion } from './story.ts'

export const clusterNames = ['c1', 'c2'] as const
export const targetNames = ['orders', 'photos'] as const
type ClusterName = (typeof clusterNames)[number]
type TargetName = (typeof targetNames)[number]

export type Spec = {
  readonly auth: 'secret' | 'own identity' | 'given identity'
  readonly target: TargetName
  readonly namespace: 'orders' | 'billing'
}
/** A connection that HTTP and tags both ask for is the same for both: whichever comes first, it must be there. */
const shared: Spec = { auth: 'secret', target: 'orders', namespace: 'orders' }

/** What was last asked for: by cluster and name. */
export type ConnectionInput = {
  readonly http: Map<string, Spec>
  readonly tags: Map<string, Spec>
  readonly policies: Set<ClusterName>
}

export type FaultProfile = { readonly lost: number; readonly doubled: number; readonly late: number; readonly wakesLost: number }
export const fair: FaultProfile = { lost: 0, doubled: 0, late: 0, wakesLost: 0 }

export type Command =
  | { readonly do: 'put'; readonly cluster: ClusterName; readonly name: string; readonly spec: Spec }
  | { readonly do: 'delete' | 'untag'; readonly cluster: ClusterName; readonly name: string }
  | { readonly do: 'tag'; readonly cluster: ClusterName; readonly name: string; readonly spec: Spec }
  | { readonly do: 'allow' | 'forbid' | 'stop' | 'start' | 'egress' | 'reconcile'; readonly cluster: ClusterName }
  | { readonly do: 'rotate'; readonly target: TargetName; readonly key: 'key1' | 'key2' }
  | { readonly do: 'faultProfile'; readonly faultProfile: FaultProfile }

/** What happens at once, and the seconds that pass before the next. */
export type Moment = { readonly together: readonly Command[]; readonly seconds: number }

const cluster = fc.constantFrom(...clusterNames)
const spec: fc.Arbitrary<Spec> = fc.record({
  auth: fc.constantFrom('secret', 'own identity', 'given identity'),
  target: fc.constantFrom(...targetNames),
  namespace: fc.constantFrom('orders', 'orders', 'billing'),
})
const named = (own: readonly string[]) =>
  fc.oneof(fc.record({ name: fc.constantFrom(...own), spec }), {
    arbitrary: fc.record({ name: fc.constant('both'), spec: fc.constant(shared) }),
    weight: 1,
  })
const share = fc.constantFrom(0, 0.3, 1)

const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(cluster, named(['web', 'api'])).map(([cluster, one]) => ({ do: 'put' as const, cluster, ...one })) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('delete' as const), cluster, name: fc.constantFrom('web', 'api', 'both') }) },
  { weight: 4, arbitrary: fc.tuple(cluster, named(['job', 'log'])).map(([cluster, one]) => ({ do: 'tag' as const, cluster, ...one })) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('untag' as const), cluster, name: fc.constantFrom('job', 'log', 'both') }) },
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constantFrom('allow', 'forbid', 'stop', 'start', 'egress', 'egress', 'reconcile'), cluster }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('rotate' as const),
      target: fc.constantFrom(...targetNames),
      key: fc.constantFrom('key1', 'key2'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('faultProfile' as const),
      faultProfile: fc.record({ lost: share, doubled: share, late: share, wakesLost: fc.constantFrom(0, 0.2, 0.5) }),
    }),
  },
)

export const schedule: fc.Arbitrary<readonly Moment[]> = fc.array(
  fc.record({ together: fc.array(command, { minLength: 1, maxLength: 5 }), seconds: fc.constantFrom(0, 0, 1, 7, 30, 90, 300, 600) }),
  { minLength: 3, maxLength: 12 },
)

/** Numbers from a seed, so that a schedule's faults are the same in every run. */
export function numbersFrom(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

export type Setup = {
  readonly story: Scenario
  readonly relay: Relay
  /** Client id of the identity that people provide. */
  readonly provided: string
  faultProfile: FaultProfile
  random: () => number
}

export const idOfProvided = `/subscriptions/${subscription}/resourceGroups/shop/providers/Microsoft.ManagedIdentity/userAssignedIdentities/given`

export function deliveriesIn(setup: Setup): Deliveries {
  const { lost, doubled, late } = setup.faultProfile
  if (setup.random() < lost) return []
  const when = setup.random() < late ? Math.floor(setup.random() * 30 * minute) : Math.floor(setup.random() * 30_000)
  return setup.random() < doubled
    ? [when, when + Math.floor(setup.random() * 10 * minute)]
    : setup.faultProfile === fair
      ? delivered
      : [when]
}

/** Too many requests are refused like those of a cluster that is busy: it was not done, and that is that. */
async function asPerson({ arm }: Scenario, method: string, path: string, body?: unknown): Promise<number> {
  try {
    return (await arm(method, path, body)).status
  } catch (error) {
    if (/was refused: 429/.test(String(error))) return 429
    throw error
  }
}

export async function carryOut(command: Command, setup: Setup, input: ConnectionInput): Promise<void> {
  const { story } = setup
  const { world } = story.cloud
  const refused = (status: number, allowed: readonly number[]): boolean => {
    if (status >= 400 && !allowed.includes(status)) throw new Error(`${JSON.stringify(command)} was answered by ${status}`)
    return status >= 400
  }
  switch (command.do) {
    case 'put': {
      const { status } = await story.putLinker(command.name, bodyOf(command.spec, setup.provided), command.cluster)
      if (!refused(status, [403, 409])) input.http.set(`${command.cluster}/${command.name}`, command.spec)
      return
    }
    case 'delete': {
      const { status } = await story.removeLinker(command.name, command.cluster)
      if (!refused(status, [409])) input.http.delete(`${command.cluster}/${command.name}`)
      return
    }
    case 'tag':
    case 'untag': {
      const key = `${command.cluster}/${command.name}`
      const value = tagOf(command.do === 'tag' ? command.spec : (input.tags.get(key) ?? shared))
      const operation = command.do === 'tag' ? 'Merge' : 'Delete'
      const path = `${idOfCluster(command.cluster)}/providers/Microsoft.Resources/tags/default?api-version=2021-04-01`
      const status = await asPerson(story, 'PATCH', path, { operation, properties: { tags: { [`connect-${command.name}`]: value } } })
      if (refused(status, [409, 429])) return
      if (command.do === 'tag') input.tags.set(key, command.spec)
      else input.tags.delete(key)
      return
    }
    case 'allow':
      await story.putPolicy(`for-${command.cluster}`, { clusters: [`*/shop/${command.cluster}`] })
      input.policies.add(command.cluster)
      return
    case 'forbid':
      refused((await story.call('ada', 'DELETE', `/policies/for-${command.cluster}`)).status, [])
      input.policies.delete(command.cluster)
      return
    case 'stop':
    case 'start':
      await asPerson(story, 'POST', `${idOfCluster(command.cluster)}/${command.do}?api-version=2026-06-01`)
      return
    case 'egress': {
      const found = findCluster(world, idOfCluster(command.cluster))
      if (found && stateOf(found) === 'Succeeded' && !isStopped(found)) changeEgressIps(world, found)
      return
    }
    case 'reconcile': {
      for (const name of ['web', 'both']) {
        const path = `${idOfCluster(command.cluster)}/providers/Microsoft.ServiceLinker/linkers/${name}/reconcile?api-version=${apiVersion}`
        refused((await story.call('ada', 'POST', path)).status, [404])
      }
      return
    }
    case 'rotate':
      await asPerson(story, 'POST', `${idOfAccount(command.target)}/regenerateKey?api-version=2024-01-01`, { keyName: command.key })
      return
    case 'faultProfile':
      setup.faultProfile = command.faultProfile
  }
}

const bodyOf = ({ auth, target, namespace }: Spec, given: string): Record<string, unknown> => ({
  targetService: { type: 'AzureResource', id: `${idOfAccount(target)}/blobServices/default` },
  scope: namespace,
  authInfo:
    auth === 'secret'
      ? { authType: 'secret' }
      : { authType: 'userAssignedIdentity', ...(auth === 'given identity' ? { clientId: given, subscriptionId: subscription } : {}) },
})

const tagOf = ({ auth, target, namespace }: Spec): string =>
  `storage-blob:shop/${target}?namespace=${namespace}&auth=${auth === 'secret' ? 'secret' : 'workload-identity'}` +
  (auth === 'given identity' ? '&identity=shop/given' : '')

const specs: readonly Spec[] = (['secret', 'own identity', 'given identity'] as const).flatMap((auth) =>
  targetNames.flatMap((target) => (['orders', 'billing'] as const).map((namespace) => ({ auth, target, namespace }))),
)

/** Of what is requested in one moment the last cannot be known: the handlers are asked what they took for it. */
export async function agree(commands: readonly Command[], { story }: Setup, input: ConnectionInput): Promise<void> {
  for (const cluster of clusterNames) {
    const written = findCluster(story.cloud.world, idOfCluster(cluster))?.tags ?? {}
    for (const name of ['job', 'log', 'both']) {
      const spec = specs.find((one) => tagOf(one) === written[`connect-${name}`])
      if (spec) input.tags.set(`${cluster}/${name}`, spec)
      else input.tags.delete(`${cluster}/${name}`)
    }
    if (commands.filter((one) => (one.do === 'allow' || one.do === 'forbid') && one.cluster === cluster).length > 1) {
      if ((await story.call('ada', 'GET', `/policies/for-${cluster}`)).status === 200) input.policies.add(cluster)
      else input.policies.delete(cluster)
    }
  }
  const http = commands.flatMap((one) => (one.do === 'put' || one.do === 'delete' ? [`${one.cluster}/${one.name}`] : []))
  for (const key of new Set(http.filter((one, at) => http.indexOf(one) !== at))) {
    const [cluster, name = ''] = key.split('/')
    const { status, state, properties } = await story.linker(name, cluster)
    if (status === 404 || state === 'Deleting' || properties['origin'] !== 'http') {
      input.http.delete(key)
      continue
    }
    const { id } = properties['targetService'] as { id: string }
    const { authType, identityId } = properties['authInfo'] as { authType: string; identityId?: string }
    const auth = authType === 'secret' ? 'secret' : identityId === undefined ? 'own identity' : 'given identity'
    const spec = specs.find((one) => one.auth === auth && one.namespace === properties['scope'] && id.includes(`/${one.target}/`))
    if (!spec) throw new Error(`${key} is what no one asked for: ${JSON.stringify(properties)}`)
    input.http.set(key, spec)
  }
}

/** Runs both clusters again, however busy they are. */
export async function startAll(story: Scenario): Promise<void> {
  const { clock, cloud } = story
  for (const name of clusterNames)
    for (let tries = 0; ; tries++) {
      const found = findCluster(cloud.world, idOfCluster(name))
      if (found && stateOf(found) === 'Succeeded' && !isStopped(found)) break
      if (tries > 30) throw new Error(`${name} does not run: ${found && stateOf(found)}`)
      await asPerson(story, 'POST', `${idOfCluster(name)}/start?api-version=2026-06-01`)
      await clock.pass(minute)
    }
}
