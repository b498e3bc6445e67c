// What the app may do in a namespace: one SelfSubjectAccessReview for each verb, which every signed-in caller may create and which changes nothing.
// https://kubernetes.io/docs/reference/access-authn-authz/authorization/#checking-api-access

import { isOfCluster, type KindName, kubernetesKinds } from '../model/kubernetes-kind.ts'
import type { Loop } from '../model/loop.ts'
import { kubernetesFailure } from './failures.ts'
import type { AuthorizationV1Api, CoreV1Api } from './sdk.ts'
import { namespaceMissing } from './status.ts'

export type NamespaceRights = {
  /** Verbs that are missing, by kind. */
  readonly missing: readonly { readonly kind: KindName; readonly verbs: readonly string[] }[]
  /** `unknown`: it may not be read. */
  readonly namespace: 'there' | 'missing' | 'unknown'
}

const verbs = ['get', 'create', 'patch', 'delete'] as const

export async function rightsIn(
  { core, authorization }: { readonly core: CoreV1Api; readonly authorization: AuthorizationV1Api },
  cluster: Loop<'cluster'>,
  namespace: string,
  kinds: readonly KindName[],
): Promise<NamespaceRights> {
  const may = async (verb: string, kind: KindName): Promise<boolean> => {
    const { plural: resource, group, apiVersion } = kubernetesKinds[kind]
    const version = apiVersion.split('/').at(-1) ?? apiVersion
    const where = isOfCluster(kind) ? {} : { namespace }
    const body = { spec: { resourceAttributes: { ...where, verb, resource, group, version } } }
    return (await authorization.createSelfSubjectAccessReview({ body })).status?.allowed === true
  }
  try {
    const missing = await Promise.all(
      kinds.map(async (kind) => {
        const answers = await Promise.all(verbs.map((verb) => may(verb, kind)))
        return { kind, verbs: verbs.filter((_, at) => !answers[at]) }
      }),
    )
    const there = await namespaceIn(core, namespace).catch((error: unknown) => {
      if (error instanceof Object && 'code' in error && error.code === 403) return 'unknown' as const
      throw error
    })
    return { missing: missing.filter((one) => one.verbs.length > 0), namespace: there }
  } catch (error) {
    const doing = `ask what the app may do in namespace ${namespace}`
    throw kubernetesFailure(error, { cluster, namespace, object: `namespace ${namespace}`, doing })
  }
}

/** A namespace that is being deleted accepts nothing new, and takes everything in it along. */
export async function namespaceIn(core: CoreV1Api, name: string): Promise<'there' | 'missing'> {
  try {
    return (await core.readNamespace({ name })).status?.phase === 'Terminating' ? 'missing' : 'there'
  } catch (error) {
    if (namespaceMissing(error)) return 'missing'
    throw error
  }
}
