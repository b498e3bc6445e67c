// App Service's managed identity endpoint: a small HTTP server beside the app, found through IDENTITY_ENDPOINT and guarded by IDENTITY_HEADER.
// https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference
//
// It is for one principal. A client id, resource id or object id in the question must name that one: an app can only be who it is.
//
// The surprising part: MSAL keeps address, header and tokens of the managed identity in statics, for the life of the process and for every
// credential object. So that a test with one world after the other in one process works, an endpoint that is started after another was
// closed takes over its port, and the header is the same for all.

import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { decodeJwt } from 'jose'
import type { Clock } from '../../clock.ts'
import { requestTarget, singleSlash } from '../../request-target.ts'
import type { CloudRequest, CloudResponse } from '../http.ts'
import type { World } from '../world.ts'
import { type Principal, principalByOid } from './directory.ts'
import type { Entra } from './entra.ts'

const header = randomBytes(16).toString('hex').toUpperCase()
let lastPort = 0

export type ManagedIdentityEndpoint = {
  readonly url: string
  readonly header: string
  environment(): { IDENTITY_ENDPOINT: string; IDENTITY_HEADER: string }
  close(): Promise<void>
}

/** Answers a request that is to fail; `reset` breaks the connection, anything else that is not an answer passes. */
type IdentityFaults = (request: CloudRequest) => unknown

type Options = {
  readonly world: World
  readonly faults?: IdentityFaults
  readonly entra: Entra
  readonly clock: Clock
  readonly principal: { readonly oid: string }
  readonly port?: number
}

export async function startManagedIdentityEndpoint({
  world,
  entra,
  clock,
  principal,
  port,
  faults,
}: Options): Promise<ManagedIdentityEndpoint> {
  async function answer(request: IncomingMessage): Promise<{ status: number; body: unknown }> {
    const url = urlOf(request)
    const error = (status: number, message: string) => ({ status, body: { statusCode: status, message } })
    if (url.pathname !== '/msi/token' || request.method !== 'GET') return error(404, 'Not Found')
    if (request.headers['x-identity-header'] !== header) return error(401, 'The X-IDENTITY-HEADER header is missing or wrong.')
    const version = url.searchParams.get('api-version')
    if (version !== '2019-08-01') return error(400, `Unsupported api-version '${version ?? ''}'; supported: 2019-08-01.`)
    const resource = url.searchParams.get('resource')
    if (!resource) return error(400, "The 'resource' parameter is missing.")
    const self = principalByOid(world, principal.oid)
    if (!self || !isMeant(self, url.searchParams))
      return error(400, 'No User Assigned or Delegated Managed Identity found for specified parameters.')
    const token = await entra.token(self, resource)
    const expires_on = String(decodeJwt(token).exp)
    return { status: 200, body: { access_token: token, client_id: self.appId, expires_on, resource, token_type: 'Bearer' } }
  }

  const server = createServer((request, response) => {
    const free = clock.busy('a request for a token of the managed identity')
    response.once('close', free)
    const url = urlOf(request)
    const fault = faults?.({ method: request.method ?? 'GET', url, headers: {}, body: Buffer.alloc(0), location: 'functions' })
    if (fault === 'reset') return void request.socket.destroy()
    if (isAnswer(fault)) {
      const headers = { 'content-type': 'application/json; charset=utf-8', ...fault.headers }
      return void response.writeHead(fault.status, headers).end(JSON.stringify(fault.body ?? {}))
    }
    answer(request).then(
      ({ status, body }) => response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(body)),
      (error) => response.writeHead(500).end(String(error)),
    )
  })
  const listen = (at: number): Promise<void> =>
    new Promise((listening, failed) => {
      server.once('error', failed)
      server.listen(at, '127.0.0.1', () => {
        server.off('error', failed)
        listening()
      })
    })
  await (port === undefined && lastPort !== 0 ? listen(lastPort).catch(() => listen(0)) : listen(port ?? 0))
  const bound = (server.address() as AddressInfo).port
  lastPort = bound
  const url = `http://127.0.0.1:${bound}/msi/token`
  return {
    url,
    header,
    environment: () => ({ IDENTITY_ENDPOINT: url, IDENTITY_HEADER: header }),
    close: () =>
      new Promise((closed) => {
        server.close(() => closed())
        server.closeAllConnections()
      }),
  }
}

function urlOf(request: IncomingMessage): URL {
  const { path, search } = requestTarget(request.url) ?? { path: '/', search: '' }
  return new URL(`http://localhost${singleSlash(path)}${search}`)
}

const isAnswer = (fault: unknown): fault is CloudResponse => typeof fault === 'object' && fault !== null && 'status' in fault

function isMeant(self: Principal, asked: URLSearchParams): boolean {
  const is = (name: string, value: string | undefined): boolean => {
    const given = asked.get(name)
    return given === null || given.toLowerCase() === value?.toLowerCase()
  }
  return is('client_id', self.appId) && is('principal_id', self.oid) && is('object_id', self.oid) && is('mi_res_id', self.resourceId)
}
