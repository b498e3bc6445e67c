// Leftovers of Azure Service Connector: deleting one of its connections leaves Secret and ServiceAccount in the cluster
// (https://learn.microsoft.com/azure/service-connector/how-to-use-service-connector-in-aks). They carry no marks, so nothing is judged by its name alone:
//
// - The cluster has, or had, the extension `sc-extension`: Azure says so now, or said so to this app before, for the cluster with this uid.
// - Azure lists all linkers of the cluster, and none of them would have this object. A GET of the linker that its name leads to answers ResourceNotFound,
//   while the cluster itself is there. This is so in two runs, and again right before it is deleted.
// - No installation of this app handed it to the same extension (docs/transports.md), and no connection here has it.
// - No other tool made or owns it (upstream-objects.ts).
import { mapConcurrent } from '../contract/map-concurrent.ts'
import { Failure } from '../errors/failure.ts'
import { type AppliedHashes, handedObjects } from '../model/applied-hash.ts'
import { appliedHashesOf, extensionApi, extensionId, extensionOf, isOurType, releaseNamespace } from '../model/extension.ts'
import { managedIdOf } from '../model/kubernetes-kind.ts'
import type { ListedObject, SweptKind } from '../model/leftover.ts'
import { keyOf, type Loop } from '../model/loop.ts'
import { kubernetesLabels, secretName, serviceAccountName } from '../model/names.ts'
import type { Arm } from '../ports/azure.ts'
import type { Store } from '../ports/store.ts'
import type { SweptCluster } from '../ports/sweep.ts'
import type { Candidate } from './candidate.ts'
import { type Linker, linkerIn, linkersOf, wouldHave } from './linkers.ts'
import { isLabelled, type Listed, listStatus } from './own-lists.ts'
import type { Expected } from './own-objects.ts'
import { isUpstreamShaped, madeByOthers } from './upstream-objects.ts'

/** The app's own objects and the ServiceAccounts come from the same lists. */
type Upstream = Listed & {
  readonly candidates: readonly Candidate[]
  /** Objects that look like the product's. */
  readonly count: number
}

/** Questions to Azure at a time. */
const atOnce = 8

export type UpstreamDeps = { readonly store: Store; readonly arm: Pick<Arm, 'get' | 'list'>; readonly installation: string }

/** `handed`: keys of the objects that installations of this app handed to the extension. */
export async function upstreamCandidates(
  cluster: Loop<'cluster'>,
  handed: ReadonlySet<string>,
  swept: SweptCluster,
  expected: Expected,
  deps: UpstreamDeps,
): Promise<Upstream> {
  const objects: ListedObject[] = []
  for (const kind of ['Secret', 'ServiceAccount', 'SecretProviderClass'] as const)
    for (const object of await listAll(swept, kind)) {
      // Of the Secrets of others nothing is kept.
      if (isUpstreamShaped(object) || isLabelled(object, deps.installation)) objects.push(object)
    }
  const own = [...objects.filter((object) => isLabelled(object, deps.installation)), ...(await listStatus(swept))]
  const shaped = objects.filter((object) => isUpstreamShaped(object) && object.labels[kubernetesLabels.installation] === undefined)
  const ours = await oursWithoutLabels(expected, deps.store)
  const linkers = await readOr(linkersOf(cluster.id, deps.arm))
  const candidates = shaped
    .filter((object) => !ours.has(`${object.namespace}/${object.name}`))
    .filter((object) => !handed.has(keyOf(managedIdOf(cluster, object))))
  return {
    own,
    accounts: objects.filter((object) => object.kind === 'ServiceAccount' && isUpstreamShaped(object)),
    candidates: await mapConcurrent(candidates, atOnce, (object) => candidateOf(object, cluster, linkers, deps)),
    count: shaped.length,
  }
}

/** What Azure refuses to say makes its own candidates unknown, and nothing else. */
const readOr = <T>(reading: Promise<T>): Promise<T | { readonly unread: string }> =>
  reading.catch((error: unknown) => {
    if (!(error instanceof Failure)) throw error
    return { unread: `connections of Azure Service Connector (${error.fields.code})` }
  })

/** Built-in roles for clusters do not include custom resources: those of a cluster that may not be listed are not judged. */
async function listAll(swept: SweptCluster, kind: SweptKind): Promise<readonly ListedObject[]> {
  try {
    return (await swept.list(kind, 'all')) ?? []
  } catch (error) {
    if (kind === 'SecretProviderClass' && error instanceof Failure && error.fields.class === 'permission') return []
    throw error
  }
}

/**
 * Keys of the objects that installations of this app handed to the extension; `undefined`: nothing says that the product was ever used in this cluster.
 * Throws `Failure` where Azure does not say.
 */
export async function handedTo(
  cluster: Loop<'cluster'>,
  uid: string | undefined,
  swept: SweptCluster,
  { store, arm }: UpstreamDeps,
): Promise<ReadonlySet<string> | undefined> {
  if (uid === undefined || !(await swept.hasNamespace(releaseNamespace))) return undefined
  const before = await store.sweeps.cluster(cluster.key)
  const isSame = before.extensionOf === uid
  const body = await arm.get(extensionId(cluster.id), extensionApi)
  const extension = body && extensionOf(body)
  if (!extension || !isOurType(extension)) return isSame ? new Set(before.handed) : undefined
  const settings: AppliedHashes = appliedHashesOf(extension)
  const handed = new Set([...(isSame ? (before.handed ?? []) : []), ...handedObjects(settings)])
  if (!isSame || handed.size !== (before.handed ?? []).length)
    await store.sweeps.putCluster(cluster.key, { ...before, extensionOf: uid, handed: [...handed].sort() })
  return handed
}

/** What connections of this installation have in the cluster by way of the extension, which writes no labels. */
async function oursWithoutLabels({ connections, identities }: Expected, store: Store): Promise<ReadonlySet<string>> {
  const places = new Set<string>()
  for (const { namespace, name } of connections.values()) places.add(`${namespace}/${secretName(name)}`)
  for (const [key, members] of identities) {
    const { clientId } = (await store.sweeps.look({ kind: 'identity', key: key as Loop['key'] }))?.facts ?? {}
    if (clientId !== undefined) for (const { namespace } of members) places.add(`${namespace}/${serviceAccountName(clientId)}`)
  }
  return places
}

async function candidateOf(
  object: ListedObject,
  cluster: Loop<'cluster'>,
  linkers: readonly Linker[] | { readonly unread: string },
  { arm }: UpstreamDeps,
): Promise<Candidate> {
  const reason = madeByOthers(object)
  const has = (all: readonly Linker[]): boolean => all.some((linker) => wouldHave(linker, object))
  const base = { object, product: 'azure-service-connector', ...(reason === undefined ? {} : { unproven: reason }) } as const
  const isStillLeft = async (): Promise<boolean> => !has(await linkersOf(cluster.id, arm)) && !(await linkerIn(cluster.id, object, arm))
  if ('unread' in linkers) return { ...base, ...linkers, isOwned: false, isStillLeft }
  if (has(linkers)) return { ...base, isOwned: true, isStillLeft }
  const found = reason === undefined && (await readOr(linkerIn(cluster.id, object, arm)))
  return typeof found === 'object' ? { ...base, ...found, isOwned: false, isStillLeft } : { ...base, isOwned: found, isStillLeft }
}
