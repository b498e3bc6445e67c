// Events besides the status ConfigMap. They expire after an hour; with their connection they are deleted at once, as far as they are found.
//
// Anyone who may write Events in the namespace can label theirs as the app's. So a deleted one must be the app's by labels, by author and by its
// name, which is a digest of its content, and the app examines and deletes no more of them than a connection can have emitted in an hour.

import { isOwnMistake } from '../errors/own-mistake.ts'
import { kubernetesKinds } from '../model/kubernetes-kind.ts'
import { keyOf } from '../model/loop.ts'
import { kubernetesLabels, kubernetesMarks, statusPublisher } from '../model/names.ts'
import type { StatusEvent, StatusKey } from '../ports/kubernetes.ts'
import { applying } from './headers.ts'
import { fieldManager } from './manifest.ts'
import type { CoreV1Api, CoreV1Event } from './sdk.ts'
import { objectMissing } from './status.ts'

const page = 100
const mostPages = 5
const mostDeletes = 20

const { ConfigMap: configMap, Event: event } = kubernetesKinds

/** The same transition has the same name: repeated, it is counted. */
const nameOf = (key: string, { reason, message }: Pick<StatusEvent, 'reason' | 'message'>): string =>
  `${statusPublisher.name}.${keyOf(`${key} ${reason} ${message}`).slice(0, 16)}`

function isOurs({ metadata, source, involvedObject, reason = '', message = '' }: CoreV1Event, installation: string, key: string): boolean {
  const labels = metadata.labels ?? {}
  return (
    Object.entries(kubernetesMarks(installation, key)).every(([label, value]) => labels[label] === value) &&
    source?.component === fieldManager &&
    involvedObject.kind === configMap.kind &&
    involvedObject.name === statusPublisher.name &&
    metadata.name === nameOf(key, { reason, message })
  )
}

export async function emitEvent(
  core: CoreV1Api,
  installation: string,
  { namespace, key }: StatusKey,
  { type, reason, message: whole, at }: StatusEvent & { readonly at: number },
): Promise<void> {
  const now = new Date(at).toISOString()
  const message = whole.slice(0, 1000)
  const name = nameOf(key, { reason, message })
  const body = {
    apiVersion: event.apiVersion,
    kind: event.kind,
    metadata: { name, namespace, labels: { ...kubernetesMarks(installation, key) } },
    involvedObject: { apiVersion: configMap.apiVersion, kind: configMap.kind, namespace, name: statusPublisher.name },
    type,
    reason,
    message,
    source: { component: fieldManager },
    reportingComponent: fieldManager,
    reportingInstance: installation,
    lastTimestamp: now,
  }
  await asAdvisory(async () => {
    const before = await core.readNamespacedEvent({ name, namespace }).catch((error: unknown) => {
      if (!objectMissing(error)) throw error
    })
    if (before && !isOurs(before, installation, key)) return
    const count = { firstTimestamp: before?.firstTimestamp ?? now, count: (before?.count ?? 0) + 1 }
    const options = { name, namespace, body: { ...body, ...count }, fieldManager, force: before !== undefined }
    await core.patchNamespacedEvent(options, applying())
  })
}

/** Deletes the Events of the connection. */
export async function deleteEvents(core: CoreV1Api, installation: string, { namespace, key }: StatusKey): Promise<void> {
  const labelSelector = `${kubernetesLabels.installation}=${installation},${kubernetesLabels.owner}=${key}`
  await asAdvisory(async () => {
    let deleted = 0
    let next: string | undefined
    for (let pages = 0; pages < mostPages && deleted < mostDeletes; pages++) {
      const options = { namespace, labelSelector, limit: page, ...(next === undefined ? {} : { _continue: next }) }
      const { items, metadata } = await core.listNamespacedEvent(options)
      const own = (items ?? []).filter((event) => isOurs(event, installation, key)).slice(0, mostDeletes - deleted)
      deleted += own.length
      for (const { metadata: of } of own) await asAdvisory(() => remove(core, namespace, of))
      next = metadata?._continue || undefined
      if (next === undefined) return
    }
  })
}

async function remove(
  core: CoreV1Api,
  namespace: string,
  { name = '', uid = '', resourceVersion = '' }: CoreV1Event['metadata'],
): Promise<void> {
  const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid, resourceVersion } }
  await core.deleteNamespacedEvent({ name, namespace, body })
}

/** Most clusters' built-in roles do not include writing Events; the ConfigMap says the same. */
async function asAdvisory(work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (isOwnMistake(error)) throw error
  }
}
