// What a transport does with objects once it has a way to read, apply and delete them: by server-side apply under the app's own field manager.
// https://kubernetes.io/docs/reference/using-api/server-side-apply/
//
// Surprising: an apply cannot say `only if it does not exist yet`, so a create that hit someone else's object removes what it wrote; and a DELETE
// with a body ignores its query, so everything is in the body.

import { problemOf } from '../errors/catalogue.ts'
import { Failure } from '../errors/failure.ts'
import { isOfCluster, kubernetesKinds, type ManagedKind } from '../model/kubernetes-kind.ts'
import type { Loop } from '../model/loop.ts'
import type { ObservedState } from '../model/managed-object.ts'
import { resourceId } from '../model/resource-id.ts'
import type { KubernetesObject, ManagedKubernetesObject, Transport } from '../ports/kubernetes.ts'
import { type Groups, isUnserved } from './custom.ts'
import { type Doing, kubernetesFailure } from './failures.ts'
import { differenceOf, fieldManager, isAsWritten, type Manifest, manifestOf, markOf, otherWriter } from './manifest.ts'
import type { Operations, Place } from './object-operations.ts'
import type { V1ObjectMeta } from './sdk.ts'
import { namespaceMissing, objectMissing } from './status.ts'

type Refused = Parameters<typeof kubernetesFailure>[1]

type Way = { readonly operations: Readonly<Record<ManagedKind, Operations>>; readonly apis: Groups }

export function objectsIn(
  { operations, apis }: Way,
  cluster: Loop<'cluster'>,
  installation: string,
): Pick<Transport, 'observe' | 'apply' | 'remove'> {
  const clusterName = resourceId(cluster.id).name
  const doing = (verb: string, object: ManagedKubernetesObject): Doing => {
    const name = nameOf(object)
    return { cluster, namespace: object.namespace, object: name, doing: `${verb} ${name}` }
  }

  /** `undefined`: the API server does not serve the kind, so there is no such object. `isWanted`: a person may have to install what brings it. */
  async function refusal(error: unknown, kind: ManagedKind, isWanted: boolean, of: Refused): Promise<Failure | undefined> {
    const row = kubernetesKinds[kind]
    try {
      if (!(await isUnserved(error, kind, apis))) return kubernetesFailure(error, of)
      return isWanted && 'missing' in row ? new Failure({ class: 'manual', code: row.missing, about: {} }) : undefined
    } catch (second) {
      return kubernetesFailure(second, of)
    }
  }

  async function observeOne(
    object: ManagedKubernetesObject,
    content: KubernetesObject | undefined,
    isTracked: boolean,
  ): Promise<ObservedState> {
    const { id } = object
    try {
      const found = await operations[object.kind].read(place(object), content !== undefined)
      const mark = markOf(found.metadata, installation, object.owner)
      const { uid = '', resourceVersion = '' } = found.metadata ?? {}
      const version = `${uid}/${resourceVersion}`
      if (found.metadata?.deletionTimestamp && (content || mark !== 'foreign')) return going(object, found.metadata, clusterName)
      if (!content) return { id, state: 'same', mark, version }
      const difference = differenceOf(manifestOf(content, installation, object.owner), found, mark)
      if (difference === '') return { id, state: 'same', mark, version }
      const writer = otherWriter(found.metadata)
      const whose = isAsWritten(found, mark, difference) ? ({ asWritten: true } as const) : writer === undefined ? {} : { writer }
      // Anyone can write a mark, so the ledger must know the object too before it is deleted.
      const isFixed = found.immutable || (found.type !== undefined && found.type !== (content.type ?? 'Opaque'))
      const replace = isFixed && isTracked && mark === 'ours' ? ({ replace: true } as const) : {}
      return { id, state: 'different', mark, version, difference, ...whose, ...replace }
    } catch (error) {
      const failure = objectMissing(error) ? undefined : await refusal(error, object.kind, content !== undefined, doing('read', object))
      if (!failure) return { id, state: 'absent' }
      const problem = problemOf(failure.fields)
      return { id, state: 'unknown', problem: object.of === undefined ? problem : { ...problem, of: object.of } }
    }
  }

  async function write(object: ManagedKubernetesObject, content: KubernetesObject, observed: ObservedState): Promise<void> {
    const there = observed.state === 'same' || observed.state === 'different' ? observed : undefined
    const [uid, resourceVersion] = there?.version?.split('/') ?? []
    const preconditions = uid && resourceVersion ? { uid, resourceVersion } : {}
    const manifest = manifestOf(content, installation, object.owner).reveal() // for the request
    const isMadeAgain = observed.state === 'different' && observed.replace
    const body: Manifest = isMadeAgain ? manifest : { ...manifest, metadata: { ...manifest.metadata, ...preconditions } }
    const force = there?.mark === 'ours' || there?.mark === 'offered'
    if (isMadeAgain) await operations[object.kind].remove({ ...place(object), body: deletion(preconditions) })
    const { created, metadata } = await patch(operations, object, body, force)
    if ((there && !isMadeAgain) || created || hasNoOtherWriter(metadata)) return
    await patch(
      operations,
      object,
      {
        apiVersion: kubernetesKinds[content.kind].apiVersion,
        kind: content.kind,
        metadata: isOfCluster(content.kind) ? { name: content.name } : { name: content.name, namespace: content.namespace },
      },
      false,
    )
    throw new Failure({
      class: 'stale',
      code: 'Stale',
      about: { ...doing('create', object), cluster: clusterName, message: 'another writer created it in the meantime' },
    })
  }

  return {
    observe: (objects, desired, tracked) =>
      Promise.all(objects.map((object) => observeOne(object, desired.get(object.id), tracked?.has(object.id) ?? false))),
    async apply(object, content, observed) {
      try {
        await write(object, content, observed)
        return { done: true }
      } catch (error) {
        const member = object.of === undefined ? {} : { member: object.of }
        if (!namespaceMissing(error)) {
          const failure = await refusal(error, object.kind, true, { ...doing('apply', object), sent: content.data })
          if (failure) throw failure
          return { waiting: { text: `waiting until the API server of cluster ${clusterName} knows ${object.kind}`, ...member } }
        }
        const { text } = problemOf({
          code: 'NamespaceMissing',
          about: { namespace: object.namespace, cluster: clusterName },
        })
        return { waiting: { text, manual: true, ...member } }
      }
    },
    async remove(object, observed) {
      const [uid, resourceVersion] = observed.state === 'same' || observed.state === 'different' ? (observed.version?.split('/') ?? []) : []
      const preconditions = uid && resourceVersion ? { uid, resourceVersion } : undefined
      // Without an observation its owner is unknown.
      if (!preconditions)
        throw new Failure({
          class: 'stale',
          code: 'Stale',
          about: { doing: doing('delete', object).doing, message: 'it was not seen before' },
        })
      const options = { ...place(object), body: deletion(preconditions) }
      try {
        await operations[object.kind].remove(options)
        return { done: true }
      } catch (error) {
        const failure = objectMissing(error) ? undefined : await refusal(error, object.kind, false, doing('delete', object))
        if (failure) throw failure
        return { done: true }
      }
    },
  }
}

const nameOf = ({ kind, namespace, name }: Pick<ManagedKubernetesObject, 'kind' | 'namespace' | 'name'>): string =>
  isOfCluster(kind) ? `${kind} ${name}` : `${kind} ${namespace}/${name}`
const place = ({ name, namespace }: ManagedKubernetesObject): Place => ({ name, namespace })
const deletion = (preconditions: { readonly uid?: string; readonly resourceVersion?: string }) => ({
  apiVersion: 'v1',
  kind: 'DeleteOptions',
  preconditions,
  propagationPolicy: 'Background',
})

/** Deleted already, and still there because of finalizers: no pod should rely on it. */
function going({ id, of, kind, namespace, name }: ManagedKubernetesObject, metadata: V1ObjectMeta, cluster: string): ObservedState {
  const about = {
    object: nameOf({ kind, namespace, name }),
    cluster,
    namespace,
    name,
    kind: kind.toLowerCase(),
    since: new Date(metadata.deletionTimestamp ?? 0).toISOString(),
    finalizers: metadata.finalizers?.map((one) => `finalizer ${one}`).join(', ') || 'the API server',
  }
  return { id, state: 'unknown', going: true, problem: problemOf({ code: 'BeingDeleted', about, ...(of === undefined ? {} : { of }) }) }
}

type Empty = { readonly apiVersion: string; readonly kind: string; readonly metadata: Partial<Place> }

async function patch(
  operations: Readonly<Record<ManagedKind, Operations>>,
  { kind, name, namespace }: ManagedKubernetesObject,
  body: Manifest | Empty,
  force: boolean,
): Promise<{ readonly created: boolean; readonly metadata: V1ObjectMeta | undefined }> {
  const options = { name, namespace, body, fieldManager, force }
  const answer = await operations[kind].patch(options)
  return { created: answer.httpStatusCode === 201, metadata: answer.data.metadata }
}

/** No other writer: then a stale run of this very apply created it. */
const hasNoOtherWriter = (metadata: V1ObjectMeta | undefined): boolean =>
  (metadata?.managedFields ?? []).every((row) => row.manager === fieldManager)
