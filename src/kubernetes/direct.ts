// The transport `direct`: the API server itself, by server-side apply as our own field manager.
// https://kubernetes.io/docs/reference/using-api/server-side-apply/
//
// The surprising parts: an apply cannot say `only if it is not there yet`, so a create that met somebody's object takes back what it wrote;
// and a DELETE with a body ignores its query, so that everything stands in the body.
import type { Loop } from '../domain/loop.ts'
import { resourceId } from '../domain/resource-id.ts'
import { secret } from '../domain/secret.ts'
import type { Seen } from '../domain/thing.ts'
import { notUnderstood } from '../errors/answer.ts'
import { problemOf } from '../errors/catalogue.ts'
import { Failure } from '../errors/failure.ts'
import type { KubernetesObject, KubernetesThing, Transport } from '../steps/ports.ts'
import { statusBoardOf } from './board.ts'
import { type Doing, kubernetesFailure, namespaceMissing, objectMissing } from './failures.ts'
import { applying, metadataOnly } from './headers.ts'
import { differenceOf, type Found, fieldManager, isAsWritten, type Manifest, manifestOf, markOf, otherWriter } from './manifest.ts'
import { namespaceIn } from './rights.ts'
import type { CoreV1Api, V1ObjectMeta } from './sdk.ts'

type Place = { readonly name: string; readonly namespace: string }

export function directTransport(core: CoreV1Api, cluster: Loop<'cluster'>, installation: string): Transport {
  const clusterName = resourceId(cluster.id).name
  const doing = (verb: string, thing: KubernetesThing): Doing => {
    const name = `${thing.kind} ${thing.namespace}/${thing.name}`
    return { cluster, namespace: thing.namespace, thing: name, doing: `${verb} ${name}` }
  }

  async function look(thing: KubernetesThing, object: KubernetesObject | undefined, isHeld: boolean): Promise<Seen> {
    const { id } = thing
    try {
      const found = await read(core, thing, object)
      const mark = markOf(found.metadata, installation, thing.owner)
      const { uid = '', resourceVersion = '' } = found.metadata ?? {}
      const version = `${uid}/${resourceVersion}`
      if (found.metadata?.deletionTimestamp && (object || mark !== 'foreign')) return going(thing, found.metadata, clusterName)
      if (!object) return { id, state: 'same', mark, version }
      const difference = differenceOf(manifestOf(object, installation, thing.owner), found, mark)
      if (difference === '') return { id, state: 'same', mark, version }
      const writer = otherWriter(found.metadata)
      const whose = isAsWritten(found, mark, difference) ? ({ asWritten: true } as const) : writer === undefined ? {} : { writer }
      // A mark can be written by anybody, so that the ledger has to know it too before it is deleted.
      const replace = found.immutable && isHeld && mark === 'ours' ? ({ replace: true } as const) : {}
      return { id, state: 'different', mark, version, difference, ...whose, ...replace }
    } catch (error) {
      if (objectMissing(error)) return { id, state: 'absent' }
      const problem = problemOf(kubernetesFailure(error, doing('look at', thing)).fields)
      return { id, state: 'unseen', problem: thing.of === undefined ? problem : { ...problem, of: thing.of } }
    }
  }

  async function write(thing: KubernetesThing, object: KubernetesObject, seen: Seen): Promise<void> {
    const there = seen.state === 'same' || seen.state === 'different' ? seen : undefined
    const [uid, resourceVersion] = there?.version?.split('/') ?? []
    const preconditions = uid && resourceVersion ? { uid, resourceVersion } : {}
    const manifest = manifestOf(object, installation, thing.owner).reveal() // on its way to the wire
    const isMadeAgain = seen.state === 'different' && seen.replace
    const body: Manifest = isMadeAgain ? manifest : { ...manifest, metadata: { ...manifest.metadata, ...preconditions } }
    const force = there?.mark === 'ours' || there?.mark === 'offered'
    if (isMadeAgain) await core.deleteNamespacedSecret({ ...place(thing), body: deletion(preconditions) })
    const { created, metadata } = await patch(core, thing, body, force)
    if ((there && !isMadeAgain) || created || onlyOurs(metadata)) return
    await patch(core, thing, { apiVersion: 'v1', kind: object.kind, metadata: { name: object.name, namespace: object.namespace } }, false)
    throw new Failure({
      class: 'stale',
      code: 'Stale',
      about: { ...doing('create', thing), cluster: clusterName, message: 'another writer created it in the meantime' },
    })
  }

  return {
    name: 'direct',
    async namespace(name) {
      try {
        return await namespaceIn(core, name)
      } catch (error) {
        throw kubernetesFailure(error, { cluster, namespace: name, thing: `Namespace ${name}`, doing: `look at Namespace ${name}` })
      }
    },
    async token(namespace, serviceAccount, audience) {
      const name = `ServiceAccount ${namespace}/${serviceAccount}`
      try {
        // Ten minutes are the least: https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/token-request-v1/
        const body = { spec: { audiences: [audience], expirationSeconds: 600 } }
        const { status } = await core.createNamespacedServiceAccountToken({ name: serviceAccount, namespace, body })
        if (!status?.token) throw notUnderstood(`ask for a token of ${name}`, 'it holds no token')
        return secret(status.token)
      } catch (error) {
        throw kubernetesFailure(error, { cluster, namespace, thing: name, doing: `ask for a token of ${name}` })
      }
    },
    board: statusBoardOf(core, cluster, installation),
    observe: (things, wanted, held) => Promise.all(things.map((thing) => look(thing, wanted.get(thing.id), held?.has(thing.id) ?? false))),
    async apply(thing, object, seen) {
      try {
        await write(thing, object, seen)
        return { done: true }
      } catch (error) {
        if (!namespaceMissing(error)) throw kubernetesFailure(error, { ...doing('apply', thing), sent: object.data })
        const { text } = problemOf({
          code: 'NamespaceMissing',
          about: { namespace: thing.namespace, cluster: clusterName },
        })
        return { waiting: { text, person: true, ...(thing.of === undefined ? {} : { member: thing.of }) } }
      }
    },
    async remove(thing, seen) {
      const [uid, resourceVersion] = seen.state === 'same' || seen.state === 'different' ? (seen.version?.split('/') ?? []) : []
      const preconditions = uid && resourceVersion ? { uid, resourceVersion } : undefined
      // Without having seen it, whose would it be?
      if (!preconditions)
        throw new Failure({
          class: 'stale',
          code: 'Stale',
          about: { doing: doing('delete', thing).doing, message: 'it was not seen before' },
        })
      const options = { ...place(thing), body: deletion(preconditions) }
      try {
        if (thing.kind === 'Secret') await core.deleteNamespacedSecret(options)
        else await core.deleteNamespacedServiceAccount(options)
        return { done: true }
      } catch (error) {
        if (!objectMissing(error)) throw kubernetesFailure(error, doing('delete', thing))
        return { done: true }
      }
    },
  }
}

const place = ({ name, namespace }: KubernetesThing): Place => ({ name, namespace })
const deletion = (preconditions: { readonly uid?: string; readonly resourceVersion?: string }) => ({
  apiVersion: 'v1',
  kind: 'DeleteOptions',
  preconditions,
  propagationPolicy: 'Background',
})

/** Deleted already, and still there for somebody's finalizers: no pod shall count on it. */
function going({ id, of, kind, namespace, name }: KubernetesThing, metadata: V1ObjectMeta, cluster: string): Seen {
  const about = {
    thing: `${kind} ${namespace}/${name}`,
    cluster,
    namespace,
    name,
    kind: kind.toLowerCase(),
    since: new Date(metadata.deletionTimestamp ?? 0).toISOString(),
    finalizers: metadata.finalizers?.map((one) => `finalizer ${one}`).join(', ') || 'the API server',
  }
  return { id, state: 'unseen', going: true, problem: problemOf({ code: 'BeingDeleted', about, ...(of === undefined ? {} : { of }) }) }
}

async function read(core: CoreV1Api, { kind, name, namespace }: KubernetesThing, object: KubernetesObject | undefined): Promise<Found> {
  const at: Place = { name, namespace }
  if (kind === 'ServiceAccount') return { metadata: (await core.readNamespacedServiceAccount(at)).metadata }
  if (!object) return { metadata: (await core.readNamespacedSecret(at, metadataOnly())).metadata }
  const { metadata, type, data, immutable } = await core.readNamespacedSecret(at)
  return { metadata, type, data: secret(data ?? {}), immutable }
}

type Empty = { readonly apiVersion: 'v1'; readonly kind: string; readonly metadata: Place }

async function patch(
  core: CoreV1Api,
  { kind, name, namespace }: KubernetesThing,
  body: Manifest | Empty,
  force: boolean,
): Promise<{ readonly created: boolean; readonly metadata: V1ObjectMeta | undefined }> {
  const options = { name, namespace, body, fieldManager, force }
  const answer =
    kind === 'Secret'
      ? await core.patchNamespacedSecretWithHttpInfo(options, applying())
      : await core.patchNamespacedServiceAccountWithHttpInfo(options, applying())
  return { created: answer.httpStatusCode === 201, metadata: answer.data.metadata }
}

/** Written by nobody else: then it was this very apply's ghost that had made it. */
const onlyOurs = (metadata: V1ObjectMeta | undefined): boolean =>
  (metadata?.managedFields ?? []).every((row) => row.manager === fieldManager)
