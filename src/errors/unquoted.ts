// A refusal by a party that has seen a secret: its meaning is kept, its text is not (model/phrases.ts says why).
import { knownPhrases, notRepeated } from '../model/phrases.ts'
import type { Secret } from '../model/secret.ts'
import { Failure } from './failure.ts'

/** The values that the party has seen, by their keys. */
export type ExposedValues = Secret<Readonly<Record<string, string>>> | undefined

/** Words of `about` that this app writes itself. */
const ownWords: ReadonlySet<string> = new Set([
  'doing',
  'status',
  'cluster',
  'id',
  'namespace',
  'object',
  'vault',
  'secret',
  'target',
  'kind',
])
const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const action = /^Microsoft\.[A-Za-z]+(\/[A-Za-z]+){1,5}$/

/** `scopes`: ids that may be named. */
export function unquoted(error: unknown, exposed: ExposedValues, scopes: readonly string[] = []): unknown {
  if (!(error instanceof Failure)) return error
  const { about } = error.fields
  const repeatable = Object.entries(about).filter(
    ([name, value]) =>
      ownWords.has(name) ||
      (name === 'principal' && isNameable(value, exposed)) ||
      (name === 'action' && action.test(value) && !isIn(value, exposed)) ||
      (name === 'scope' && scopes.some((scope) => scope.toLowerCase().startsWith(value.toLowerCase()) && value.length > 1)),
  )
  const words = { answer: knownAnswer(about['answer']), message: unquotedText(about['message'] ?? '') }
  return new Failure({ ...error.fields, about: { ...Object.fromEntries(repeatable), ...words } })
}

/** Known phrases only. */
const unquotedText = (text: string): string => [...knownPhrases(text), notRepeated].join('. ')

/** Services make codes themselves, independent of what they were sent; still, only well-known ones are repeated. */
const answers: ReadonlySet<string> = new Set([
  'AuthorizationFailed',
  'BadParameter',
  'BadRequest',
  'Conflict',
  'ExtensionOperationFailed',
  'Forbidden',
  'InternalServerError',
  'InvalidTemplate',
  'LinkedAuthorizationFailed',
  'MissingSubscriptionRegistration',
  'OperationNotAllowed',
  'ObjectIsDeletedButRecoverable',
  'RequestDisallowedByPolicy',
  'ResourceNotFound',
  'ScopeLocked',
  'SecretNotFound',
  'ServiceUnavailable',
  'TooManyRequests',
  'Unauthorized',
  'ValidationError',
])
const knownAnswer = (code: string | undefined): string => (code !== undefined && answers.has(code) ? code : 'another code')

/** Whether it is the id of a principal, and not made of what was seen. */
export const isNameable = (principal: string, exposed: ExposedValues): boolean => guid.test(principal) && !isIn(principal, exposed)

const gram = 6
/** Whether a word that is about to be repeated shares a part with a value, as it is or in the usual encodings. */
export function isIn(word: string, exposed: ExposedValues): boolean {
  const low = word.toLowerCase()
  const values = Object.values(exposed?.reveal() ?? {})
  const forms = values.flatMap((value) => [
    value,
    ...(['hex', 'base64', 'base64url'] as const).map((form) => Buffer.from(value).toString(form)),
  ])
  return forms.some((form) => {
    const text = form.toLowerCase()
    if (text.length < gram) return text.length > 2 && low.includes(text)
    for (let at = 0; at + gram <= low.length; at++) if (text.includes(low.slice(at, at + gram))) return true
    return text.includes(low) && low.length > 2
  })
}
