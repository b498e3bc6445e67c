// Who uses objects of a cluster: one list for each kind that can (using-kinds.ts), in one namespace where all objects are in it. Only the names of the
// users stay in memory.
import { isObject, type Json } from '../errors/answer.ts'
import { Failure } from '../errors/failure.ts'
import { createPages } from '../errors/pages.ts'
import { type ObjectRef, refText } from '../model/leftover.ts'
import type { Loop } from '../model/loop.ts'
import type { Users } from '../ports/sweep.ts'
import type { ClusterClient } from './client.ts'
import { kubernetesFailure } from './failures.ts'
import { referencesIn, textsIn } from './references.ts'
import { ApiException } from './sdk.ts'
import { builtInUsers, customUsers, rowOf, type UsingKind } from './using-kinds.ts'

/** A Pod has some 10 KB. */
const page = 250
/** A cluster has at most 150,000 Pods: https://kubernetes.io/docs/setup/best-practices/cluster-large/ */
const mostPages = 1_000
/** Users that are named for one object. */
const mostNamed = 10

export async function findUsers(client: ClusterClient, cluster: Loop<'cluster'>, objects: readonly ObjectRef[]): Promise<Users> {
  const namespaces = [...new Set(objects.map(({ namespace }) => namespace))]
  const only = namespaces.length === 1 ? namespaces[0] : undefined
  const sought = seeking(objects)
  const missing: string[] = []
  const unchecked: string[] = []
  const rows = [...builtInUsers, ...(await customRows(client, cluster, missing))]
  for (const row of rows) {
    if (row.ofAccounts && !objects.some(({ kind }) => kind === 'ServiceAccount')) continue
    try {
      for await (const object of every(client, cluster, row, row.isClusterWide ? undefined : only)) sought.look(row, object)
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      const list = row.isBonus && error.fields.class === 'permission' ? unchecked : missing
      list.push(row.plural)
    }
  }
  return { of: sought.usersOf, missing, unchecked }
}

/** Those of a group that the cluster has. */
async function customRows(client: ClusterClient, cluster: Loop<'cluster'>, missing: string[]): Promise<readonly UsingKind[]> {
  try {
    const { groups } = await client.ask('GET', '/apis')
    const versions = new Map(
      (Array.isArray(groups) ? groups : []).flatMap((group): [string, string][] => {
        const preferred = isObject(group) && isObject(group['preferredVersion']) ? group['preferredVersion']['version'] : undefined
        return isObject(group) && typeof preferred === 'string' ? [[String(group['name']), preferred]] : []
      }),
    )
    return customUsers.flatMap((one) => {
      const version = versions.get(one.group)
      return version === undefined ? [] : [rowOf(one, version)]
    })
  } catch (error) {
    kubernetesFailure(error, doing(cluster, 'API groups'))
    missing.push('API groups')
    return []
  }
}

const doing = (cluster: Loop<'cluster'>, what: string) => ({ cluster, namespace: '*', object: what, doing: `list ${what}` })

async function* every(
  client: ClusterClient,
  cluster: Loop<'cluster'>,
  { base, plural }: UsingKind,
  namespace: string | undefined,
): AsyncIterable<Json> {
  const path = namespace === undefined ? `${base}/${plural}` : `${base}/namespaces/${encodeURIComponent(namespace)}/${plural}`
  const pages = createPages(`list ${plural}`, mostPages)
  let next: string | undefined
  do {
    const query: Record<string, string> = { limit: String(page), ...(next === undefined ? {} : { continue: next }) }
    let answer: Json
    try {
      answer = await client.ask('GET', path, { query })
    } catch (error) {
      // A group can have a version without this kind.
      if (error instanceof ApiException && error.code === 404) return
      throw kubernetesFailure(error, doing(cluster, plural))
    }
    for (const object of Array.isArray(answer['items']) ? answer['items'] : []) if (isObject(object)) yield object
    const { metadata } = answer
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
