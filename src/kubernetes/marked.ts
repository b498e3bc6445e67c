// All objects of a cluster that carry our labels, for the sweep: metadata only, so that no value of a Secret is ever in memory for it.
// https://kubernetes.io/docs/reference/using-api/api-concepts/#receiving-resources-as-tables describes the Accept header's `as=`.
import { type CoreV1Api, setHeaderOptions, type V1ListMeta, type V1ObjectMeta } from '@kubernetes/client-node'
import type { Loop } from '../domain/loop.ts'
import { kubernetesLabels } from '../domain/names.ts'
import { kubernetesFailure } from './failures.ts'

export type Marked = {
  readonly kind: 'Secret' | 'ServiceAccount'
  readonly namespace: string
  readonly name: string
  /** Key of the loop that owns it, as its label says. */
  readonly owner: string
  /** `<uid>/<resourceVersion>`. */
  readonly version: string
}

const metadataOnly = setHeaderOptions('Accept', 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io')
const page = 500

/** Throws `Failure`. */
export async function listMarked(core: CoreV1Api, cluster: Loop<'cluster'>, installation: string): Promise<readonly Marked[]> {
  const found: Marked[] = []
  for (const kind of ['Secret', 'ServiceAccount'] as const) {
    let next: string | undefined
    do {
      const answer = await list(core, cluster, kind, installation, next)
      for (const { metadata = {} } of answer.items ?? []) {
        const { namespace = '', name = '', uid = '', resourceVersion = '', labels = {} } = metadata
        found.push({ kind, namespace, name, owner: labels[kubernetesLabels.owner] ?? '', version: `${uid}/${resourceVersion}` })
      }
      next = answer.metadata?._continue || undefined
    } while (next !== undefined)
  }
  return found
}

type Page = {
  readonly metadata?: V1ListMeta /** The API server answers `null` for no items of this form. */
  readonly items: readonly { readonly metadata?: V1ObjectMeta }[] | null | undefined
}

async function list(
  core: CoreV1Api,
  cluster: Loop<'cluster'>,
  kind: Marked['kind'],
  installation: string,
  next: string | undefined,
): Promise<Page> {
  const options = {
    labelSelector: `${kubernetesLabels.installation}=${installation},${kubernetesLabels.owner}`,
    limit: page,
    ...(next === undefined ? {} : { _continue: next }),
  }
  try {
    if (kind === 'Secret') return await core.listSecretForAllNamespaces(options, metadataOnly)
    return await core.listServiceAccountForAllNamespaces(options, metadataOnly)
  } catch (error) {
    throw kubernetesFailure(error, { cluster, namespace: '*', thing: `${kind}s`, doing: `list our ${kind}s` })
  }
}
