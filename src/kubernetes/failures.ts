// What an API server's refusal means. The Status body is read, never shown whole: client-node's own message holds all headers and the body.

import * as z from 'zod'
import { failureOf } from '../errors/classify.ts'
import { Failure, type FailureClass } from '../errors/failure.ts'
import { redact } from '../errors/redact.ts'
import { certainFailure } from '../errors/thrown.ts'
import { type ExposedValues, isIn } from '../errors/unquoted.ts'
import type { Code } from '../model/code.ts'
import { customGroupOf, kubernetesKinds, writtenPlurals } from '../model/kubernetes-kind.ts'
import type { Loop } from '../model/loop.ts'
import { knownPhrases, notRepeated } from '../model/phrases.ts'
import { resourceId } from '../model/resource-id.ts'
import { ApiException } from './sdk.ts'

const statusSchema = z.object({
  message: z.string().default(''),
  reason: z.string().default(''),
  details: z
    .object({
      name: z.string().optional(),
      kind: z.string().optional(),
      causes: z.array(z.object({ reason: z.string().optional(), message: z.string().optional(), field: z.string().optional() })).nullish(),
    })
    .nullish(),
})
type Status = z.infer<typeof statusSchema>
type Coded = Status & { readonly code: number }

/** The Status in an error of client-node; undefined = the error does not come from the API server. */
function statusOf(error: unknown): (Status & { readonly code: number }) | undefined {
  if (!(error instanceof ApiException)) return undefined
  const read = statusSchema.safeParse(parsed(error.body))
  return { ...(read.success ? read.data : { message: '', reason: '' }), code: error.code }
}

function parsed(body: unknown): unknown {
  try {
    return typeof body === 'string' ? JSON.parse(body) : body
  } catch {
    return undefined // a proxy's page
  }
}

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
  const missing = rightMissing(status, namespace, sent)
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
function refusedByAdmission({ code, message, details }: Status & { readonly code: number }): Admission | undefined {
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

/** As the API server names it before the webhook's own text. */
function webhookIn(message: string, sent: ExposedValues): string | undefined {
  const [, name] =
    /^(?:Internal error occurred: failed calling webhook|admission webhook) "([a-z0-9-]+(?:\.[a-z0-9-]+){1,9})"/.exec(message) ?? []
  return name === undefined || isIn(name, sent) ? undefined : name
}

/** As kubectl names it. A refusal of the whole object names its kind, not its resource. */
const placeOf = (details: Status['details']): Readonly<Record<string, string>> => ({
  kind: (details?.kind ?? 'object').toLowerCase(),
  ...(details?.name ? { name: details.name } : {}),
})

/** Admission also refuses with 403 (a quota, a policy, a namespace that is being deleted): those are not missing rights. */
function rightMissing({ code, message, details }: Coded, namespace: string, sent: ExposedValues) {
  if (code !== 403) return undefined
  const [, principal, verb, resource, where] =
    /User "([^"]*)" cannot (\S+) resource "([^"]*)" in API group "[^"]*"(?: in the namespace "([^"]*)")?/.exec(message) ?? []
  // For a Secret this word is not read: its text could contain it.
  const isToken = sent === undefined && resource === 'serviceaccounts/token'
  if (
    principal &&
    verb &&
    resource &&
    [principal, verb, isToken ? '' : resource, where ?? ''].every((word) => plain.test(word) && !isIn(word, sent))
  )
    return { principal, verb, resource, namespace: where || namespace }
  // The refusal of an apply that may patch but not create is shorter.
  const short = /is forbidden: (User does not have access to the resource in Azure.*)?$/.test(message)
  const kind = details?.kind ?? ''
  return short ? { verb: 'create', resource: writtenPlurals.includes(kind) ? kind : 'objects', namespace } : undefined
}
/** Of a refused ClusterRole or its binding: also where the app would grant what it does not have. */
function principalIn({ message }: Coded): { readonly principal?: string } | undefined {
  const [, principal] = /\bUser "([^"]*)" (?:\([^)]*\) )?(?:cannot |is attempting to grant )/i.exec(message) ?? []
  if (principal !== undefined && plain.test(principal)) return { principal }
  return /is forbidden: (User does not have access to the resource in Azure.*)?$/.test(message) ? {} : undefined
}

const plain = /^[\w.:-]{0,128}$/

/**
 * What is repeated of a refusal about a Secret: its parts that are not free text, and known phrases. Names (of webhooks, field managers and fields)
 * come from the cluster's configuration or from the app, and are left out if they share anything with what was sent.
 */
function refusalOf({ code, reason, message, details }: Coded, sent: ExposedValues): string {
  const named = (pattern: RegExp, text: string): string | undefined => {
    const [, name] = pattern.exec(text) ?? []
    return name === undefined || isIn(name, sent) ? undefined : name
  }
  const webhook = webhookIn(message, sent)
  const keys = Object.keys(sent?.reveal() ?? {})
  const fields = (details?.causes ?? []).flatMap(({ field = '', message: text = '' }) => {
    const known = keys.find((key) => field === `.data.${key}` || field === `data[${key}]`)
    const manager = named(/^conflict with "([\w ./-]{1,128})"/, text)
    return known === undefined && manager === undefined
      ? []
      : [[known && `key ${known}`, manager && `managed by ${manager}`].filter(Boolean).join(' ')]
  })
  const parts = [
    `It answered ${code} ${knownReason(reason)}`,
    ...(/^admission webhook /.test(message)
      ? [`the admission webhook ${webhook ?? '(of an unknown name)'} denied it`]
      : webhook
        ? [`webhook ${webhook}`]
        : []),
    ...knownPhrases(message),
    ...[...new Set(fields)].slice(0, 10),
  ]
  return `${parts.join('; ')}. ${notRepeated}`
}

/** https://pkg.go.dev/k8s.io/apimachinery/pkg/apis/meta/v1#StatusReason */
const reasons = new Set(
  'Unauthorized Forbidden NotFound AlreadyExists Conflict Gone Invalid ServerTimeout StoreReadError Timeout TooManyRequests BadRequest MethodNotAllowed NotAcceptable RequestEntityTooLarge UnsupportedMediaType InternalError Expired ServiceUnavailable'.split(
    ' ',
  ),
)
const knownReason = (reason: string): string => (reasons.has(reason) ? reason : 'for another reason')

const messageOf = (message: string): string => {
  const line = redact(message).replaceAll(/\s+/g, ' ').trim()
  return line.length > 500 ? `${line.slice(0, 499)}…` : line
}

/** Only the code: network messages may contain addresses of proxies. */
function networkCode(error: unknown): string {
  const { code, name } = (typeof error === 'object' && error !== null ? error : {}) as { code?: unknown; name?: unknown }
  if (name === 'TimeoutError' || name === 'AbortError') return 'no answer in time'
  return typeof code === 'string' ? code : 'no answer'
}

/** The server itself says that this object does not exist; a 404 of anything on the way to it proves nothing. */
export function objectMissing(error: unknown): boolean {
  const status = statusOf(error)
  return status?.code === 404 && status.reason === 'NotFound' && writtenPlurals.includes(status.details?.kind ?? '')
}

/** The namespace does not exist, or is being deleted: someone has to create it. */
export function namespaceMissing(error: unknown): boolean {
  const status = statusOf(error)
  if (status?.code === 404) return status.reason === 'NotFound' && status.details?.kind === kubernetesKinds.Namespace.plural
  return status?.details?.causes?.some((cause) => cause.reason === 'NamespaceTerminating') ?? false
}
