// The status ConfigMap `sc-connections` of a namespace, in which each connection has one key, and Events besides it.
//
// No lock is needed: every connection writes by server-side apply under a field manager of its own, so the API server itself keeps their keys apart;
// labels that all of them apply stay until none does. Only the last one deletes it, with the observed version as precondition, and only if it
// contains nothing of others.

import { kubernetesKinds } from '../model/kubernetes-kind.ts'
import type { Loop } from '../model/loop.ts'
import { kubernetesLabels, kubernetesMarks, statusPublisher } from '../model/names.ts'
import type { StatusKey, StatusPublisher } from '../ports/kubernetes.ts'
import { type Doing, kubernetesFailure } from './failures.ts'
import { applying } from './headers.ts'
import { fieldManager } from './manifest.ts'
import type { CoreV1Api, V1ConfigMap } from './sdk.ts'
import { namespaceMissing, objectMissing } from './status.ts'
import { deleteEvents, emitEvent } from './status-events.ts'

const { name, label, annotation } = statusPublisher
const { kind, apiVersion } = kubernetesKinds.ConfigMap

export function statusPublisherOf(core: CoreV1Api, cluster: Loop<'cluster'>, installation: string): StatusPublisher {
  const doing = (verb: string, { namespace }: StatusKey): Doing => {
    const object = `${kind} ${namespace}/${name}`
    return { cluster, namespace, object, doing: `${verb} ${object}` }
  }
  const managerOf = ({ key }: StatusKey): string => `${fieldManager}/${key}`
  const isOurs = ({ metadata }: V1ConfigMap): boolean => metadata?.labels?.[kubernetesLabels.installation] === installation

  async function get(place: StatusKey): Promise<V1ConfigMap | undefined> {
    try {
      return await core.readNamespacedConfigMap({ name, namespace: place.namespace })
    } catch (error) {
      if (objectMissing(error)) return undefined
      throw kubernetesFailure(error, doing('read', place))
    }
  }
  async function apply(place: StatusKey, body: object, force: boolean): Promise<boolean> {
    const { namespace } = place
    const whole = { apiVersion, kind, ...body }
    try {
      await core.patchNamespacedConfigMap({ name, namespace, body: whole, fieldManager: managerOf(place), force }, applying())
      return true
    } catch (error) {
      if (namespaceMissing(error)) return false
      throw kubernetesFailure(error, doing('apply', place))
    }
  }

  return {
    async read(place) {
      const found = await get(place)
      const data = found?.data ?? {}
      const text = Object.hasOwn(data, place.connection) ? data[place.connection] : undefined
      return found && { isOurs: isOurs(found), ...(text === undefined ? {} : { text }) }
    },

    async write(place, text) {
      const found = await get(place)
      const { [kubernetesLabels.owner]: _, ...marks } = kubernetesMarks(installation, place.key)
      const metadata = {
        name,
        namespace: place.namespace,
        labels: { ...marks, [label]: 'connections' },
        annotations: { [`${annotation}${place.key}`]: place.connection },
      }
      return await apply(place, { metadata, data: { [place.connection]: text } }, found !== undefined && isOurs(found))
    },

    async clear(place) {
      const { namespace } = place
      const found = await get(place)
      if (found && isOurs(found) && Object.hasOwn(found.data ?? {}, place.connection)) {
        const { uid = '', resourceVersion = '' } = found.metadata ?? {}
        if (!isOnlyOurs(found, place)) await apply(place, { metadata: { name, namespace } }, false)
        else {
          const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid, resourceVersion } }
          await core.deleteNamespacedConfigMap({ name, namespace, body }).catch((error: unknown) => {
            if (!objectMissing(error)) throw kubernetesFailure(error, doing('delete', place))
          })
        }
      }
      await deleteEvents(core, installation, place)
    },

    emit: (place, event) => emitEvent(core, installation, place, event),
  }
}

/** Whether it contains nothing else than the key of this connection: anyone who may write ConfigMaps can set a label. */
function isOnlyOurs({ data, binaryData, metadata }: V1ConfigMap, place: StatusKey): boolean {
  const writers = metadata?.managedFields ?? []
  const own = writers.find(({ manager }) => manager === `${fieldManager}/${place.key}`)
  const fields = (own?.fieldsV1 ?? {}) as { readonly 'f:data'?: object }
  return (
    Object.keys(data ?? {}).every((key) => key === place.connection) &&
    Object.keys(binaryData ?? {}).length === 0 &&
    Object.hasOwn(fields['f:data'] ?? {}, `f:${place.connection}`) &&
    writers.every(({ manager }) => manager?.startsWith(`${fieldManager}/`))
  )
}
