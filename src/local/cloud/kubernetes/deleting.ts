// DELETE: preconditions, finalizers, propagation, collections, and namespaces, which go with all that is in them.
//
// The surprising part is the real server's: a DeleteOptions body makes it ignore the query, so `?dryRun=All` with a body of
// preconditions really deletes (seen on a real server, see test/real).
import type { CloudRequest } from '../http.ts'
import type { World } from '../world.ts'
import { callWebhooks } from './admission.ts'
import type { Kind } from './kind.ts'
import { kinds } from './kinds.ts'
import { isRaw, type KubernetesObject, type Raw, timestamp } from './object.ts'
import { selected, withoutKind } from './reading.ts'
import { dryRunOf, json, type Target } from './request.ts'
import { conflict, forbidden, invalid, notFound, Refusal, unsupported } from './status.ts'
import { type Store, storeOf } from './store.ts'

export type Deleting = {
  readonly world: World
  readonly cluster: string
  readonly store: Store
  readonly kind: Kind
  readonly target: Target
}

type Options = {
  readonly dryRun: boolean
  readonly finalizer?: 'foregroundDeletion' | 'orphan'
  readonly preconditions: { readonly uid?: unknown; readonly resourceVersion?: unknown }
}

/** The namespace and garbage collectors of a real cluster need about this long. */
const collected = 2_000
/** A namespace that something holds is looked at again after this. */
const collectedAgain = 30_000
const inNamespaces = kinds.filter(({ namespaced }) => namespaced).map(({ resource }) => resource)
const namespaceGone = 'kubernetes-namespace-gone'
const finalizerDone = 'kubernetes-finalizer-done'
type NamespaceGone = { readonly type: typeof namespaceGone; readonly cluster: string; readonly name: string; readonly uid: string }
type FinalizerDone = {
  readonly type: typeof finalizerDone
  readonly cluster: string
  readonly resource: string
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly finalizer: string
}

function optionsOf(request: CloudRequest): Options {
  const query = request.url.searchParams
  const body = request.body.length > 0 ? json(request.body) : undefined
  if (request.body.length > 0 && !isRaw(body)) throw new Refusal(500, undefined, "couldn't get version/kind; json parse error")
  const said: Raw = isRaw(body) ? body : { dryRun: query.getAll('dryRun'), propagationPolicy: query.get('propagationPolicy') ?? undefined }
  const dryRun = dryRunOf(Array.isArray(said['dryRun']) ? said['dryRun'].map(String) : [], 'DeleteOptions')
  const policy = said['propagationPolicy'] ?? 'Background'
  if (policy !== 'Background' && policy !== 'Foreground' && policy !== 'Orphan')
    throw invalid({ kind: 'DeleteOptions', group: 'meta.k8s.io', name: '' }, [
      unsupported('propagationPolicy', JSON.stringify(policy), ['Foreground', 'Background', 'Orphan', 'nil']),
    ])
  return {
    dryRun,
    preconditions: isRaw(said['preconditions']) ? said['preconditions'] : {},
    ...(policy === 'Background' ? {} : { finalizer: policy === 'Foreground' ? 'foregroundDeletion' : 'orphan' }),
  }
}

export function deleteOne(request: CloudRequest, deleting: Deleting): Raw {
  const { store, kind, target } = deleting
  const options = optionsOf(request)
  const object = store.get(target.resource, kind.namespaced ? (target.namespace ?? '') : '', target.name ?? '')
  if (!object) throw notFound({ resource: target.resource, name: target.name })
  if (target.resource === 'namespaces' && ['default', 'kube-system', 'kube-public'].includes(object.metadata.name))
    throw forbidden({ resource: target.resource, name: target.name }, 'this namespace may not be deleted')
  const { uid, resourceVersion } = options.preconditions
  const about = { resource: kind.kind, name: target.name }
  if (uid !== undefined && uid !== object.metadata.uid)
    throw conflict(
      about,
      `the UID in the precondition (${uid}) does not match the UID in record (${object.metadata.uid}). The object might have been deleted and then recreated`,
    )
  if (resourceVersion !== undefined && resourceVersion !== object.metadata.resourceVersion)
    throw conflict(
      about,
      `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${object.metadata.resourceVersion}). The object might have been modified`,
    )
  const left = remove(object, options, deleting)
  if (left) return left
  if (kind.answersDeleted) return object
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: { name: object.metadata.name, kind: target.resource, uid: object.metadata.uid },
  }
}

export function deleteMany(request: CloudRequest, deleting: Deleting): Raw {
  const options = optionsOf(request)
  const items = selected(request, deleting) ?? []
  const metadata = { resourceVersion: String(deleting.store.revision()) }
  for (const object of items) remove(object, options, deleting)
  return { kind: `${deleting.kind.kind}List`, apiVersion: 'v1', metadata, items: items.map(withoutKind) }
}

/** The object as it stays for now, held by finalizers; undefined = it is gone. */
function remove(
  object: KubernetesObject,
  options: Options,
  { world, cluster, store, kind, target }: Deleting,
): KubernetesObject | undefined {
  const now = timestamp(world.clock.now())
  const { name, namespace = '', uid } = object.metadata
  callWebhooks(world, cluster, { operation: 'DELETE', resource: target.resource, namespace, name })
  if (kind.resource === 'namespaces') {
    if (object.metadata.deletionTimestamp !== undefined) return object
    const terminating = { ...object, metadata: { ...object.metadata, deletionTimestamp: now }, status: { phase: 'Terminating' } }
    if (options.dryRun) return terminating
    world.later(collected, { type: namespaceGone, cluster, name, uid } satisfies NamespaceGone)
    return store.put(target.resource, terminating)
  }
  const others = (object.metadata.finalizers ?? []).filter((each) => each !== 'foregroundDeletion' && each !== 'orphan')
  const finalizers = [...others, ...(options.finalizer ? [options.finalizer] : [])]
  if (finalizers.length === 0) {
    if (!options.dryRun) store.delete(target.resource, object)
    return undefined
  }
  if (object.metadata.deletionTimestamp !== undefined && !options.finalizer) return object
  const marked = { ...object, metadata: { ...object.metadata, deletionTimestamp: now, deletionGracePeriodSeconds: 0, finalizers } }
  if (options.dryRun) return marked
  if (options.finalizer)
    world.later(collected, {
      type: finalizerDone,
      cluster,
      resource: target.resource,
      namespace,
      name,
      uid,
      finalizer: options.finalizer,
    } satisfies FinalizerDone)
  return store.put(target.resource, marked)
}

/** What the namespace controller and the garbage collector do; registered once, when the servers are made. */
export function collectGarbage(world: World): void {
  world.on<NamespaceGone>(namespaceGone, (effect) => {
    const { cluster, name, uid } = effect
    const store = storeOf(world, cluster)
    const namespace = store.get('namespaces', '', name)
    if (namespace?.metadata.uid !== uid) return
    let held = false
    for (const resource of inNamespaces)
      for (const object of store.list(resource, name) ?? []) {
        const isHeld = (object.metadata.finalizers ?? []).length > 0
        held ||= isHeld
        if (!isHeld) store.delete(resource, object)
        else if (object.metadata.deletionTimestamp === undefined) {
          const deletionTimestamp = timestamp(world.clock.now())
          store.put(resource, { ...object, metadata: { ...object.metadata, deletionTimestamp, deletionGracePeriodSeconds: 0 } })
        }
      }
    // https://kubernetes.io/docs/concepts/overview/working-with-objects/finalizers/: it stays Terminating until they are gone.
    if (held) world.later(collectedAgain, effect)
    else store.delete('namespaces', namespace)
  })
  world.on<FinalizerDone>(finalizerDone, ({ cluster, resource, namespace, name, uid, finalizer }) => {
    const store = storeOf(world, cluster)
    const object = store.get(resource, namespace, name)
    if (object?.metadata.uid !== uid) return
    const finalizers = (object.metadata.finalizers ?? []).filter((each) => each !== finalizer)
    if (finalizers.length === 0) store.delete(resource, object)
    else store.put(resource, { ...object, metadata: { ...object.metadata, finalizers } })
  })
}
