// Reads Azure's refusals in any form: ARM's envelope, AKS's flat body, an OAuth error, the error object of an SDK.

export type Raw = {
  readonly status?: number
  readonly body?: unknown
  readonly headers?: HeaderSource
  /** What an SDK or the network threw. */
  readonly error?: unknown
  /** What was tried, as an infinitive: `update cluster shop`. */
  readonly doing: string
}
type HeaderSource = Readonly<Record<string, string | undefined>> | { get(name: string): string | null | undefined }

export type Answer = {
  readonly status: number | undefined
  readonly code: string
  readonly message: string
  /** Code and message of everything nested in it, because conflicts hide deep in operations' errors. */
  readonly all: string
  readonly body: unknown
  header(name: string): string | undefined
}

export function answerOf(raw: Raw): Answer {
  const thrown = isRecord(raw.error) ? raw.error : {}
  const response = isRecord(thrown.response) ? thrown.response : {}
  const body = parsed(raw.body) ?? parsed(response.bodyAsText) ?? thrown.details ?? thrown.errorResponse
  const inner = innerOf(body)
  const said = (typeof inner.code === 'string' && inner.code) || (isRecord(body) && typeof body.error === 'string' && body.error) || ''
  const texts = nested(body)
  return {
    status: raw.status ?? number(thrown.statusCode) ?? number(response.status),
    // azure-identity's errors are recognized by name; their codes are those of OAuth
    code: signIn.test(text(thrown.name)) ? text(thrown.name) : said || text(thrown.code) || text(thrown.name),
    message:
      text(inner.message) ||
      (isRecord(inner.message) ? text(inner.message.value) : '') ||
      text(inner.error_description) ||
      text(thrown.message),
    all: texts.length > 0 ? texts.join(' ') : text(thrown.message),
    body,
    header: headerOf(raw.headers ?? (response.headers as HeaderSource | undefined)),
  }
}

/** Table Storage has its own name for it, and puts its message into an object with the language. */
function innerOf(body: unknown): Readonly<Record<string, unknown>> {
  if (!isRecord(body)) return {}
  const inner = body.error ?? body['odata.error']
  return isRecord(inner) ? inner : body
}

const signIn = /^(AuthenticationError|CredentialUnavailableError|AggregateAuthenticationError|AuthenticationRequiredError)$/

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null

function headerOf(headers: HeaderSource | undefined): (name: string) => string | undefined {
  if (!headers) return () => undefined
  if (typeof headers.get === 'function') {
    const source = headers as { get(name: string): string | null | undefined }
    return (name) => source.get(name) ?? undefined
  }
  const lower = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
  return (name) => {
    const value = lower.get(name)
    return typeof value === 'string' ? value : undefined
  }
}

/** All texts in code, subcode and message fields, to a depth and length that no hostile body can exceed. */
function nested(value: unknown, depth = 0): string[] {
  if (depth > 8 || !isRecord(value)) return typeof value === 'string' && depth === 0 ? [value.slice(0, 4000)] : []
  const own = ['code', 'subcode', 'message', 'error', 'error_description']
    .map((name) => value[name])
    .filter((one) => typeof one === 'string')
  const below = [value.error, value.innererror, value.properties, ...(Array.isArray(value.details) ? value.details.slice(0, 20) : [])]
  return [...own.map((one) => one.slice(0, 4000)), ...below.flatMap((one) => nested(one, depth + 1))]
}

function parsed(body: unknown): unknown {
  if (typeof body !== 'string') return body
  if (body === '' || body.trimStart().startsWith('<')) return undefined // a proxy's HTML page
  try {
    return JSON.parse(body)
  } catch {
    return { message: body.slice(0, 400) }
  }
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '')
const number = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined)
