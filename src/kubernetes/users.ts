// Who uses objects of a cluster: one list for each kind that can (using-kinds.ts), in one namespace where all objects are in it. Only the names of the
// users stay in memory.
import { isObject, type Json, notUnderstood } from '../errors/answer.ts'
import { Failure } from '../errors/failure.ts'
import { createPages } from '../errors/pages.ts'
import { type ObjectRef, refText } from '../model/leftover.ts'
import type { Loop } from '../model/loop.ts'
import type { Users } from '../ports/sweep.ts'
import type { ClusterClient } from './client.ts'
import { kubernetesFailure } from './failures.ts'
import { referencesIn, textsIn } from './references.ts'
import { ApiException } from './sdk.ts'
import { basePath, type Served, servedBy } from './served.ts'
import { builtInUsers, customUsers, type UsingKind } from './using-kinds.ts'

/** A Pod has some 10 KB. */
const page = 250
/** A cluster has at most 150,000 Pods: https://kubernetes.io/docs/setup/best-practices/cluster-large/ */
const mostPages = 1_000
/** Users that are named for one object. */
const mostNamed = 10

/** The objects of a kind, in one namespace or in all. Throws as the client of an API server does. */
export type ListUsing = (row: UsingKind, namespace: string | undefined) => AsyncIterable<Json>

export function findUsers(client: ClusterClient, cluster: Loop<'cluster'>, objects: readonly ObjectRef[]): Promise<Users> {
  const served = servedBy(client)
  return usersIn((row, namespace) => every(client, served, row, namespace), cluster, objects)
}

export async function usersIn(list: ListUsing, cluster: Loop<'cluster'>, objects: readonly ObjectRef[]): Promise<Users> {
  const namespaces = [...new Set(objects.map(({ namespace }) => namespace))]
  const only = namespaces.length === 1 ? namespaces[0] : undefined
  const sought = seeking(objects)
  const missing: string[] = []
  const unchecked: string[] = []
  for (const row of [...builtInUsers, ...customUsers]) {
    if (row.ofAccounts && !objects.some(({ kind }) => kind === 'ServiceAccount')) continue
    // An Ingress and custom resources can name what is in another namespace, and a role binding grants to accounts of others.
    const near = row.isClusterWide || row.texts || row.ofAccounts ? undefined : only
    try {
      for await (const object of list(row, near)) sought.look(row, object)
    } catch (error) {
      const { fields } = kubernetesFailure(error, { cluster, namespace: '*', object: row.plural, doing: `list ${row.plural}` })
      const to = row.isBonus && fields.class === 'permission' ? unchecked : missing
      to.push(row.plural)
    }
  }
  return { of: sought.usersOf, missing, unchecked }
}

/** Without an answer to whether the kind is there at all, it throws: then its objects may be users. */
async function* every(client: ClusterClient, served: Served, row: UsingKind, namespace: string | undefined): AsyncIterable<Json> {
  const { group, plural, version: usual } = row
  if (usual !== undefined) {
    try {
      yield* pagesOf(client, { plural, group, version: usual }, namespace)
      return
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
  }
  const version = await served.versionOf(group, plural)
  if (version !== undefined) yield* pagesOf(client, { plural, group, version }, namespace)
  else if (usual !== undefined) throw notUnderstood(`list ${plural}`, 'the API server does not have this kind, and every one has it')
}

const isNotFound = (error: unknown): boolean =>
  error instanceof ApiException ? error.code === 404 : error instanceof Failure && error.fields.status === 404

async function* pagesOf(
  client: ClusterClient,
  { group, version, plural }: Readonly<Record<'group' | 'version' | 'plural', string>>,
  namespace: string | undefined,
): AsyncIterable<Json> {
  const base = basePath(group, version)
  const path = namespace === undefined ? `${base}/${plural}` : `${base}/namespaces/${encodeURIComponent(namespace)}/${plural}`
  const pages = createPages(`list ${plural}`, mostPages)
  let next: string | undefined
  do {
    const query: Record<string, string> = { limit: String(page), ...(next === undefined ? {} : { continue: next }) }
    const { items, metadata } = await client.ask('GET', path, { query })
    for (const object of Array.isArray(items) ? items : []) if (isObject(object)) yield object
    next = isObject(metadata) && typeof metadata['continue'] === 'string' && metadata['continue'] !== '' ? metadata['continue'] : undefined
    pages.next(next)
  } while (next !== undefined)
}

/** The objects whose users are sought, by name, and what was found. */
function seeking(objects: readonly ObjectRef[]) {
  const users = new Map<string, { readonly named: string[]; more: number }>()
  const byName = Map.groupBy(objects, ({ name }) => name)

  const use = (object: ObjectRef, user: string): void => {
    const found = users.get(refText(object)) ?? { named: [], more: 0 }
    if (found.named.includes(user)) return
    if (found.named.length < mostNamed) found.named.push(user)
    else found.more++
    users.set(refText(object), found)
  }

  return {
    look({ kind, isOver, reads = ({ spec }: Json) => spec, texts, isClusterWide }: UsingKind, object: Json): void {
      if (isOver?.(object)) return
      const metadata = isObject(object['metadata']) ? object['metadata'] : {}
      const own = isClusterWide ? undefined : String(metadata['namespace'] ?? '')
      const user = own === undefined ? `${kind} ${String(metadata['name'])}` : `${kind} ${own}/${String(metadata['name'])}`
      for (const reference of referencesIn(reads(object)))
        for (const one of byName.get(reference.name) ?? []) {
          const namespace = reference.namespace ?? own
          if (one.kind === reference.kind && (namespace === undefined || namespace === one.namespace)) use(one, user)
        }
      if (texts)
        for (const text of textsIn(texts(object))) {
          const [name = '', namespace] = text.split('/').reverse()
          for (const one of byName.get(name) ?? []) if ((namespace ?? own ?? one.namespace) === one.namespace) use(one, user)
        }
    },
    usersOf(object: ObjectRef): readonly string[] {
      const { named, more } = users.get(refText(object)) ?? { named: [], more: 0 }
      return more > 0 ? [...named, `${more} more`] : named
    },
  }
}
