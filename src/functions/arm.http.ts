// HTTP on ARM's own paths: linkers and their operations. One function for all of them, because the Functions host matches routes in the alphabetical
// order of the functions' names (https://github.com/Azure/azure-functions-host/issues/9876) and answers unmatched routes with an empty 404: here
// every path, method and version gets an answer in ARM's shape.
import { app, type HttpRequest, type HttpResponseInit, type InvocationContext } from '@azure/functions'
import { apiVersions } from '../linker/linker.ts'
import { say } from '../telemetry/log.ts'
import { answering, badRequest, notFound, Refusal } from './answers.ts'
import { type ArmPath, parseArmPath } from './arm-path.ts'
import { baseUrlOf } from './base-url.ts'
import { callerOf, type Role, readers } from './callers.ts'
import { diagnose } from './diagnosis.ts'
import type { HandlerContextOf } from './handler-context.ts'
import { hubInputs } from './hub.ts'
import { type Call, deleteLinker, getLinker, listLinkers, putLinker, reconcileNow } from './linkers.ts'
import { getOperation } from './operations.ts'
import { preflight } from './preflight.ts'

export function registerArm(services: HandlerContextOf): void {
  app.http('arm', {
    route: 'subscriptions/{*rest}',
    methods: ['GET', 'PUT', 'POST', 'PATCH', 'DELETE'],
    authLevel: 'anonymous',
    extraInputs: hubInputs,
    handler: arm(services),
  })
  // A shorter path to a preflight, for people; without an api-version.
  app.http('clusters', { route: 'clusters/{*rest}', methods: ['GET'], authLevel: 'anonymous', handler: clusters(services) })
}

export const arm = (servicesOf: HandlerContextOf) =>
  answering(async (request: HttpRequest, context: InvocationContext): Promise<HttpResponseInit> => {
    const services = servicesOf()
    const writes = request.method !== 'GET'
    const caller = callerOf(request, services, writes ? writers : readers)
    const url = new URL(request.url)
    const path = parseArmPath(url.pathname)
    const call: Call = {
      request,
      caller,
      context,
      services,
      hub: services.hub(context),
      origin: baseUrlOf(request, services.publicUrl),
      apiVersion: apiVersionOf(url.searchParams),
    }
    if (writes) say(context, 'log', { event: 'request', method: request.method, path: url.pathname, by: caller.objectId })
    return await handlerOf(path, request.method)(call)
  })

/** `/clusters/<id of a cluster>/preflight` */
export const clusters = (servicesOf: HandlerContextOf) =>
  answering(async (request: HttpRequest, _context: InvocationContext): Promise<HttpResponseInit> => {
    const services = servicesOf()
    const caller = callerOf(request, services, readers)
    const url = new URL(request.url)
    const [, id = '', tail] = /^\/clusters(\/.+)\/([^/]+)\/*$/i.exec(url.pathname) ?? []
    if (tail?.toLowerCase() !== 'preflight') throw notFound('There is nothing here. This app serves /clusters/<id of a cluster>/preflight.')
    const path = parseArmPath(`${id}/providers/Microsoft.ServiceLinker/preflight`)
    if (path.what !== 'preflight') throw notFound('Write the id of an AKS cluster between /clusters and /preflight.')
    return await preflight(url, services, caller, path.cluster)
  })

const writers: readonly Role[] = ['Connections.Write']

type Handle = (call: Call) => Promise<HttpResponseInit>

function handlerOf(path: ArmPath, method: string): Handle {
  if (path.what === 'left-out') throw leftOut(path.part)
  const handlers: Readonly<Record<string, Handle>> = handlersOf(path)
  const handle = Object.hasOwn(handlers, method) ? handlers[method] : undefined
  if (handle) return handle
  const allow = Object.keys(handlers).join(', ')
  throw new Refusal(405, { code: 'MethodNotAllowed', message: `${method} is not supported here. Use ${allow}.` }, { allow })
}

function handlersOf(path: Exclude<ArmPath, { what: 'left-out' }>): Readonly<Record<string, Handle>> {
  if (path.what === 'linkers') return { GET: (call) => listLinkers(call, path.cluster) }
  if (path.what === 'preflight')
    return { GET: ({ request, services, caller }) => preflight(new URL(request.url), services, caller, path.cluster) }
  if (path.what === 'operation') return { GET: (call) => getOperation(call, path.kind, path.id) }
  const { cluster, name } = path
  if (path.what === 'linker')
    return {
      GET: (call) => getLinker(call, cluster, name),
      PUT: (call) => putLinker(call, cluster, name),
      DELETE: (call) => deleteLinker(call, cluster, name),
    }
  if (path.action === 'diagnosis') return { GET: (call) => diagnose(call, cluster, name) }
  if (!reconcileActions.has(path.action)) throw leftOut(path.action)
  return { POST: (call) => reconcileNow(call, cluster, name) }
}

/** `look` is the former name of `reconcile`. */
const reconcileActions: ReadonlySet<string> = new Set(['reconcile', 'look'])

/** Parts that Azure Service Connector has; the answer tells callers that the request itself is correct. */
const leftOut = (part: string): Refusal =>
  ['validatelinker', 'listconfigurations', 'generateconfigurations', 'dryruns', 'daprconfigurations'].includes(part.toLowerCase())
    ? new Refusal(501, { code: 'NotImplemented', message: `'${part}' of Azure Service Connector is not supported by this version.` })
    : new Refusal(404, {
        code: 'NotFound',
        message: 'There is no such action. A connection has the actions reconcile (POST) and diagnosis (GET).',
      })

function apiVersionOf(query: URLSearchParams): string {
  const version = query.get('api-version')
  const known: string | undefined = apiVersions.find((other) => other === version?.toLowerCase())
  if (known !== undefined) return known
  const wrong = version ? `The api-version '${version.slice(0, 40)}' is not supported.` : 'The query has no api-version.'
  throw badRequest('InvalidApiVersionParameter', `${wrong} Write one of: ${apiVersions.join(', ')}.`)
}
