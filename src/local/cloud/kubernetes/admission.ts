// What may refuse a write after authorization: validating webhooks and quotas of the namespace. Webhooks are rows of the world, for their services
// are not simulated: one denies with its message, or does not answer at all, which with failurePolicy Fail refuses every write that it wants to see.
// https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#failure-policy
// The texts: https://github.com/kubernetes/apiserver/blob/master/pkg/admission/plugin/webhook/errors/statuserror.go
import type { World } from '../world.ts'
import { isRaw } from './object.ts'
import { forbidden, Refusal } from './status.ts'
import type { Store } from './store.ts'

export type Webhook = {
  /** ARM id in lower case. */
  readonly cluster: string
  /** `validate.policies.example`. */
  readonly name: string
  readonly operations: readonly ('CREATE' | 'UPDATE' | 'DELETE')[]
  readonly resources: readonly string[]
  /** Absent: all. */
  readonly namespaces?: readonly string[]
  readonly failurePolicy: 'Fail' | 'Ignore'
  /** The message of its denial; `unreachable`: nothing serves it any more. */
  readonly answer: 'allow' | 'unreachable' | { readonly denies: string }
}

export const webhooks = (world: World): Map<string, Webhook> => world.table<Webhook>('kubernetes-webhooks')

type Admitted = {
  readonly operation: Webhook['operations'][number]
  readonly resource: string
  readonly namespace: string | undefined
  readonly name: string | undefined
}

export function callWebhooks(world: World, cluster: string, { operation, resource, namespace = '' }: Admitted): void {
  for (const hook of webhooks(world).values()) {
    const isAsked = hook.cluster === cluster && hook.operations.includes(operation) && hook.resources.includes(resource)
    if (!isAsked || (hook.namespaces && !hook.namespaces.includes(namespace))) continue
    if (hook.answer === 'unreachable' && hook.failurePolicy === 'Fail') throw unreachable(hook)
    if (typeof hook.answer === 'object')
      throw new Refusal(403, 'Forbidden', `admission webhook "${hook.name}" denied the request: ${hook.answer.denies}`)
  }
}

function unreachable({ name }: Webhook): Refusal {
  const service = name.split('.')[0]
  const why = `failed calling webhook "${name}": failed to call webhook: Post "https://${service}.policies.svc:443/validate?timeout=10s": no endpoints available for service "${service}"`
  const causes = [{ reason: 'InternalError', message: why, field: '' }]
  return new Refusal(500, 'InternalError', `Internal error occurred: ${why}`, { causes })
}

/** A quota counts objects that there are; only one more of them can be too many. https://kubernetes.io/docs/concepts/policy/resource-quotas/#object-count-quota */
export function checkQuotas(store: Store, { resource, namespace, name }: Admitted): void {
  if (namespace === undefined) return
  for (const quota of store.list('resourcequotas', namespace) ?? []) {
    const spec = isRaw(quota['spec']) ? quota['spec'] : {}
    const hard = isRaw(spec['hard']) ? spec['hard'] : {}
    for (const counted of [resource, `count/${resource}`]) {
      const limit = hard[counted]
      const used = store.list(resource, namespace)?.length ?? 0
      if (limit === undefined || used < Number(limit)) continue
      throw forbidden(
        { resource, name },
        `exceeded quota: ${quota.metadata.name}, requested: ${counted}=1, used: ${counted}=${used}, limited: ${counted}=${limit}`,
      )
    }
  }
}
