// What kubectl prints about a refusal, as the error that the client of an API server throws for it: kubectl leaves out the Status, but prints its reason
// and message. https://github.com/kubernetes/kubectl/blob/master/pkg/cmd/util/helpers.go
import { notUnderstood } from '../../errors/answer.ts'
import { Failure } from '../../errors/failure.ts'
import { ApiException } from '../sdk.ts'

/** https://github.com/kubernetes/apimachinery/blob/master/pkg/apis/meta/v1/types.go (StatusReason) */
const codes: Readonly<Record<string, number>> = {
  BadRequest: 400,
  Unauthorized: 401,
  Forbidden: 403,
  NotFound: 404,
  MethodNotAllowed: 405,
  NotAcceptable: 406,
  AlreadyExists: 409,
  Conflict: 409,
  Gone: 410,
  Expired: 410,
  RequestEntityTooLarge: 413,
  UnsupportedMediaType: 415,
  Invalid: 422,
  TooManyRequests: 429,
  InternalError: 500,
  ServiceUnavailable: 503,
  ServerTimeout: 504,
  Timeout: 504,
}

/** `text`: of a command that failed. */
export function refusalIn(text: string, doing: string): unknown {
  const said = text.replace(/\n+$/, '')
  const [, reason, message = ''] = /^Error from server \((\w+)\): ([\s\S]*)$/.exec(said) ?? []
  // The same 404 comes from anything that does not know the path: only the list of groups proves what it means.
  if (reason === 'NotFound' && message.startsWith('the server could not find the requested resource'))
    return notUnderstood(doing, 'it is not served', 404)
  if (/no matches for kind "/.test(said)) return notUnderstood(doing, 'it is not served', 404)
  if (reason !== undefined) return statusOf(reason, message)
  if (/^error: Apply failed with \d+ conflicts?: /.test(said))
    return statusOf('Conflict', said.slice('error: '.length), [{ reason: 'FieldManagerConflict' }])
  if (said.startsWith('error: Operation cannot be fulfilled on ')) return statusOf('Conflict', said.slice('error: '.length))
  const [, invalid] = /^(The \S+ "[^"]*" is invalid: [\s\S]*)$/.exec(said) ?? []
  if (invalid !== undefined) return statusOf('Invalid', invalid)
  if (said.startsWith('error: You must be logged in to the server')) return statusOf('Unauthorized', 'Unauthorized')
  if (said.startsWith('Error from server: ')) return statusOf('InternalError', said.slice('Error from server: '.length))
  if (/^(Unable to connect to the server|The connection to the server)/.test(said))
    return new Failure({ class: 'transient', code: 'CommandCutShort', about: { doing } })
  return notUnderstood(doing, 'kubectl failed in a way that the app does not know')
}

/** The error with a Status of this reason. */
export function statusOf(reason: string, message: string, causes?: readonly { readonly reason: string }[]): ApiException<string> {
  const code = codes[reason] ?? 500
  // `secrets "a" not found`, `components.dapr.io "a" is forbidden: …`
  const [, kind, name] = /^([a-z]+)[a-z0-9.-]* "([^"]*)"/.exec(message) ?? []
  const terminating = /because it is being terminated/.test(message) ? [{ reason: 'NamespaceTerminating' }] : undefined
  const details = { ...(kind ? { kind, name } : {}), ...((causes ?? terminating) ? { causes: causes ?? terminating } : {}) }
  const body = { kind: 'Status', status: 'Failure', reason, message, details, code }
  return new ApiException(code, 'kubectl was refused', JSON.stringify(body), {})
}
