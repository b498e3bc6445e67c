// The API server's refusals: Status bodies with the texts that a real one gives (checked against kube-apiserver in test/real).

export type Cause = { readonly reason: string; readonly message: string; readonly field: string }

export type StatusBody = {
  readonly kind: 'Status'
  readonly apiVersion: 'v1'
  readonly metadata: Readonly<Record<string, never>>
  readonly status: 'Failure'
  readonly message: string
  readonly reason?: string
  readonly details?: { readonly name?: string; readonly group?: string; readonly kind?: string; readonly causes?: readonly Cause[] }
  readonly code: number
}

/** Thrown anywhere below the server, answered by it. `text` is for the few answers that are no Status. */
export class Refusal extends Error {
  readonly status: number
  readonly body: StatusBody | string

  constructor(code: number, reason: string | undefined, message: string, details?: StatusBody['details']) {
    super(message)
    this.status = code
    this.body = {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message,
      ...(reason === undefined ? {} : { reason }),
      ...(details === undefined ? {} : { details }),
      code,
    }
  }
}

/** What a refusal is about: `secrets` or `leases.coordination.k8s.io`, and the object's name if there is one. */
export type About = { readonly resource: string; readonly group?: string; readonly name?: string | undefined }

const details = (about: About): NonNullable<StatusBody['details']> => ({
  ...(about.name ? { name: about.name } : {}),
  ...(about.group ? { group: about.group } : {}),
  kind: about.resource,
})
const qualified = (about: About): string => (about.group ? `${about.resource}.${about.group}` : about.resource)
const named = (about: About): string => (about.name ? `${qualified(about)} "${about.name}"` : qualified(about))

export const unauthorized = (): Refusal => new Refusal(401, 'Unauthorized', 'Unauthorized')
export const badRequest = (message: string): Refusal => new Refusal(400, 'BadRequest', message)
export const notFound = (about: About): Refusal => new Refusal(404, 'NotFound', `${named(about)} not found`, details(about))
export const noSuchResource = (): Refusal => new Refusal(404, 'NotFound', 'the server could not find the requested resource', {})
export const notAllowed = (): Refusal =>
  new Refusal(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {})
export const alreadyExists = (about: About): Refusal => new Refusal(409, 'AlreadyExists', `${named(about)} already exists`, details(about))
export const conflict = (about: About, why: string): Refusal =>
  new Refusal(409, 'Conflict', `Operation cannot be fulfilled on ${named(about)}: ${why}`, details(about))
export const modified = (about: About): Refusal =>
  conflict(about, 'the object has been modified; please apply your changes to the latest version and try again')
export const forbidden = (about: About, why: string, causes?: readonly Cause[]): Refusal =>
  new Refusal(403, 'Forbidden', `${named(about)} is forbidden: ${why}`, { ...details(about), ...(causes ? { causes } : {}) })
export const gone = (message: string): Refusal => new Refusal(410, 'Expired', message)

/** 422. Several causes stand in brackets, as Go's aggregate errors do. */
export function invalid(of: { readonly kind: string; readonly group?: string; readonly name: string }, causes: readonly Cause[]): Refusal {
  const texts = causes.map((cause) => `${cause.field}: ${cause.message}`)
  const all = texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`
  return new Refusal(422, 'Invalid', `${of.kind}${of.group ? `.${of.group}` : ''} "${of.name}" is invalid: ${all}`, {
    ...(of.name ? { name: of.name } : {}),
    ...(of.group ? { group: of.group } : {}),
    kind: of.kind,
    causes,
  })
}

export const invalidValue = (field: string, value: string, why: string): Cause => ({
  reason: 'FieldValueInvalid',
  message: `Invalid value: ${JSON.stringify(value)}: ${why}`,
  field,
})
export const required = (field: string, why?: string): Cause => ({
  reason: 'FieldValueRequired',
  message: why ? `Required value: ${why}` : 'Required value',
  field,
})
export const tooLong = (field: string, bytes: number): Cause => ({
  reason: 'FieldValueTooLong',
  message: `Too long: must have at most ${bytes} bytes`,
  field,
})
export const forbiddenValue = (field: string, why: string): Cause => ({
  reason: 'FieldValueForbidden',
  message: `Forbidden: ${why}`,
  field,
})
export const unsupported = (field: string, value: string, supported: readonly string[]): Cause => ({
  reason: 'FieldValueNotSupported',
  message: `Unsupported value: ${value}: supported values: ${supported.map((each) => JSON.stringify(each)).join(', ')}`,
  field,
})
