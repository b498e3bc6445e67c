// The two ports of the host: which of its parts answers a request. At the one are the functions, the admin API and the webhooks of extensions; at the other
// the durable hub, for the client of the app.

import type { ServerResponse } from 'node:http'
import { isThisMachine } from '../request-target.ts'
import type { adminApi } from './admin.ts'
import type { HostKeys, HostOptions } from './contract.ts'
import { clientFault } from './durable/client-faults.ts'
import type { manage } from './durable/management.ts'
import type { eventGridWebhook } from './event-grid.ts'
import type { httpTriggers } from './http-trigger.ts'
import { refuseSystem } from './keys.ts'
import { textAnswer, type WebAnswer, type WebHandler, type WebRequest } from './web.ts'

const notFound: WebAnswer = { status: 404 }
const misdirected: WebAnswer = textAnswer(421, 'This is not the host that you named.')
const rootPage =
  '<!DOCTYPE html>\n<html>\n<head>\n    <title>Your Azure Function App is up and running.</title>\n</head>\n<body>Embedded host.</body>\n</html>\n'

type WebParts = Pick<HostOptions, 'frontKey'> & {
  readonly port: number
  readonly keys: HostKeys | 'off'
  readonly systemKeys: HostKeys['system']
  readonly http: ReturnType<typeof httpTriggers>
  readonly admin: ReturnType<typeof adminApi>
  readonly eventGrid: ReturnType<typeof eventGridWebhook>
  readonly management: ReturnType<typeof manage>
}

export function webEndpoint({ frontKey, port, keys, systemKeys, http, admin, eventGrid, management }: WebParts): WebHandler {
  const webhook = async (request: WebRequest): Promise<WebAnswer> => {
    const [, extension = '', rest = ''] = /^\/runtime\/webhooks\/([^/]*)(.*)$/i.exec(request.path) ?? []
    const known = extension.toLowerCase()
    if (known === 'durabletask') return refuseSystem(request, keys, systemKeys.durabletask_extension) ?? management(request, rest)
    if (known === 'eventgrid') return refuseSystem(request, keys, systemKeys.eventgrid_extension) ?? eventGrid(request)
    return { status: 401, headers: { 'WWW-Authenticate': 'Bearer' } }
  }
  return async (request: WebRequest, response: ServerResponse) => {
    const isFromFront = frontKey !== undefined && request.headers['x-front-key'] === frontKey
    // Behind a front, requests to its own port come from this machine only: a web page could name another host that resolves to it (DNS rebinding).
    if (frontKey !== undefined && !isFromFront && !isThisMachine(request.headers.host, port)) return misdirected
    if (/^\/admin(?:\/|$)/i.test(request.path)) return admin(request)
    if (/^\/runtime\/webhooks(?:\/|$)/i.test(request.path)) return webhook(request)
    if (frontKey !== undefined && !isFromFront) return textAnswer(403, 'Functions are behind the front here: it knows who calls.')
    const answered = http(request, response)
    if (answered !== undefined) return answered
    return request.path === '/' && request.method === 'GET'
      ? { ...textAnswer(200, rootPage), headers: { 'Content-Type': 'text/html' } }
      : notFound
  }
}

type HubParts = Pick<HostOptions, 'clientFault'> & {
  readonly port: number
  readonly prefix: string
  readonly management: ReturnType<typeof manage>
}

export const hubEndpoint =
  ({ clientFault: fault, port, prefix, management }: HubParts): WebHandler =>
  async (request) => {
    if (!isThisMachine(request.headers.host, port)) return misdirected
    if (request.path.slice(0, prefix.length).toLowerCase() !== prefix.toLowerCase()) return notFound
    const path = request.path.slice(prefix.length)
    if (!path.startsWith('/')) return notFound
    return clientFault(request, path, fault) ?? management(request, path)
  }
