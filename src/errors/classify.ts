// Turns any refusal by Azure into a `Failure`: class and code by the table of rules.ts, and the words that the catalogue needs.

import type { Code } from '../model/code.ts'
import { Failure, type FailureClass, type FailureFields } from './failure.ts'
import { type Answer, answerOf, isRecord, type Raw } from './raw.ts'
import { redact } from './redact.ts'
import { ruleFor } from './rules.ts'
import { certainFailure } from './thrown.ts'

/** If the answer does not say how long to wait. */
const usualPause = 60_000
const longestPause = 60 * 60_000

export function failureOf(raw: Raw): Failure {
  const certain = certainFailure(raw.error, raw.doing)
  if (certain) return certain
  const answer = answerOf(raw)
  const rule = ruleFor(answer)
  if (rule) return new Failure(fieldsOf(rule.class, rule.is, answer, raw))
  if (raw.error !== undefined && answer.status === undefined) return new Failure(fieldsOf('transient', networkCode(raw.error), answer, raw))
  // Without a status it is an operation that ended Failed.
  return new Failure(fieldsOf('transient', answer.status === undefined ? 'OperationFailed' : 'Unexpected', answer, raw))
}

function fieldsOf(kind: FailureClass, code: Code, answer: Answer, raw: Raw): FailureFields {
  const status = answer.status
  const message = messageOf(answer)
  const pause = kind === 'throttled' || kind === 'busy' ? pauseOf(answer.header) : undefined
  return {
    class: kind,
    code,
    about: {
      doing: raw.doing,
      answer: answer.code || 'no code',
      message: message || 'It gives no reason.',
      ...(status === undefined ? {} : { status: String(status) }),
      ...detailsOf(code, answer, raw.error),
    },
    ...(status === undefined ? {} : { status }),
    ...(kind === 'throttled' ? { retryAfterMs: pause ?? usualPause } : pause === undefined ? {} : { retryAfterMs: pause }),
  }
}

/** The words that single rows of the catalogue need. */
function detailsOf(code: Code, { message, body, all }: Answer, error: unknown): Record<string, string> {
  const found = (pattern: RegExp): string | undefined => (pattern.exec(message) ?? pattern.exec(all))?.[1]
  const some = (words: Record<string, string | undefined>): Record<string, string> =>
    Object.fromEntries(Object.entries(words).flatMap(([name, value]) => (value ? [[name, value]] : [])))
  const principal = found(/with object id '([^']+)'/)
  switch (code) {
    case 'RightMissing':
    case 'ConditionForbids':
      return some({
        principal,
        action: found(/perform (?:the )?(?:action )?'?([\w.]+(?:\/[\w.*]+)+)/),
        scope: found(/(?:over|on|at) (?:the )?scope '?(\/[^\s']*[^\s'.])/),
      })
    case 'LinkedRightMissing':
      return some({
        principal,
        action: found(/not have permission to perform action\(s\) '([^']+)'/),
        scope: found(/linked scope\(s\) '([^']+)'/),
      })
    case 'ProviderNotRegistered':
      return some({ provider: found(/namespace '([^']+)'/), subscription: subscriptionOf(error) })
    case 'PolicyDenies':
      return some({ assignment: assignments(body, all) })
    default:
      return {}
  }
}

/** An SDK's error has the refused request. */
function subscriptionOf(error: unknown): string | undefined {
  const request = isRecord(error) && isRecord(error.request) ? error.request : {}
  return typeof request.url === 'string' ? /\/subscriptions\/([0-9a-f-]{36})\//i.exec(request.url)?.[1] : undefined
}

/** ARM lists the policies as JSON inside the message, and again in `additionalInfo`. */
function assignments(body: unknown, all: string): string | undefined {
  const names = new Set([...all.matchAll(/"policyAssignment"\s*:\s*\{\s*"name"\s*:\s*"([^"]+)"/g)].map(([, name = '']) => name))
  const inner = isRecord(body) && isRecord(body.error) ? body.error : body
  for (const one of isRecord(inner) && Array.isArray(inner.additionalInfo) ? inner.additionalInfo : []) {
    const info = isRecord(one) && isRecord(one.info) ? one.info : {}
    if (typeof info.policyAssignmentDisplayName === 'string') names.add(info.policyAssignmentDisplayName)
  }
  return names.size > 0 ? [...names].join(', ') : undefined
}

/**
 * How long an answer asks to wait. `Retry-After` is seconds or a date; a date is compared with the answer's own date: the app's clock does not
 * matter.
 */
export function pauseOf(header: (name: string) => string | undefined): number | undefined {
  const ms = Number(header('retry-after-ms') ?? header('x-ms-retry-after-ms') ?? Number.NaN)
  if (ms >= 0) return Math.min(ms, longestPause)
  const after = header('retry-after')
  if (after === undefined) return undefined
  if (/^\d+$/.test(after)) return Math.min(Number(after) * 1000, longestPause)
  const wait = Date.parse(after) - Date.parse(header('date') ?? '')
  return Number.isNaN(wait) ? undefined : Math.min(Math.max(wait, 0), longestPause)
}

/** Of a network error only the code is kept: its message may contain URLs. */
function messageOf({ status, code, message, body }: Answer): string {
  if (
    status === undefined &&
    body === undefined &&
    /^(REQUEST_SEND_ERROR|E[A-Z_]+|UND_ERR_\w+|ABORT_ERR|AbortError|CERT_\w+|\w+_CERTIFICATE\w*)$/.test(code)
  )
    return code
  const line = redact(message)
    .replace(/https?:\/\/\S+/g, (url) => url.replace(/[?#].*$/, ''))
    .replace(/\s+/g, ' ')
    .trim()
  return line.length > 500 ? `${line.slice(0, 499)}…` : line
}

function networkCode(error: unknown): Code {
  const code = isRecord(error) && typeof error.code === 'string' ? error.code : ''
  const name = isRecord(error) && typeof error.name === 'string' ? error.name : ''
  const network = /^(REQUEST_SEND_ERROR|E[A-Z_]+|UND_ERR_\w+|ABORT_ERR|CERT_\w+|\w*CERT\w*)$/.test(code) || name === 'AbortError'
  return network ? 'NoAnswer' : 'Unexpected'
}
