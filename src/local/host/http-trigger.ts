// HTTP-triggered functions: finds the function for a request, hands the request over, turns the answer back.
//
// Two ways to hand over: inside the invocation (default; as recorded, a chunked body then arrives empty), or forwarded to the app's
// own server when it streams (`app.setup({ enableHttpStream: true })`; the body is then whole in any case).

import { randomUUID } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import type { HostKeys } from './contract.ts'
import type { FunctionMetadata, RegisteredFunction } from './functions-core.ts'
import { forward } from './http-stream.ts'
import type { Invoke } from './invocation.ts'
import { refuseFunction } from './keys.ts'
import { writtenPath } from './request-path.ts'
import { matchRoute, morePrecise, parseRoute, type Route } from './routes.ts'
import { metadataValue, type RpcCookie, type RpcHttp, type RpcValue } from './rpc-values.ts'
import { traceOf } from './trace.ts'
import type { WebAnswer, WebRequest } from './web.ts'

type HttpFunction = {
  readonly target: RegisteredFunction
  readonly binding: string
  readonly route: Route
  readonly methods: readonly string[]
  readonly level: string
}

export type HttpParts = {
  readonly functions: ReadonlyMap<string, RegisteredFunction>
  readonly routePrefix: string
  readonly keys: HostKeys | 'off'
  readonly chunkedBodies: 'whole' | 'empty'
  readonly streamTo: string | undefined
  readonly invoke: Invoke
  /** The inputs besides the trigger: the durableClient binding. */
  readonly extraInputs: (metadata: FunctionMetadata) => Record<string, RpcValue>
  readonly failed: (what: string, error: unknown) => void
}

export const httpBinding = ({ metadata }: RegisteredFunction) =>
  Object.entries(metadata.bindings).find(([, { type }]) => type === 'httpTrigger')

const httpFunctions = ({ functions, routePrefix }: HttpParts): HttpFunction[] =>
  [...functions.values()]
    .flatMap((target): HttpFunction[] => {
      const [binding, options] = httpBinding(target) ?? []
      if (binding === undefined || options === undefined) return []
      const own = typeof options['route'] === 'string' ? options['route'] : target.metadata.name
      const reserved = /^(?:admin|runtime)(?:\/|$)/i.test(own)
      if (reserved) throw new Error(`The route '${own}' of ${target.metadata.name} begins with a reserved word`)
      const methods = Array.isArray(options['methods']) && options['methods'].length > 0 ? options['methods'].map(String) : ['GET', 'POST']
      const level = String(options['authLevel'] ?? 'function').toLowerCase()
      return [{ target, binding, route: parseRoute(`${routePrefix}/${own}`), methods: methods.map((each) => each.toUpperCase()), level }]
    })
    .sort((a, b) => morePrecise(a.route, b.route))

const isJson = (request: WebRequest): boolean => /^application\/(?:[\w.+-]+\+)?json\b/i.test(request.headers['content-type'] ?? '')

const nullable = (map: Readonly<Record<string, string>>) => Object.fromEntries(Object.entries(map).map(([key, value]) => [key, { value }]))

/** `?a=1&a=2` is one value "1,2", as ASP.NET joins them. */
const joinedQuery = (query: URLSearchParams): Record<string, string> =>
  Object.fromEntries([...new Set(query.keys())].map((name) => [name, query.getAll(name).join(',')]))

const headersOf = (request: WebRequest): Record<string, string> =>
  Object.fromEntries(
    Object.entries(request.headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, [value].flat().join(',')]])),
  )

/** The trigger metadata has the well-known names in capitals, others as they were sent. */
const namedHeaders = (request: WebRequest): Record<string, string> => {
  const sent = new Map(request.raw.rawHeaders.flatMap((name, at) => (at % 2 === 0 ? [[name.toLowerCase(), name] as const] : [])))
  const shown = (name: string) =>
    name.startsWith('x-') ? (sent.get(name) ?? name) : name.replace(/\b[a-z]/g, (letter) => letter.toUpperCase())
  return Object.fromEntries(Object.entries(headersOf(request)).map(([name, value]) => [shown(name), value]))
}

/**
 * Query and route, the latter wins; of a name that is there twice the last value. The key in `code` is for the host alone:
 * https://github.com/Azure/azure-webjobs-sdk-extensions/blob/dev/src/WebJobs.Extensions.Http/HttpTriggerAttributeBindingProvider.cs
 */
const bindingData = (request: WebRequest, params: Readonly<Record<string, string>>): Record<string, RpcValue> => {
  const query = [...request.query].filter(([name]) => name.toLowerCase() !== 'code')
  return Object.fromEntries([...query, ...Object.entries(params)].map(([name, value]) => [name, { string: value }]))
}

const properties = (body: Buffer, request: WebRequest): Record<string, RpcValue> => {
  if (!isJson(request) || body.length === 0) return {}
  try {
    const value: unknown = JSON.parse(body.toString('utf8'))
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return {}
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, metadataValue(inner)]))
  } catch {
    return {}
  }
}

const cookie = ({ name, value, ...attributes }: RpcCookie): string => {
  const plain = (key: string): unknown => {
    const given = attributes[key]
    return typeof given === 'object' && given !== null && 'value' in given ? given.value : given
  }
  const sameSite = plain('sameSite')
  const parts = [`${name}=${encodeURIComponent(value)}`]
  if (plain('maxAge') !== undefined) parts.push(`max-age=${plain('maxAge')}`)
  if (plain('expires') !== undefined) parts.push(`expires=${plain('expires')}`)
  if (plain('domain') !== undefined) parts.push(`domain=${plain('domain')}`)
  parts.push(`path=${plain('path') ?? '/'}`)
  if (plain('secure') === true) parts.push('secure')
  if (sameSite === 'strict' || sameSite === 'lax') parts.push(`samesite=${sameSite}`)
  if (plain('httpOnly') === true) parts.push('httponly')
  return parts.join('; ')
}

const answerOf = (http: RpcHttp): WebAnswer => {
  const status = Number(http.statusCode ?? '200')
  const bytes = http.body?.bytes ?? http.body?.string ?? http.body?.json
  const cookies = (http.cookies ?? []).map(cookie)
  return {
    status,
    headers: { ...http.headers, ...(cookies.length > 0 ? { 'Set-Cookie': cookies } : {}) },
    ...(bytes === undefined ? {} : { body: typeof bytes === 'string' ? bytes : new Uint8Array(bytes) }),
    chunked: true,
  }
}

const largestBody = 100 * 1024 * 1024

export const httpTriggers = (parts: HttpParts) => {
  const all = httpFunctions(parts)

  const inlineBody = async (request: WebRequest): Promise<Buffer> => {
    const whole = await request.body()
    const unknown = request.headers['content-length'] === undefined && parts.chunkedBodies === 'empty'
    return unknown || request.method === 'GET' || request.method === 'HEAD' ? Buffer.alloc(0) : whole
  }

  const call = async (found: HttpFunction, params: Record<string, string>, request: WebRequest): Promise<WebAnswer> => {
    const body = await inlineBody(request)
    if (body.length > largestBody) return { status: 500 }
    const query = joinedQuery(request.query)
    const http: RpcHttp = {
      method: request.method,
      url: `${request.origin}${writtenPath(request.path)}${request.search}`,
      headers: {},
      cookies: [],
      nullableHeaders: nullable(headersOf(request)),
      nullableParams: nullable(params),
      nullableQuery: nullable(query),
      body: body.length === 0 ? null : { bytes: new Uint8Array(body) },
      statusCode: '',
    }
    const triggerMetadata = {
      ...properties(body, request),
      ...bindingData(request, params),
      Query: { json: JSON.stringify(Object.fromEntries(request.query)) },
      Headers: { json: JSON.stringify(namedHeaders(request)) },
    }
    const { metadata } = found.target
    const inputs = { [found.binding]: { http }, ...parts.extraInputs(metadata) }
    const { returnValue } = await parts.invoke(found.target, { inputs, triggerMetadata, traceParent: traceOf(request) })
    if (returnValue === null || returnValue === undefined) return { status: 204 }
    const answer = answerOf(returnValue.http ?? {})
    return answer.status >= 200 && answer.status <= 599 ? answer : { status: 500 }
  }

  const stream = async (
    to: string,
    found: HttpFunction,
    params: Record<string, string>,
    request: WebRequest,
    response: ServerResponse,
  ): Promise<'answered' | WebAnswer> => {
    const invocationId = randomUUID()
    const triggerMetadata = {
      ...bindingData(request, params),
      Query: { json: JSON.stringify(Object.fromEntries(request.query)) },
      Headers: { json: JSON.stringify(headersOf(request)) },
    }
    const inputs = { [found.binding]: { http: {} }, ...parts.extraInputs(found.target.metadata) }
    const forwarded = forward(to, invocationId, request, response)
    try {
      await parts.invoke(found.target, { invocationId, inputs, triggerMetadata, traceParent: traceOf(request) })
    } catch (error) {
      forwarded.abandon()
      throw error
    }
    return forwarded.done
  }

  /** undefined: no function has this path and method. A wrong method is 404 as well, never 405. */
  return (request: WebRequest, response: ServerResponse): Promise<WebAnswer | 'answered'> | undefined => {
    for (const found of all) {
      if (!found.methods.includes(request.method)) continue
      const params = matchRoute(found.route, request.path)
      if (params === undefined) continue
      const refused = refuseFunction(request, parts.keys, found.level)
      if (refused !== undefined) return Promise.resolve(refused)
      const { streamTo } = parts
      const answered = streamTo === undefined ? call(found, params, request) : stream(streamTo, found, params, request, response)
      return answered.catch((error: unknown) => {
        parts.failed(found.target.metadata.name, error)
        return { status: 500 }
      })
    }
    return undefined
  }
}
