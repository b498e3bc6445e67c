// What an API server's refusal means. The Status body is read, never shown whole: client-node's own message holds all headers and the body.

import { failureOf } from '../errors/classify.ts'
import { Failure, type FailureClass } from '../errors/failure.ts'
import { certainFailure } from '../errors/thrown.ts'
import { type ExposedValues, isIn, isNameable } from '../errors/unquoted.ts'
import type { Code } from '../model/code.ts'
import { customGroupOf, writtenPlurals } from '../model/kubernetes-kind.ts'
import type { Loop } from '../model/loop.ts'
import { resourceId } from '../model/resource-id.ts'
import { knownReason, messageOf, refusalOf, webhookIn } from './refusal-words.ts'
import type { ApiException } from './sdk.ts'
import { type Coded, type Status, statusOf } from './status.ts'

export type Doing = {
  readonly cluster: Loop<'cluster'>
  readonly namespace: string
  /** `Secret team-a/sc-x-secret`. */
  readonly object: string
  /** `apply Secret …`, an infinitive. */
  readonly doing: string
}
/**
 * `sent`: the data of a Secret. Admission webhooks, and the server itself, repeat what they refuse, so none of their free text about a Secret is
 * repeated.
 */
export function kubernetesFailure(
  error: unknown,
  { cluster, namespace, object, doing, sent }: Doing & { readonly sent?: ExposedValues },
): Failure {
  if (error instanceof Failure)
    return error.fields.code === 'AnswerNotUnderstood' ? new Failure({ ...error.fields, about: { ...error.fields.about, doing } }) : error
  const certain = certainFailure(error, doing)
  if (certain) return certain
  const about = { cluster: resourceId(cluster.id).name, id: cluster.id, namespace, object, doing }
  const status = statusOf(error)
  const signIn = error instanceof Error && /Credential|Authentication/.test(error.name)
  if (!status) {
    if (signIn) return failureOf({ error, doing })
    return new Failure({ class: 'transient', code: 'KubernetesUnreachable', about: { ...about, message: networkCode(error) } })
  }
  const { code, details } = status
  const isOfSecret = sent !== undefined || /^Secrets?\b/.test(object)
  const reason = isOfSecret ? knownReason(status.reason) : status.reason
  const message = isOfSecret ? refusalOf(status, sent) : messageOf(status.message) || `status ${code}`
  const fail = (kind: FailureClass, as: Code, more: Readonly<Record<string, string>> = {}): Failure =>
    new Failure({ class: kind, code: as, about: { ...about, message, ...more }, status: code })

  const ofCluster = code === 403 && /^ClusterRole/.test(object) && principalIn(status)
  if (ofCluster) return fail('permission', 'ClusterRightMissing', ofCluster)
  const missing = rightMissing(status, namespace, isOfSecret, sent)
  if (missing) {
    const group = customGroupOf(missing.resource)
    const more = { ...missing, id: `${cluster.id}/namespaces/${missing.namespace}`, ...(group === undefined ? {} : { group }) }
    return fail('permission', group === undefined ? 'KubernetesRightMissing' : 'CustomResourceRightMissing', more)
  }
  const admitted = refusedByAdmission(status)
  if (admitted) return fail(admitted.class, admitted.is, isOfSecret ? wordsFor(status, object, sent) : admitted.words)
  if (code === 401) return fail('transient', 'KubernetesSignInRefused')
  if (code === 409 && details?.causes?.some((cause) => cause.reason === 'FieldManagerConflict')) return fail('manual', 'KubernetesConflict')
  if (code === 409 || code === 410) return fail('stale', 'Stale')
  if (code === 429 || code === 503)
    return failureOf({ status: code, headers: (error as ApiException<unknown>).headers, body: { message }, doing })
  if (code >= 500) return failureOf({ status: code, body: { code: reason, message }, doing })
  return fail('manual', 'KubernetesRefused')
}

type Admission = { readonly class: FailureClass; readonly is: Code; readonly words: Readonly<Record<string, string>> }

/**
 * Only the message of an admission refusal says who refused, in words that have not changed for years:
 * https://github.com/kubernetes/apiserver/blob/master/pkg/admission/plugin/webhook/errors/statuserror.go,
 * https://github.com/kubernetes/apiserver/blob/master/pkg/admission/plugin/resourcequota/controller.go
 */
function refusedByAdmission({ code, message, details }: Coded): Admission | undefined {
  const [, silent] = /failed calling webhook "([^"]+)"/.exec(message) ?? []
  if (code >= 500 && silent) return { class: 'transient', is: 'WebhookUnreachable', words: { webhook: silent } }
  const [, webhook, policy] = /admission webhook "([^"]+)" denied|ValidatingAdmissionPolicy '([^']+)'/.exec(message) ?? []
  if (webhook ?? policy) return { class: 'manual', is: 'AdmissionDenied', words: { webhook: webhook ?? policy ?? '' } }
  // The kind of refusal must not depend on the text that follows: that may contain what was sent.
  const quota = /exceeded quota: ?([^,\s]*)/.exec(message)?.[1]
  if (code === 403 && quota !== undefined) return { class: 'manual', is: 'QuotaExceeded', words: { quota } }
  const isImmutable = code === 422 && /field is immutable when `immutable` is set/.test(message)
  return isImmutable ? { class: 'manual', is: 'ImmutableObject', words: placeOf(details) } : undefined
}

/** For a Secret only names that the API server itself writes are repeated, taken from before any text of others. */
function wordsFor({ message }: Coded, object: string, sent: ExposedValues): Admission['words'] {
  const named = (pattern: RegExp): string | undefined => {
    const [, found] = pattern.exec(message) ?? []
    return found === undefined || isIn(found, sent) ? undefined : found
  }
  const webhook = webhookIn(message, sent) ?? named(/^secrets "[^"]*" is forbidden: ValidatingAdmissionPolicy '([a-z0-9.-]+)'/)
  const quota = named(/^secrets "[^"]*" is forbidden: exceeded quota: ([a-z0-9.-]+)(?:,|$)/)
  const [, name] = object.split('/')
  return { kind: 'secret', ...(name ? { name } : {}), ...(webhook ? { webhook } : {}), ...(quota ? { quota } : {}) }
}

/** As kubectl names it. A refusal of the whole object names its kind, not its resource. */
const placeOf = (details: Status['details']): Readonly<Record<string, string>> => ({
  kind: (details?.kind ?? 'object').toLowerCase(),
  ...(details?.name ? { name: details.name } : {}),
})

/** Admission also refuses with 403 (a quota, a policy, a namespace that is being deleted): those are not missing rights. */
function rightMissing({ code, message, details }: Coded, namespace: string, isOfSecret: boolean, sent: ExposedValues) {
  if (code !== 403) return undefined
  const told = isOfSecret ? rightOnSecretIn(message, namespace, sent) : rightIn(message, namespace)
  if (told) return told
  // The refusal of an apply that may patch but not create is shorter.
  const short = /is forbidden: (User does not have access to the resource in Azure.*)?$/.test(message)
  const kind = details?.kind ?? ''
  return short ? { verb: 'create', resource: writtenPlurals.includes(kind) ? kind : 'objects', namespace } : undefined
}

function rightIn(message: string, namespace: string) {
  const [, principal = '', verb = '', resource = '', where = ''] =
    /User "([^"]+)" cannot (\S+) resource "([^"]+)" in API group "[^"]*"(?: in the namespace "([^"]*)")?/.exec(message) ?? []
  const words = [principal, verb, resource === 'serviceaccounts/token' ? '' : resource, where]
  return resource !== '' && words.every((word) => plain.test(word))
    ? { principal, verb, resource, namespace: where || namespace }
    : undefined
}

/**
 * In words of the app's own request, which tell nothing new where they are part of the Secret as well: a namespace is often called as an account is. What
 * stands before them may contain anything, so it decides nothing.
 */
function rightOnSecretIn(message: string, namespace: string, sent: ExposedValues) {
  const [, verb = '', resource = '', where = namespace] =
    /" cannot (\w+) resource "(\w+)" in API group "" (?:in the namespace "([^"]*)"|at the cluster scope)/.exec(message) ?? []
  if (!verbs.includes(verb) || !writtenPlurals.includes(resource) || where !== namespace) return undefined
  const [, principal = ''] = /User "([^"]*)" cannot /.exec(message) ?? []
  return { verb, resource, namespace, ...(isNameable(principal, sent) ? { principal } : {}) }
}

/** Of a refused ClusterRole or its binding: also where the app would grant what it does not have. */
function principalIn({ message }: Coded): { readonly principal?: string } | undefined {
  const [, principal] = /\bUser "([^"]*)" (?:\([^)]*\) )?(?:cannot |is attempting to grant )/i.exec(message) ?? []
  if (principal !== undefined && plain.test(principal)) return { principal }
  return /is forbidden: (User does not have access to the resource in Azure.*)?$/.test(message) ? {} : undefined
}

const plain = /^[\w.:-]{0,128}$/
/** https://kubernetes.io/docs/reference/access-authn-authz/authorization/#determine-the-request-verb */
const verbs: readonly string[] = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection']

/** Only the code: network messages may contain addresses of proxies. */
function networkCode(error: unknown): string {
  const { code, name } = (typeof error === 'object' && error !== null ? error : {}) as { code?: unknown; name?: unknown }
  if (name === 'TimeoutError' || name === 'AbortError') return 'no answer in time'
  return typeof code === 'string' ? code : 'no answer'
}
