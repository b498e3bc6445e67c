// What one simulated cluster keeps: its objects with their resource versions, and what changed in the last five minutes, so that a
// paged list shows the state of its first page and an older continue token is refused (https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks).
import type { World } from '../world.ts'
import type { KubernetesObject } from './object.ts'

/** A row of the world's table `kubernetes-clusters`. */
export type Cluster = {
  /** The managed cluster's ARM id in lower case. */
  readonly id: string
  readonly fqdn: string
  readonly issuer?: string
  readonly uid: string
  readonly authority: { readonly pem: string; readonly key: string }
  readonly certificate?: { readonly cert: string; readonly key: string }
  readonly signingKey?: string
  readonly revision: number
}

type Change = { readonly revision: number; readonly time: number; readonly key: string; readonly before?: KubernetesObject }
const remembered = 5 * 60_000

export type Store = {
  revision(): number
  get(resource: string, namespace: string, name: string): KubernetesObject | undefined
  /** In the order of etcd's keys. `at` = as of an earlier revision; undefined = too old to tell. */
  list(resource: string, namespace: string | undefined, at?: number): readonly KubernetesObject[] | undefined
  put(resource: string, object: KubernetesObject): KubernetesObject
  delete(resource: string, object: KubernetesObject): void
}

export const clustersOf = (world: World): Map<string, Cluster> => world.table<Cluster>('kubernetes-clusters')
const objectsOf = (world: World, id: string): Map<string, KubernetesObject> => world.table(`kubernetes-objects ${id}`)
const changesOf = (world: World, id: string): Map<string, Change> => world.table(`kubernetes-changes ${id}`)

export function forget(world: World, id: string): void {
  clustersOf(world).delete(id)
  objectsOf(world, id).clear()
  changesOf(world, id).clear()
}

/** A space sorts before everything that a name may hold, as etcd's `/` does for namespaces against names. */
const keyOf = (resource: string, namespace: string, name: string): string => `${resource} ${namespace} ${name}`

export function storeOf(world: World, id: string): Store {
  const objects = objectsOf(world, id)
  const changes = changesOf(world, id)
  const revision = (): number => clustersOf(world).get(id)?.revision ?? 0

  const change = (key: string, after: (revision: string) => KubernetesObject | undefined): KubernetesObject | undefined => {
    const cluster = clustersOf(world).get(id)
    if (!cluster) return undefined
    const next = cluster.revision + 1
    clustersOf(world).set(id, { ...cluster, revision: next })
    const before = objects.get(key)
    changes.set(String(next), { revision: next, time: world.clock.now(), key, ...(before ? { before } : {}) })
    for (const [name, old] of changes) {
      if (old.time >= world.clock.now() - remembered) break
      changes.delete(name)
    }
    const object = after(String(next))
    if (object) objects.set(key, object)
    else objects.delete(key)
    return object
  }

  const asOf = (then: number): Map<string, KubernetesObject> | undefined => {
    const later = [...changes.values()].filter((each) => each.revision > then)
    if (later.length < revision() - then) return undefined
    const state = new Map(objects)
    for (const { key, before } of later.reverse()) {
      if (before) state.set(key, before)
      else state.delete(key)
    }
    return state
  }

  return {
    revision,
    get: (resource, namespace, name) => objects.get(keyOf(resource, namespace, name)),
    list(resource, namespace, at) {
      const state = at === undefined ? objects : asOf(at)
      if (!state) return undefined
      const prefix = namespace === undefined ? `${resource} ` : `${resource} ${namespace} `
      return [...state]
        .filter(([key]) => key.startsWith(prefix))
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([, object]) => object)
    },
    put(resource, object) {
      const key = keyOf(resource, object.metadata.namespace ?? '', object.metadata.name)
      const stored = change(key, (resourceVersion) => ({ ...object, metadata: { ...object.metadata, resourceVersion } }))
      return stored ?? object
    },
    delete(resource, object) {
      change(keyOf(resource, object.metadata.namespace ?? '', object.metadata.name), () => undefined)
    },
  }
}
