// One HTTP function: finds the route of a request, admits its caller, and lets the route answer. Nothing is said about paths to a caller who is not
// admitted.
import type { HttpHandler, HttpRequest, InvocationContext } from '@azure/functions'
import { apiVersions } from '../../linker/versions.ts'
import { say } from '../../telemetry/log.ts'
import { answering, badRequest, notFound, Refusal } from './answers.ts'
import { baseUrlOf } from './base-url.ts'
import type { Call } from './call.ts'
import { callerOf, type Role, rolesFor } from './callers.ts'
import type { HandlerContextOf } from './handler-context.ts'
import { type HttpFunctionName, httpFunctions, isServedBy } from './http-functions.ts'
import { segmentsOf, valuesIn } from './path.ts'
import type { Route } from './route.ts'
import { routes } from './routes.ts'

type Values = Readonly<Record<string, string>>
type Found =
  | { readonly is: 'route'; readonly route: Route; readonly segments: readonly string[]; readonly values: Values }
  | { readonly is: 'unserved'; readonly refusal: Refusal }
  | { readonly is: 'another method'; readonly refusal: Refusal }

export const serve = (name: HttpFunctionName, servicesOf: HandlerContextOf): HttpHandler =>
  answering(async (request, context) => {
    const url = rebased(new URL(request.url), name)
    const found = find(name, request.method, url.pathname)
    if (found.is === 'route' && found.route.role === 'anyone') return await found.route.handle({ servicesOf, context })
    const services = servicesOf()
    const role = found.is === 'route' && found.route.role !== 'anyone' ? found.route.role : roleBeside(name, request.method)
    const caller = callerOf(request, services, rolesFor(role))
    if (found.is === 'unserved') throw found.refusal
    const apiVersion = httpFunctions[name].needsApiVersion ? apiVersionOf(url.searchParams) : ''
    if (request.method !== 'GET') say(context, 'log', { event: 'request', method: request.method, path: url.pathname, by: caller.objectId })
    if (found.is === 'another method') throw found.refusal
    const { route, values, segments } = found
    if (route.role === 'anyone') throw new TypeError('An open route has been answered before')
    return await route.handle(callOf({ request, url, segments, caller, context, services, apiVersion }), values)
  })

/** The address below `/azure/arm` is another one for the same. */
function rebased(url: URL, name: HttpFunctionName): URL {
  if (httpFunctions[name].rebases) url.pathname = url.pathname.replace(/^\/azure\/arm\/+/i, '/')
  return url
}

function find(name: HttpFunctionName, method: string, pathname: string): Found {
  const segments = readSegments(pathname)
  if (segments instanceof Refusal) return { is: 'unserved', refusal: segments }
  const there = routes.flatMap((route) => {
    const values = isServedBy(name, route) ? valuesIn(segments, route.path) : undefined
    return values ? [{ route, values }] : []
  })
  const [first] = there
  if (!first) return { is: 'unserved', refusal: httpFunctions[name].unserved?.(pathname, segments) ?? notFound('There is nothing here.') }
  const found = there.find(({ route }) => route.method === method)
  if (found) return { is: 'route', ...found, segments }
  const allow = there.map(({ route }) => route.method).join(', ')
  const message = `${method} is not supported here. Use ${allow}.`
  return { is: 'another method', refusal: new Refusal(405, { code: 'MethodNotAllowed', message }, { allow }) }
}

function readSegments(pathname: string): readonly string[] | Refusal {
  try {
    return segmentsOf(pathname)
  } catch (error) {
    if (error instanceof Refusal) return error
    throw error
  }
}

/** What the caller of a request needs that no route serves: the same as for those that the function serves. */
function roleBeside(name: HttpFunctionName, method: string): Role {
  const writing = routes.find((route) => isServedBy(name, route) && !['GET', 'POST'].includes(route.method))?.role
  return method === 'GET' || writing === undefined || writing === 'anyone' ? 'Connections.Read' : writing
}

const callOf = (call: Omit<Call, 'hub' | 'origin'> & { readonly request: HttpRequest; readonly context: InvocationContext }): Call => ({
  ...call,
  get hub() {
    return call.services.hub(call.context)
  },
  origin: baseUrlOf(call.request, call.services.publicUrl),
})

function apiVersionOf(query: URLSearchParams): string {
  const version = query.get('api-version')
  const known: string | undefined = apiVersions.find((other) => other === version?.toLowerCase())
  if (known !== undefined) return known
  const hint = `Write one of: ${apiVersions.join(', ')}.`
  if (!version) throw badRequest('MissingApiVersionParameter', `The query has no api-version. ${hint}`)
  throw badRequest('InvalidApiVersionParameter', `The api-version '${version.slice(0, 40)}' is not supported. ${hint}`)
}
