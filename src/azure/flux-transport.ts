// The transport `flux`: each object is a blob that Flux pulls into its cluster (model/flux.ts). It works without network access to the cluster. What Flux has
// applied is known by its revision alone: only when that is the revision of the blobs as they are now is an object there, or gone. So everything is waited
// for, and a status of an hour ago proves nothing.
//
// Flux applies with force and undoes what others change, so that an object that exists already would be overwritten: a first write requires what it
// requires with the transport `extension` (unless-there.ts).
import { problemOf } from '../errors/catalogue.ts'
import { isSame } from '../model/canonical.ts'
import {
  type FluxConfiguration,
  fluxApi,
  fluxConfigurationOf,
  fluxId,
  fluxName,
  isFluxUnderWay,
  isOurFlux,
  revisionsOf,
  saidByFlux,
} from '../model/flux.ts'
import type { Loop } from '../model/loop.ts'
import type { Mark, ObservedState } from '../model/managed-object.ts'
import type { Fault } from '../model/problem.ts'
import { resourceId } from '../model/resource-id.ts'
import type { Secret } from '../model/secret.ts'
import type { Arm } from '../ports/azure.ts'
import type { Blob, Blobs } from '../ports/blobs.ts'
import type { KubernetesObject, ManagedKubernetesObject, Transport } from '../ports/kubernetes.ts'
import { type Peek, unlessThere } from './unless-there.ts'

/** What Flux reads from. */
export type FluxStore = { readonly account: string; readonly blobs: Blobs }
type Place = { readonly configuration: FluxConfiguration | undefined; readonly listed: readonly Blob[] | undefined }

/** An object as it is written, with all marks of its owner. */
type ManifestOf = (content: KubernetesObject, installation: string, owner: string) => Secret<object>
type Of = {
  readonly arm: Arm
  readonly store: FluxStore | undefined
  readonly cluster: Loop<'cluster'>
  readonly installation: string
  readonly manifestOf: ManifestOf
  readonly peek: Peek
}

export function fluxTransport({ arm, store, cluster, installation, manifestOf, peek }: Of): Transport {
  const clusterName = resourceId(cluster.id).name
  const nameIn = (namespace: string): string => fluxName(installation, cluster, namespace)

  async function placeOf(namespace: string, { blobs }: FluxStore): Promise<Place> {
    const name = nameIn(namespace)
    const [body, listed] = await Promise.all([arm.get(fluxId(cluster.id, name), fluxApi), blobs.list(name)])
    return { configuration: body && fluxConfigurationOf(body), listed }
  }

  /** Everything in the container is in the cluster, and nothing else of it. */
  const isApplied = ({ configuration, listed }: Place, name: string): boolean => {
    const { applied } = configuration && !isFluxUnderWay(configuration) ? saidByFlux(configuration, name) : {}
    // Flux keeps what it had where the container is missing.
    return applied !== undefined && listed !== undefined && revisionsOf(listed).has(applied)
  }

  async function observedState(
    object: ManagedKubernetesObject,
    content: KubernetesObject | undefined,
    isTracked: boolean,
    place: Place,
    store: FluxStore,
  ): Promise<ObservedState> {
    const { id } = object
    const name = nameIn(object.namespace)
    const { configuration, listed = [] } = place
    if (configuration && !isOurFlux(configuration, { account: store.account, name })) return unknown(object, 'FluxOfAnother', { name })
    const blob = listed.find((one) => one.name === fileOf(object))
    // Who may write blobs could write marks: only the ledger counts.
    const mark: Mark = isTracked ? 'ours' : 'foreign'
    const different = (difference: string): ObservedState => ({
      id,
      state: 'different',
      mark,
      difference,
      asWritten: true,
      ...versionOf(blob),
    })
    if (!blob) {
      if (!isTracked) return { id, state: 'absent' }
      // Another writer removed it, or it came by another transport: it is the app's.
      if (content) return { id, state: 'different', mark, difference: 'it is not where Flux reads' }
      // What Flux had applied went with its configuration.
      return !configuration || isApplied(place, name) ? { id, state: 'absent' } : { id, state: 'same', mark }
    }
    if (!content) return { id, state: 'same', mark, ...versionOf(blob) }
    if (!isSame(await store.blobs.read(name, blob.name), textOf(object, content))) return different('its content')
    return isApplied(place, name) ? { id, state: 'same', mark, ...versionOf(blob) } : different('Flux has not applied it yet')
  }

  const textOf = (object: ManagedKubernetesObject, content: KubernetesObject): object =>
    manifestOf(content, installation, object.owner).reveal() // secretless: declare/connection-fields.ts refuses the others

  const unknown = (
    { id, summary, of }: ManagedKubernetesObject,
    code: Fault['code'],
    more: Readonly<Record<string, string>>,
  ): ObservedState => {
    const about = { cluster: clusterName, object: summary, ...more }
    return { id, state: 'unknown', problem: problemOf({ code, about, ...(of === undefined ? {} : { of }) }) }
  }

  /** What Flux says is in the way belongs to it. */
  async function waiting(
    object: ManagedKubernetesObject,
    doing: string,
    store: FluxStore,
  ): Promise<{ readonly waiting: { readonly text: string } }> {
    const { configuration } = await placeOf(object.namespace, store)
    const trouble = configuration && saidByFlux(configuration, nameIn(object.namespace)).trouble
    const said = trouble === undefined ? '' : ` (it says ${trouble})`
    return { waiting: { text: `waiting for Flux to ${doing} ${object.summary}, and to say so${said}` } }
  }

  return {
    name: 'flux',
    async observe(objects, desired, tracked = new Set()) {
      if (!store) return objects.map((object) => unknown(object, 'FluxNotConfigured', {}))
      const namespaces = [...Map.groupBy(objects, ({ namespace }) => namespace)]
      const all = await Promise.all(
        namespaces.map(async ([namespace, group]) => {
          const place = await placeOf(namespace, store)
          return await Promise.all(
            group.map((object) => observedState(object, desired.get(object.id), tracked.has(object.id), place, store)),
          )
        }),
      )
      const fresh = objects.filter(({ id }) => desired.has(id))
      return await unlessThere(all.flat(), fresh, peek)
    },
    async apply(object, content, observed) {
      if (!store) return { waiting: { text: 'waiting until the app knows where Flux reads', manual: true } }
      const name = nameIn(object.namespace)
      const text = textOf(object, content)
      const there = await store.blobs.read(name, fileOf(object))
      // Another may have deleted the container.
      if (there === undefined && (await store.blobs.make(name)) === 'going')
        return { waiting: { text: `waiting until the former container of ${object.summary} is deleted` } }
      if (!isSame(there, text)) await store.blobs.write(name, fileOf(object), text, versionIn(observed))
      return await waiting(object, 'apply', store)
    },
    async remove(object, observed) {
      if (!store) return { waiting: { text: 'waiting until the app knows where Flux reads', manual: true } }
      const etag = versionIn(observed)
      if (etag !== undefined) await store.blobs.remove(nameIn(object.namespace), fileOf(object), etag)
      return await waiting(object, 'remove', store)
    },
  }
}

const fileOf = ({ kind, name }: ManagedKubernetesObject): string => `${kind.toLowerCase()}-${name}.yaml`
const versionOf = (blob: Blob | undefined): { readonly version?: string } => (blob ? { version: blob.etag } : {})
const versionIn = (observed: ObservedState): string | undefined =>
  observed.state === 'same' || observed.state === 'different' ? observed.version : undefined
