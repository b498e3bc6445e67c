// Answers of the HTTP handlers. Errors have ARM's shape, `{error:{code,message,target,details,additionalInfo}}`, so that every Azure SDK reads them:
// https://github.com/microsoft/api-guidelines/blob/vNext/azure/Guidelines.md#handling-errors
import type { HttpRequest, HttpResponseInit, InvocationContext } from '@azure/functions'
import { problemOf, problemOfError } from '../../errors/catalogue.ts'
import { Failure } from '../../errors/failure.ts'
import { SettingsError } from '../../errors/settings-error.ts'
import type { Fault, Problem } from '../../model/problem.ts'
import type { ValidationIssue } from '../../model/validation-issue.ts'
import { errorFields, loggingMistakes, say } from '../../telemetry/log.ts'

export type ArmError = {
  readonly code: string
  readonly message: string
  readonly target?: string
  readonly details?: readonly ArmError[]
  readonly additionalInfo?: readonly { readonly type: string; readonly info: unknown }[]
}

/** A refused request: thrown wherever the reason is found, turned into an answer in one place. */
export class Refusal extends Error {
  readonly status: number
  readonly error: ArmError
  readonly headers: Readonly<Record<string, string>>
  constructor(status: number, error: ArmError, headers: Readonly<Record<string, string>> = {}) {
    super(error.message)
    this.status = status
    this.error = error
    this.headers = headers
  }
}

/** `undefined`: it is not refused. */
export function refusalOf(attempt: () => unknown): Refusal | undefined {
  try {
    attempt()
    return undefined
  } catch (error) {
    if (error instanceof Refusal) return error
    throw error
  }
}

export const notFound = (message: string): Refusal => new Refusal(404, { code: 'NotFound', message })
export const badRequest = (code: string, message: string): Refusal => new Refusal(400, { code, message })

/** All validation issues with their fields, so that one answer lists everything to correct. */
export function invalidInput(issues: readonly ValidationIssue[]): Refusal {
  const details = issues.map(({ field, message, hint }) => ({
    code: 'InvalidField',
    target: field,
    message: `${sentence(message)} Write: ${hint}`,
  }))
  const message = details.map(({ target, message: text }) => `${target}: ${text}`).join(' ')
  return new Refusal(400, { code: 'InvalidRequestContent', message, details })
}

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`

export const refusedBy = (status: number, fault: Fault): Refusal => new Refusal(status, armErrorOf(problemOf(fault)))

/** Keys of the store mean nothing to a caller, and other members must not be named. */
const armErrorOf = ({ of: _, users: __, ...info }: Problem): ArmError => ({
  code: info.code,
  message: `${info.text} ${info.cause} ${info.remediation}`,
  additionalInfo: [{ type: 'Problem', info }],
})

/**
 * One entry for each problem and for each wait that only a person can end, in one shape whatever the state of the connection. Several steps can
 * report the same.
 */
export function armErrorsOf(problems: readonly Problem[], waits: readonly string[]): readonly ArmError[] {
  const all: readonly ArmError[] = [...problems.map(armErrorOf), ...waits.map((message) => ({ code: 'WaitingForPerson', message }))]
  return [...new Map(all.map((error) => [JSON.stringify(error), error])).values()]
}

/** Several problems as one error: its message is the first one's, and all are in the details. */
export function armErrorOfAll(problems: readonly Problem[], waits: readonly string[]): ArmError {
  const details = armErrorsOf(problems, waits)
  const [first, ...more] = details
  if (!first) return { code: 'Unexpected', message: 'It failed for no recorded reason.' }
  return more.length === 0 ? first : { ...first, details }
}

export const json = (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): HttpResponseInit => ({
  status,
  headers: {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...headers,
  },
  body: JSON.stringify(body),
})

export const empty = (status: number, headers: Readonly<Record<string, string>> = {}): HttpResponseInit => ({
  status,
  headers: { 'cache-control': 'no-store', ...headers },
})

type Handler = (request: HttpRequest, context: InvocationContext) => Promise<HttpResponseInit>

/** Turns any exception into an answer: nothing escapes to the host, whose own errors have another shape. */
export const answering =
  (handler: Handler): Handler =>
  async (request, context) => {
    const answer = await loggingMistakes(context, () => handler(request, context).catch((error: unknown) => answerOf(error, context)))
    return { ...answer, headers: { ...headersOf(answer), 'x-ms-request-id': context.invocationId } }
  }

function answerOf(error: unknown, context: InvocationContext): HttpResponseInit {
  if (error instanceof Refusal) return json(error.status, { error: error.error }, error.headers)
  if (error instanceof SettingsError) return unconfigured(error, context)
  const problem = problemOfError(error, 'answer a request')
  const isMistake = problem.code === 'InternalError'
  const isPassing = error instanceof Failure && !isMistake && ['throttled', 'transient', 'busy', 'replication'].includes(error.fields.class)
  // The caller is asked to retry, and nothing is lost: not an error of the app.
  say(context, isPassing ? 'warn' : 'error', { event: 'request failed', problem: problem.code, text: problem.text })
  if (isPassing) {
    const seconds = Math.ceil((error.fields.retryAfterMs ?? 10_000) / 1000)
    const status = problem.code === 'CallersShareUsedUp' ? 429 : 503
    return json(status, { error: armErrorOf(problem) }, { 'retry-after': String(seconds) })
  }
  if (error instanceof Failure && !isMistake) return json(500, { error: armErrorOf(problem) })
  const message = `The request failed inside this app. Its log has more under the invocation ${context.invocationId}.`
  return json(500, { error: { code: 'InternalError', message } })
}

/** Nothing works until it is set, and the caller may be the operator of the app. */
function unconfigured(error: SettingsError, context: InvocationContext): HttpResponseInit {
  say(context, 'error', { event: 'settings not complete', ...errorFields(error) })
  const message = `This app cannot work yet: its settings ${error.settings.join(', ')} are missing or wrong. Its log says how to write them.`
  return json(503, { error: { code: 'SettingsNotComplete', message } }, { 'retry-after': '60' })
}

const headersOf = (answer: HttpResponseInit): Readonly<Record<string, string>> => (answer.headers ?? {}) as Record<string, string>
