// The only reader of answers of services: ARM, Kubernetes, Table Storage, Key Vault, through their SDKs or raw. An answer counts only if it has the
// requested shape. Anything else is unknown: it proves neither that something exists, nor that it is gone, nor that it was written. Gateways, captive
// portals and unhealthy services answer 200 with an empty body, `{}`, an HTML page, a 404 of their own, or a redirect.
import { Failure } from './failure.ts'

export type Json = Readonly<Record<string, unknown>>
/** What is wrong with an answer, in words that contain nothing of it; `undefined` = it is as expected. */
export type Shape = (answer: Json) => string | undefined

export type Answered = { readonly status: number; readonly text: string | null | undefined; readonly doing: string }

/** Worth a retry, like a server error. Nothing of the answer is repeated, because it may contain anything. */
export const notUnderstood = (doing: string, wrong: string, status?: number): Failure =>
  new Failure({
    class: 'transient',
    code: 'AnswerNotUnderstood',
    about: { doing, wrong, status: status === undefined ? 'a success' : String(status) },
    ...(status === undefined ? {} : { status }),
  })

/** A success with a JSON object of this shape in it. Throws `AnswerNotUnderstood`. */
export function readAnswer({ status, text, doing }: Answered, shape: Shape = () => undefined): Json {
  const json = objectIn(text)
  if (typeof json === 'string') throw notUnderstood(doing, json, status)
  const wrong = shape(json)
  if (wrong !== undefined) throw notUnderstood(doing, wrong, status)
  return json
}

/** Like `readAnswer`, for services that may also send an empty answer: an accepted operation, or a delete. */
export const readIfAny = (answered: Answered, shape?: Shape): Json => (answered.text ? readAnswer(answered, shape) : {})

/** A refusal that proves something must be the service's own, so it must give a reason in the service's own format. */
export function checkRefusal({ status, text, doing }: Answered): void {
  if (status >= 300 && status < 400) throw notUnderstood(doing, 'it is a redirect, which is never followed', status)
  if (!concluding.has(status) || storageCode(text) !== undefined) return
  const json = objectIn(text)
  if (typeof json === 'string') throw notUnderstood(doing, json, status)
  if (!saysWhy(json)) throw notUnderstood(doing, 'it does not say why, as the service itself does', status)
}

/** The reason in a refusal by Blob Storage, which answers XML: https://learn.microsoft.com/rest/api/storageservices/status-and-error-codes2#error-response-format */
export const storageCode = (text: string | null | undefined): string | undefined =>
  /^\uFEFF?<\?xml [^>]*\?>\s*<Error>\s*<Code>(\w+)<\/Code>/.exec(text ?? '')?.[1]

/** Absent, refused, in conflict, stale. Requests to wait or sign in, and server errors, may come from anything on the way. */
const concluding = new Set([400, 403, 404, 405, 409, 410, 412, 422])

/** ARM and Key Vault: `error.code`; AKS, and ARM here and there: `code`; Table Storage: `odata.error.code`; Kubernetes: a Status with its reason. */
function saysWhy(json: Json): boolean {
  const inner = [json, json['error'], json['odata.error']].filter(isObject)
  return inner.some(({ code }) => isFilled(code)) || (json['kind'] === 'Status' && json['status'] === 'Failure')
}

function objectIn(text: string | null | undefined): Json | string {
  if (!text) return 'it is empty'
  try {
    const json: unknown = JSON.parse(text)
    return isObject(json) ? json : 'it is not a JSON object'
  } catch {
    return 'it is not JSON'
  }
}

export const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)
export const isFilled = (value: unknown): value is string => typeof value === 'string' && value !== ''
