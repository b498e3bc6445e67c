// The HTTP API as commands call it: one request with a token, its error as a message for people, and a second try where the app asks for one.
import type { Secret } from '../model/secret.ts'
import { CommandError, type Exit, usage } from './exit.ts'

type Method = 'GET' | 'PUT' | 'PATCH' | 'POST' | 'DELETE'
type Answer = { readonly status: number; readonly body: unknown; readonly headers: Headers }

export type Api = {
  /** `path`: below the app's address, or an address of the app itself. @throws CommandError for everything but 2xx. */
  call(method: Method, path: string, body?: unknown): Promise<Answer>
  /** GET. `undefined`: 404. */
  find(path: string): Promise<unknown>
  /** All pages of `value`. */
  list(path: string): Promise<readonly unknown[]>
}

export type ApiOptions = {
  readonly app: string
  readonly token: () => Promise<Secret<string>>
  readonly fetch: typeof fetch
  readonly wait: (ms: number) => Promise<void>
}

const requestTimeout = 100_000
const mostTries = 5
const longestWait = 60_000
const mostPages = 1_000

/** @throws CommandError */
export function openApi({ app, token, fetch: send, wait }: ApiOptions): Api {
  const base = addressOf(app)
  /** The token goes to the app only, whatever an answer names. */
  const urlOf = (path: string): URL => {
    const url = new URL(path, base)
    if (url.origin !== base.origin) throw new CommandError('unexpected', `The app named an address of another host: ${url.origin}`)
    return url
  }

  async function once(method: Method, url: URL, body: unknown): Promise<Answer> {
    const authorization = `Bearer ${(await token()).reveal()}` // for the app
    const response = await send(url, {
      method,
      headers: { authorization, accept: 'application/json', ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      redirect: 'error',
      signal: AbortSignal.timeout(requestTimeout),
    }).catch((error: Error) => {
      const why = error.cause instanceof Error ? error.cause.message : error.message
      throw new CommandError('unexpected', `${base.origin} does not answer: ${why}`)
    })
    return { status: response.status, body: parsedBody(await response.text()), headers: response.headers }
  }

  async function tried(method: Method, path: string, body?: unknown): Promise<Answer> {
    const url = urlOf(path)
    for (let count = 1; ; count++) {
      const answer = await once(method, url, body)
      if (count === mostTries || ![429, 503].includes(answer.status)) return answer
      const seconds = Number(answer.headers.get('retry-after') ?? 2 ** count)
      await wait(Math.min(Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : 2_000, longestWait))
    }
  }

  const call: Api['call'] = async (method, path, body) => {
    const answer = await tried(method, path, body)
    if (answer.status >= 200 && answer.status < 300) return answer
    throw refusedBy(answer)
  }
  return {
    call,
    async find(path) {
      const answer = await tried('GET', path)
      if (answer.status === 404) return undefined
      if (answer.status >= 200 && answer.status < 300) return answer.body
      throw refusedBy(answer)
    },
    async list(path) {
      const all: unknown[] = []
      const seen = new Set<string>()
      for (let next: string | undefined = path; next !== undefined; ) {
        if (seen.has(next) || seen.size === mostPages) throw new CommandError('unexpected', 'The list of the app does not end.')
        seen.add(next)
        const { body }: Answer = await call('GET', next)
        const page = body as { readonly value?: unknown; readonly nextLink?: unknown } | undefined
        if (!Array.isArray(page?.value)) throw new CommandError('unexpected', `The app answered no list to ${path}.`)
        all.push(...page.value)
        next = typeof page.nextLink === 'string' ? page.nextLink : undefined
      }
      return all
    },
  }
}

/** A token never travels unencrypted, except to this machine. @throws CommandError */
function addressOf(app: string): URL {
  const url = URL.canParse(app) ? new URL(app) : undefined
  const isHere = url !== undefined && ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname)
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && isHere)) return url
  throw usage(`The address of the app is https://<host>, not '${app}'.`)
}

function parsedBody(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text)
  } catch {
    return text
  }
}

const exitOf = (status: number): Exit => {
  if (status === 401 || status === 403) return 'refused'
  if (status === 404) return 'notFound'
  if (status === 409 || status === 412) return 'conflict'
  return status >= 400 && status < 500 && status !== 429 ? 'usage' : 'unexpected'
}

type WireError = {
  readonly code?: string
  readonly message?: string
  readonly details?: readonly { readonly target?: string; readonly message?: string }[]
}

function refusedBy({ status, body }: Answer): CommandError {
  const { error } = (typeof body === 'object' && body !== null ? body : {}) as { readonly error?: WireError }
  if (!error)
    return new CommandError(exitOf(status), `The app answered ${status}${typeof body === 'string' ? `: ${body.slice(0, 300)}` : ''}`)
  const fields = (error.details ?? []).filter(({ target }) => target !== undefined)
  const lines = fields.length > 0 ? fields.map(({ target, message }) => `  ${target}: ${message}`) : [`  ${error.message ?? ''}`]
  return new CommandError(exitOf(status), [`${error.code ?? status}`, ...lines].join('\n'))
}
