// ConfigMaps in which app teams declare connections: those with the label, in all namespaces. Only they are read with their data.
import { notUnderstood } from '../errors/answer.ts'
import { createPages } from '../errors/pages.ts'
import { type DeclaredInCluster, longestWords } from '../model/declared-in-cluster.ts'
import { kubernetesKinds } from '../model/kubernetes-kind.ts'
import type { Loop } from '../model/loop.ts'
import { declarationLabel } from '../model/names.ts'
import { kubernetesFailure } from './failures.ts'
import type { CoreV1Api } from './sdk.ts'

const page = 100
const doing = 'list ConfigMaps that declare connections'

/** One for each key, by namespace and name. Words that are too long are cut, and stay too long. Throws `Failure`. */
export async function listDeclarations(core: CoreV1Api, cluster: Loop<'cluster'>): Promise<readonly DeclaredInCluster[]> {
  const found: DeclaredInCluster[] = []
  const pages = createPages(doing)
  let next: string | undefined
  do {
    const options = {
      labelSelector: `${declarationLabel.name}=${declarationLabel.value}`,
      limit: page,
      ...(next ? { _continue: next } : {}),
    }
    const answer = await core.listConfigMapForAllNamespaces(options).catch((error: unknown) => {
      throw kubernetesFailure(error, { cluster, namespace: '*', object: `${kubernetesKinds.ConfigMap.kind}s`, doing })
    })
    if (!Array.isArray(answer.items)) throw notUnderstood(doing, 'it has no list of items')
    for (const { metadata, data } of answer.items) {
      if (!metadata?.namespace || !metadata.name) throw notUnderstood(doing, 'an object has no name')
      // What is being deleted declares nothing any more.
      if (metadata.deletionTimestamp) continue
      for (const [key, words] of Object.entries(data ?? {}))
        found.push({ namespace: metadata.namespace, configMap: metadata.name, key, words: cut(words) })
    }
    next = answer.metadata?._continue || undefined
    pages.next(next)
  } while (next !== undefined)
  return found.sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1))
}

/** Half a character at the end would come back from the store as another one. */
const cut = (words: string): string => words.slice(0, longestWords + 1).toWellFormed()

const orderOf = ({ namespace, configMap, key }: DeclaredInCluster): string => `${namespace}/${configMap}/${key}`
