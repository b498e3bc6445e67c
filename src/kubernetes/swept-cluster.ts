// A cluster as the sweep sees it: metadata-only lists, so that no value of a Secret is in memory, marks, and deletes under preconditions.
//
// Surprising: a DELETE with a body ignores its query, so all is in the body. A mark has a field manager of its own: a later apply of the app, which
// does not have the annotation, leaves it alone, and takes nothing of the mark over.
import { isObject, type Json } from '../errors/answer.ts'
import { isOwnMistake } from '../errors/own-mistake.ts'
import { createPages } from '../errors/pages.ts'
import { kubernetesKinds } from '../model/kubernetes-kind.ts'
import { type ListedObject, refText, type SweptKind } from '../model/leftover.ts'
import { keyOf, type Loop } from '../model/loop.ts'
import { fieldManager, kubernetesAnnotations, kubernetesLabels, kubernetesMarks, statusPublisher, sweepManager } from '../model/names.ts'
import type { SweptCluster } from '../ports/sweep.ts'
import type { ClusterClient } from './client.ts'
import { isUnserved } from './custom.ts'
import { kubernetesFailure } from './failures.ts'
import { listedObject } from './listed-object.ts'
import { namespaceMissing, objectMissing } from './status.ts'
import { findUsers } from './users.ts'

const page = 500
/** A million objects of a kind. */
const mostPages = 2_000
const listForm = 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io'
const objectForm = 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io'

export function sweptCluster(client: ClusterClient, cluster: Loop<'cluster'>, installation: string): SweptCluster {
  const selectorOf = (kind: SweptKind): string =>
    `${kubernetesLabels.installation}=${installation},${kind === 'ConfigMap' ? statusPublisher.label : kubernetesLabels.owner}`

  const carryOut = async <T>(verb: string, object: ListedObject, work: (path: string) => Promise<T>): Promise<T> => {
    const name = refText(object)
    try {
      return await work(`${sweptPath(object.kind, object.namespace)}/${encodeURIComponent(object.name)}`)
    } catch (error) {
      throw kubernetesFailure(error, { cluster, namespace: object.namespace, object: name, doing: `${verb} ${name}` })
    }
  }

  const annotate = async (object: ListedObject, verb: string, value: string | null): Promise<string | undefined> => {
    const answer = await carryOut(verb, object, (path) =>
      client.ask('PATCH', path, {
        query: { fieldManager: sweepManager },
        type: 'application/merge-patch+json',
        accept: objectForm,
        body: markPatch(object, value),
      }),
    )
    const metadata = isObject(answer) ? answer['metadata'] : undefined
    const version = isObject(metadata) ? metadata['resourceVersion'] : undefined
    return typeof version === 'string' ? version : undefined
  }

  return {
    async list(kind, which) {
      const { plural } = kubernetesKinds[kind]
      const found: ListedObject[] = []
      const doing = `list ${plural} of the app`
      const pages = createPages(doing, mostPages)
      let next: string | undefined
      do {
        const query: Record<string, string> = {
          limit: String(page),
          ...(which === 'own' ? { labelSelector: selectorOf(kind) } : {}),
          ...(next === undefined ? {} : { continue: next }),
        }
        let answer: Json
        try {
          answer = await client.ask('GET', sweptPath(kind), { query, accept: listForm })
        } catch (error) {
          if (await isUnserved(error, kind, client.apis)) return undefined
          throw kubernetesFailure(error, { cluster, namespace: '*', object: `${kind}s`, doing })
        }
        for (const item of Array.isArray(answer['items']) ? answer['items'] : []) if (isObject(item)) found.push(listedObject(kind, item))
        const { metadata } = answer
        const token = isObject(metadata) ? metadata['continue'] : undefined
        next = typeof token === 'string' && token !== '' ? token : undefined
        pages.next(next)
      } while (next !== undefined)
      return found
    },

    async hasNamespace(name) {
      try {
        await client.ask('GET', `/api/v1/namespaces/${encodeURIComponent(name)}`)
        return true
      } catch (error) {
        if (namespaceMissing(error) || objectMissing(error)) return false
        throw kubernetesFailure(error, { cluster, namespace: name, object: `Namespace ${name}`, doing: `read Namespace ${name}` })
      }
    },

    usersOf: (objects) => findUsers(client, cluster, objects),

    async mark(object, text, at) {
      const version = await annotate(object, 'mark', new Date(at).toISOString())
      await tell(client, leftOverEvent(installation, object, text, at))
      return version
    },
    unmark: (object) => annotate(object, 'unmark', null),

    async remove(object) {
      const body = deleteOptions(object)
      await carryOut('delete', object, (path) =>
        client.ask('DELETE', path, { body }).catch((error: unknown) => {
          if (!objectMissing(error)) throw error
        }),
      )
    },
  }
}

const preconditionsOf = ({ uid, resourceVersion }: ListedObject) => ({ uid, resourceVersion })

/** A merge patch that holds for this very object. `value`: of the annotation; `null` takes it away. */
export const markPatch = (object: ListedObject, value: string | null): object => ({
  metadata: { ...preconditionsOf(object), annotations: { [kubernetesAnnotations.leftOverSince]: value } },
})

export const deleteOptions = (object: ListedObject): object => ({
  ...{ apiVersion: 'v1', kind: 'DeleteOptions', preconditions: preconditionsOf(object), propagationPolicy: 'Background' },
})

export function sweptPath(kind: SweptKind, namespace?: string): string {
  const { apiVersion, plural } = kubernetesKinds[kind]
  const base = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`
  return namespace === undefined ? `${base}/${plural}` : `${base}/namespaces/${encodeURIComponent(namespace)}/${plural}`
}

/** An Event says so to those who look at the object. */
export function leftOverEvent(
  installation: string,
  object: ListedObject,
  message: string,
  at: number,
): { readonly path: string; readonly body: object } {
  const { kind, namespace, name, uid } = object
  const time = new Date(at).toISOString()
  const owner = object.labels[kubernetesLabels.owner]
  const body = {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: {
      name: `sc-left-over.${keyOf(`${uid} ${time}`).slice(0, 16)}`,
      namespace,
      ...(owner === undefined ? {} : { labels: kubernetesMarks(installation, owner) }),
    },
    involvedObject: { apiVersion: kubernetesKinds[kind].apiVersion, kind, namespace, name, uid },
    type: 'Warning',
    reason: 'LeftOver',
    message: message.slice(0, 1000),
    source: { component: fieldManager },
    reportingComponent: fieldManager,
    reportingInstance: installation,
    firstTimestamp: time,
    lastTimestamp: time,
    count: 1,
  }
  return { path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/events`, body }
}

/** Most built-in roles do not include writing one, so nothing depends on it. */
async function tell(client: ClusterClient, event: ReturnType<typeof leftOverEvent>): Promise<void> {
  try {
    await client.ask('POST', event.path, { body: event.body })
  } catch (error) {
    if (isOwnMistake(error)) throw error
  }
}
