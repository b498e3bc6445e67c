// Plays a random world: makes it true, lets the sweep run again and again while things happen, and holds each delete, and what is there in the end,
// against the oracle.
import { Failure } from '../../../src/errors/failure.ts'
import { type ConnectionSpec, linkerId } from '../../../src/model/connection.ts'
import { managedIdOf } from '../../../src/model/kubernetes-kind.ts'
import { keyOf, type Loop, loop } from '../../../src/model/loop.ts'
import { fieldManager, kubernetesAnnotations, kubernetesMarks } from '../../../src/model/names.ts'
import type { Store } from '../../../src/ports/store.ts'
import { runSweep } from '../../../src/sweep/run.ts'
import { memoryStore } from '../../functions/memory-table.ts'
import { emptyArm, emptyAzure, installation } from '../../functions/test-services.ts'
import { aConnection } from '../../model/a-connection.ts'
import { aRecord } from '../../model/a-record.ts'
import { type Circumstances, grace, mayGo, type Truth } from './oracle.ts'
import { type ClusterName, clusterNames, clusterOf, type Sandbox, uidOf } from './sandbox.ts'
import { accountUses, notUses, secretUses, type Use } from './uses.ts'
import { eventfulRuns, type Happening, type Thing, type World } from './world.ts'

const every = 6 * 60 * 60_000
const quietRuns = 12
/** What may go this many runs before the end is gone at the end: the grace takes two, and the share takes one object a run. */
const bounded = 10

type Placed = Thing & {
  readonly at: number
  readonly name: string
  readonly resource: 'secrets' | 'serviceaccounts'
  readonly path: string
  truth: Truth
  users: { readonly path: string }[]
}
export type Outcome = { readonly wrong: readonly string[]; readonly deleted: number; readonly spared: number; readonly runs: number }

const nameOf = (cluster: Loop<'cluster'>): ClusterName => {
  const name = clusterNames.find((one) => clusterOf(one).key === cluster.key)
  if (!name) throw new Error(`There is no cluster ${cluster.id}`)
  return name
}
const guid = (at: number): string => `0000000${at}-1111-4222-8333-444444444444`

export async function play(world: World, box: Sandbox): Promise<Outcome> {
  box.reset()
  const start = box.clock.now()
  const store = memoryStore(installation, () => box.clock.now())
  const wrong: string[] = []
  let deleted = 0
  const forbidden = new Set<ClusterName>()
  for (const name of clusterNames) {
    for (const namespace of ['shop', 'pay', 'sc-system', 'elsewhere'])
      await box.admin(name, 'POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
    await connect(store, name, 'filler')
    const apiServer = world.isPrivate[name] ? ({ apiServer: 'private' } as const) : {}
    const facts = { uid: uidOf(name), fqdn: `${name}.hcp.westeurope.azmk8s.io`, running: true, ...apiServer }
    await store.record(clusterOf(name), { step: 'read-cluster', tracked: [] }, { ...aRecord({ facts }), tracked: [] })
    const side = box.azure.get(clusterOf(name).id.toLowerCase())
    if (side && world.extension[name]) side.extension = {}
  }
  const allow = { clusters: ['*/*/*'], targets: [], namespaces: [], auth: [], transports: ['run-command' as const] }
  await store.putPolicy({ name: 'commands', allow })
  const things: Placed[] = []
  for (const [at, thing] of world.things.entries()) things.push(await place(thing, at, box, store, start))

  const circumstances = ({ cluster }: Truth, now: number): Circumstances => ({
    mode: world.mode,
    extension: world.extension[cluster],
    areListsForbidden: forbidden.has(cluster),
    now,
  })
  const happen = async (happening: Happening): Promise<void> => {
    const thing = things[happening.thing % things.length]
    if (!thing) return
    if (happening.what === 'lists are forbidden') {
      forbidden.add(thing.cluster)
      box.forbid(thing.cluster, [world.forbidden])
    } else if (happening.what === 'lists are allowed') {
      forbidden.delete(thing.cluster)
      box.forbid(thing.cluster, [])
    } else await change(thing, happening.what, box, store)
  }

  for (let run = 1; run <= eventfulRuns + quietRuns; run++) {
    await box.clock.pass(every)
    const now = box.clock.now()
    const due = world.happenings.filter((one) => one.run === run)
    // A user that comes, or a right that goes, after the sweep has looked is one that nothing could know.
    const isEarly = ({ request, what }: Happening): boolean => request === undefined || what === 'is used' || what.startsWith('lists')
    for (const one of due.filter(isEarly)) await happen(one)
    const during = due.filter((one) => !isEarly(one))
    let requests = 0
    // Clusters are swept side by side, and what happens takes its time: one after the other.
    let last: Promise<void> = Promise.resolve()
    const happens = (): Promise<void> => {
      const now = ++requests
      last = last.then(async () => {
        for (const one of during) if (one.request === now) await happen(one)
      })
      return last
    }
    const took =
      (cluster: ClusterName) =>
      (path: string): void => {
        deleted++
        const thing = things.find((one) => one.cluster === cluster && one.path === path)
        const uid = thing && box.object(cluster, thing.resource, thing.namespace, thing.name)?.metadata.uid
        if (uid !== undefined) return // it is another one by now
        if (!thing) wrong.push(`run ${run}: it deleted ${path} of ${cluster}, which is none of the world's objects`)
        else if (!mayGo(thing.truth, circumstances(thing.truth, now)))
          wrong.push(`run ${run}: it deleted ${path}: ${JSON.stringify(thing.truth)}`)
      }
    await runSweep({
      look: 'everything',
      requested: new Map(),
      store,
      listed: () => {},
      changed: () => {},
      sweeping: {
        open: async (cluster) => {
          const name = nameOf(cluster)
          if (!world.isPrivate[name]) return box.swept(name, installation.name, happens, took(name))
          throw new Failure({ class: 'transient', code: 'KubernetesUnreachable', about: { cluster: name } })
        },
        openByCommand: async (cluster) => {
          const name = nameOf(cluster)
          return await box.sweptByCommand(name, installation.name, happens, took(name))
        },
        arm: { ...emptyArm, ...box.arm },
        azure: emptyAzure,
        installation: installation.name,
        settings: { mode: world.mode, graceMs: grace, most: 100, share: 0.25 },
        isSystem: (namespace) => namespace.startsWith('kube-') || namespace === 'sc-system',
        goneAfterMs: installation.goneAfterMs,
        now: () => box.clock.now(),
      },
    })
  }
  const then = box.clock.now() - bounded * every
  let spared = 0
  for (const thing of things) {
    if (!isThere(thing, box)) continue
    spared++
    if (mayGo(thing.truth, circumstances(thing.truth, then))) wrong.push(`${thing.path} is still there: ${JSON.stringify(thing.truth)}`)
  }
  return { wrong, deleted, spared, runs: eventfulRuns + quietRuns }
}

const isThere = ({ cluster, resource, namespace, name }: Placed, box: Sandbox): boolean =>
  box.object(cluster, resource, namespace, name) !== undefined

async function connect(store: Store, cluster: ClusterName, name: string, more: Partial<ConnectionSpec> = {}): Promise<void> {
  const place = clusterOf(cluster)
  const { identity: _, ...base } = aConnection({ name, cluster: place, key: keyOf(linkerId(place.id, name)), auth: 'secret', ...more })
  const spec = { ...base, ...more }
  const desired = await store.desire(spec, () => true)
  if (!('generation' in desired)) throw new Error(`${name} was not stored`)
  const connection = { ...spec, generation: desired.generation }
  // Before its ServiceAccount is written, which the identity's loop does.
  for (const joined of [more.identity, place]) if (joined) await store.join(connection, joined)
}

async function disconnect(store: Store, cluster: ClusterName, name: string): Promise<void> {
  const place = clusterOf(cluster)
  const own: Loop<'connection'> = loop('connection', linkerId(place.id, name))
  const identity = (await store.read(own))?.view.self?.identity
  for (const joined of [place, ...(identity ? [identity] : [])]) {
    await store.leave(own, joined)
    const member = (await store.read(joined))?.members.find(({ connection }) => connection.key === own.key)
    if (member) await store.removeMember(joined, member)
  }
  const row = (await store.read(own))?.row
  if (row && (await store.forget(row)) !== 'forgotten') throw new Error(`${name} was not forgotten`)
}

/** What connects `thing` in the store. */
const connecting = ({ kind, namespace, at }: Pick<Placed, 'kind' | 'namespace' | 'at'>): readonly [string, Partial<ConnectionSpec>] => [
  `c${at}`,
  { namespace, ...(kind === 'ServiceAccount' ? { auth: 'workload-identity', identity: identityOf(at) } : {}) },
]
const identityOf = (at: number): Loop<'identity'> =>
  loop('identity', `/subscriptions/s/resourceGroups/ids/providers/Microsoft.ManagedIdentity/userAssignedIdentities/i${at}`)

async function place(thing: Thing, at: number, box: Sandbox, store: Store, now: number): Promise<Placed> {
  const { origin, kind, cluster } = thing
  const isAzure = origin.startsWith('of Azure') || origin === 'in sc-system'
  const namespace = (origin === 'in sc-system' ? 'sc-system' : thing.namespace) as Thing['namespace']
  const stem = isAzure ? `az${at}` : origin === 'look-alike' ? `la${at}` : `c${at}`
  const named = origin === 'labelled by hand' ? `handmade-${at}` : kind === 'Secret' ? `sc-${stem}-secret` : `sc-account-${guid(at)}`
  const resource = kind === 'Secret' ? 'secrets' : 'serviceaccounts'
  const path = `/api/v1/namespaces/${namespace}/${resource}/${named}`
  const isOrphan = origin !== 'live' && origin !== 'of Azure, live'
  const truth: Truth = {
    origin,
    cluster,
    madeAt: now,
    orphanedAt: isOrphan ? now : undefined,
    freeAt: now,
    isOptedOut: thing.isOptedOut,
    isOfPeople: false,
  }
  const placed: Placed = { ...thing, namespace, at, name: named, resource, path, truth, users: [] }
  await write(placed, box)
  if (origin === 'live') await connect(store, cluster, ...connecting(placed))
  const side = box.azure.get(clusterOf(cluster).id.toLowerCase())
  if (origin === 'of Azure, live') side?.linkers.push(linkerOf(placed))
  if (origin === 'of Azure, handed over' && side?.extension)
    side.extension = {
      ...side.extension,
      [`aksServiceConnector.${keyOf(managedIdOf(clusterOf(cluster), { namespace, kind, name: named }))}`]: 'other owner digest',
    }
  for (const use of thing.uses) await beUsed(placed, use, box, notUses.includes(use))
  return placed
}

const linkerOf = ({ kind, at }: Placed) => ({ name: `Az_${at}`, ...(kind === 'ServiceAccount' ? { clientId: guid(at) } : {}) })

/** The object as its origin would have written it. */
async function write(
  { origin, kind, cluster, namespace, name, at, path, isOptedOut, hasForgedMark }: Placed,
  box: Sandbox,
  again = '',
): Promise<void> {
  const isSecret = kind === 'Secret'
  const owner = isSecret ? keyOf(linkerId(clusterOf(cluster).id, `c${at}`)) : identityOf(at).key
  const annotations = {
    ...(isSecret
      ? { [kubernetesAnnotations.connection]: linkerId(clusterOf(cluster).id, `c${at}`) }
      : { 'azure.workload.identity/client-id': guid(at) }),
    ...(again === '' ? {} : { again }),
  }
  const marked = { labels: kubernetesMarks(origin === 'of another installation' ? 'other' : installation.name, owner), annotations }
  const isMarked = ['live', 'gone', 'copied', 'labelled by hand', 'of another installation'].includes(origin)
  const object = {
    apiVersion: 'v1',
    kind,
    metadata: {
      name,
      namespace,
      ...(isMarked ? marked : isSecret ? {} : { annotations: { 'azure.workload.identity/client-id': guid(at) } }),
    },
    ...(isSecret ? { type: 'Opaque', data: { AZURE_STORAGEBLOB_CONNECTIONSTRING: 'eA==' } } : {}),
  }
  const isApplied = ['live', 'gone', 'of another installation'].includes(origin)
  const byPeople = ['copied', 'labelled by hand', 'look-alike', 'of Azure, by kubectl'].includes(origin)
  if (isApplied)
    await box.admin(cluster, 'PATCH', `${path}?fieldManager=${fieldManager}&force=true`, object, 'application/apply-patch+yaml')
  else {
    const manager = byPeople ? 'kubectl-create' : 'sc-operator'
    await box.admin(cluster, 'POST', `${path.slice(0, path.lastIndexOf('/'))}?fieldManager=${manager}`, object)
  }
  // The owner of an object opts out with a tool that leaves no name of its own behind.
  const extra = {
    ...(isOptedOut ? { [kubernetesAnnotations.prune]: 'disabled' } : {}),
    ...(hasForgedMark ? { [kubernetesAnnotations.leftOverSince]: '2020-01-01T00:00:00.000Z' } : {}),
  }
  if (Object.keys(extra).length > 0)
    await box.admin(cluster, 'PATCH', `${path}?fieldManager=portal`, { metadata: { annotations: extra } }, 'application/merge-patch+json')
}

async function beUsed(thing: Placed, use: Use, box: Sandbox, isNone = false): Promise<void> {
  const { path, body } = use.make(thing.namespace, thing.name, thing.at * 10 + thing.users.length)
  const name = (body['metadata'] as { readonly name: string }).name
  await box.admin(thing.cluster, 'POST', path, {
    ...body,
    metadata: { ...(body['metadata'] as object), namespace: path.split('/namespaces/')[1]?.split('/')[0] },
  })
  thing.users.push({ path: `${path}/${name}` })
  if (!isNone) thing.truth = { ...thing.truth, freeAt: undefined }
}

async function change(
  thing: Placed,
  what: Exclude<Happening['what'], 'lists are forbidden' | 'lists are allowed'>,
  box: Sandbox,
  store: Store,
): Promise<void> {
  const now = box.clock.now()
  const { origin, cluster, truth } = thing
  const isOurs = origin === 'live' || origin === 'gone'
  const isAzure = origin === 'of Azure, live' || origin === 'of Azure, gone'
  const side = box.azure.get(clusterOf(cluster).id.toLowerCase())
  if (!isThere(thing, box)) return
  if (what === 'comes back' && (isOurs || isAzure) && truth.orphanedAt !== undefined && !truth.isOfPeople) {
    if (isAzure) {
      side?.linkers.push(linkerOf(thing))
      // As the product's extension does.
      const again = { metadata: { annotations: { again: String(now) } } }
      await box.admin(cluster, 'PATCH', `${thing.path}?fieldManager=sc-operator`, again, 'application/merge-patch+json')
    } else {
      await connect(store, cluster, ...connecting(thing))
      await write({ ...thing, isOptedOut: false, hasForgedMark: false }, box, String(now))
    }
    // Only now: a connection that asks while a run deletes makes its object again.
    thing.truth = { ...thing.truth, orphanedAt: undefined }
  } else if (what === 'goes' && (isOurs || isAzure) && truth.orphanedAt === undefined) {
    thing.truth = { ...truth, orphanedAt: now }
    if (isAzure)
      side?.linkers.splice(
        side.linkers.findIndex(({ name }) => name === linkerOf(thing).name),
        1,
      )
    else await disconnect(store, cluster, `c${thing.at}`)
  } else if (what === 'is made again') {
    await box.admin(cluster, 'DELETE', thing.path)
    const { kind, namespace, name } = thing
    const object = { apiVersion: 'v1', kind, metadata: { name, namespace } }
    await box.admin(cluster, 'POST', `${thing.path.slice(0, thing.path.lastIndexOf('/'))}?fieldManager=kubectl-create`, object)
    thing.truth = { ...truth, madeAt: now, isOfPeople: true, isOptedOut: false }
  } else if (what === 'is edited') {
    await box.admin(
      cluster,
      'PATCH',
      `${thing.path}?fieldManager=kubectl-annotate`,
      { metadata: { annotations: { note: String(now) } } },
      'application/merge-patch+json',
    )
    // Of what carries no marks, an edit by hand is the sign of another owner.
    if (isAzure) thing.truth = { ...truth, isOfPeople: true }
  } else if (what === 'is used' && thing.users.length === 0) {
    const some = thing.kind === 'Secret' ? secretUses : accountUses
    const use = some[(thing.at * 7 + Math.floor(now / every)) % some.length]
    if (use) await beUsed(thing, use, box)
  } else if (what === 'is free') {
    for (const { path } of thing.users.splice(0)) await box.admin(cluster, 'DELETE', path)
    if (truth.freeAt === undefined) thing.truth = { ...thing.truth, freeAt: now }
  }
}
