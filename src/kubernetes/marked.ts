// All objects of a cluster with the app's labels, for the sweep: metadata only, so that no value of a Secret is in memory for it.

import { createPages } from '../errors/pages.ts'
import { kubernetesKinds, type ManagedKind, managedKinds } from '../model/kubernetes-kind.ts'
import type { Loop } from '../model/loop.ts'
import { kubernetesLabels, statusPublisher } from '../model/names.ts'
import { kubernetesFailure } from './failures.ts'
import { metadataList } from './headers.ts'
import { type ObjectApis, operationsOf, type Page } from './operations.ts'
import type { CoreV1Api } from './sdk.ts'

export type Marked = {
  /** ConfigMap: the status ConfigMap, once for each connection that has a key in it. */
  readonly kind: ManagedKind | 'ConfigMap'
  readonly namespace: string
  readonly name: string
  /** Key of the owning loop, according to its label. */
  readonly owner: string
  /** `<uid>/<resourceVersion>`. */
  readonly version: string
}

const page = 500
const { kind: configMap } = kubernetesKinds.ConfigMap

/** Throws `Failure`. */
export async function listMarked(
  client: ObjectApis,
  cluster: Loop<'cluster'>,
  installation: string,
  what: 'everything' | 'evidence' = 'everything',
): Promise<readonly Marked[]> {
  const found: Marked[] = []
  for (const kind of managedKinds) {
    let next: string | undefined
    const pages = createPages(`list ${kind}s of the app`)
    do {
      const answer = await list(client, cluster, kind, installation, next)
      for (const { metadata = {} } of answer.items ?? []) {
        const { namespace = '', name = '', uid = '', resourceVersion = '', labels = {} } = metadata
        found.push({ kind, namespace, name, owner: labels[kubernetesLabels.owner] ?? '', version: `${uid}/${resourceVersion}` })
      }
      next = answer.metadata?._continue || undefined
      pages.next(next)
    } while (next !== undefined)
  }
  return what === 'evidence' ? found : [...found, ...(await statusConfigMaps(client.core, cluster, installation))]
}

/** Status ConfigMaps are advisory: if they may not be listed, the rest of the evidence is still complete. */
async function statusConfigMaps(core: CoreV1Api, cluster: Loop<'cluster'>, installation: string): Promise<readonly Marked[]> {
  const found: Marked[] = []
  const labelSelector = `${kubernetesLabels.installation}=${installation},${statusPublisher.label}`
  let next: string | undefined
  const pages = createPages(`list ${configMap}s of the app`)
  do {
    let answer: Page
    try {
      const options = { labelSelector, limit: page, ...(next === undefined ? {} : { _continue: next }) }
      answer = await core.listConfigMapForAllNamespaces(options, metadataList())
    } catch (error) {
      const failure = kubernetesFailure(error, { cluster, namespace: '*', object: `${configMap}s`, doing: `list ${configMap}s of the app` })
      if (failure.fields.class === 'permission') return []
      throw failure
    }
    for (const { metadata = {} } of answer.items ?? []) {
      const { namespace = '', name = '', uid = '', resourceVersion = '', annotations = {} } = metadata
      const owners = Object.keys(annotations).filter((key) => key.startsWith(statusPublisher.annotation))
      for (const owner of owners)
        found.push({
          kind: configMap,
          namespace,
          name,
          owner: owner.slice(statusPublisher.annotation.length),
          version: `${uid}/${resourceVersion}`,
        })
    }
    next = answer.metadata?._continue || undefined
    pages.next(next)
  } while (next !== undefined)
  return found
}

async function list(
  client: ObjectApis,
  cluster: Loop<'cluster'>,
  kind: ManagedKind,
  installation: string,
  next: string | undefined,
): Promise<Page> {
  const options = {
    labelSelector: `${kubernetesLabels.installation}=${installation},${kubernetesLabels.owner}`,
    limit: page,
    ...(next === undefined ? {} : { _continue: next }),
  }
  try {
    return await operationsOf(client)[kind].list(options)
  } catch (error) {
    throw kubernetesFailure(error, { cluster, namespace: '*', object: `${kind}s`, doing: `list ${kind}s of the app` })
  }
}
