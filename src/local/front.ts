// App Service authentication ("Easy Auth") as a reverse proxy before the Functions host: who calls is checked here, with the simulated
// Entra, and told to the app in headers that only it can set.
// https://learn.microsoft.com/azure/app-service/overview-authentication-authorization
//
// Excluded paths pass without a caller: webhooks, which carry a key of their own, and the health check. The runtime's own /admin does not
// exist from outside. Paths are judged in the form in which they are passed on, or something could be judged that the host never sees. Where they are
// passed on to is fixed at the start: no part of a request can change it. Only requests that name this machine are taken.
//
// Bodies are read whole, so that what came in chunks reaches the app with a length, as through App Service.

import { Agent, createServer, request as httpRequest, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Clock } from './clock.ts'
import { type Entra, tenant } from './cloud/entra/entra.ts'
import type { CloudRequest, CloudResponse, CloudService } from './cloud/http.ts'
import { principalHeaders } from './principal-header.ts'
import { isThisMachine, requestTarget, singleSlash, urlAt } from './request-target.ts'

export type FrontOptions = {
  /** Where the Functions host listens. */
  readonly target: string
  readonly entra: Pick<Entra, 'verify'>
  readonly clock: Clock
  /** The app's own, such as `api://connector`. A token for anything else is refused. */
  readonly audience: string
  /** The host's `frontKey`. */
  readonly key?: string
  readonly port?: number
}
export type Front = {
  readonly url: string
  /** The same front behind a host name of the simulated cloud, so that clients which insist on HTTPS can use it. */
  service(hostname: string): CloudService
  close(): Promise<void>
}

/** The app has a limit of its own; this one only keeps the front's memory. */
const largest = 20 * 1024 * 1024
/** What App Service says of a caller and of itself, and the front's own key: from outside these are not trusted. */
const platformHeader = /^(x-ms-(client-principal|token|auth)|x-(forwarded|original|arr|appservice|waws|front)-|forwarded$|disguised-host$)/
const hopByHop = /^(connection|keep-alive|transfer-encoding|content-length|upgrade|te|trailer|expect|proxy-.*)$/

export async function startFront({ target, entra, clock, audience, key, port }: FrontOptions): Promise<Front> {
  const agent = new Agent({ keepAlive: true })
  const { hostname, port: hostPort } = new URL(target)

  async function answer(request: CloudRequest): Promise<CloudResponse> {
    const { url } = request
    const path = singleSlash(url.pathname)
    if (/^\/admin(\/|$)/i.test(plain(path))) return { status: 404 }
    const claims = await entra.verify(request.headers['authorization'], [audience])
    if (!claims && !isExcluded(path))
      return {
        status: 401,
        headers: {
          'www-authenticate': `Bearer realm="${url.host}" authorization_uri="https://login.microsoftonline.com/${tenant}/oauth2/v2.0/authorize" resource_id="${audience}"`,
        },
        body: 'You do not have permission to view this directory or page.',
      }
    const passed = Object.entries(request.headers).filter(
      ([name]) => !hopByHop.test(name) && !platformHeader.test(name.toLowerCase().replaceAll('_', '-')),
    )
    return forward({
      method: request.method,
      path: path + url.search,
      body: request.body,
      headers: {
        ...Object.fromEntries(passed),
        ...(claims ? principalHeaders(claims) : {}),
        ...(key === undefined ? {} : { 'x-front-key': key }),
        host: url.host,
        'x-forwarded-host': url.host,
        'x-forwarded-proto': url.protocol.slice(0, -1),
        'content-length': String(request.body.length),
      },
    })
  }

  const forward = ({ method, path, headers, body }: Forwarded): Promise<CloudResponse> =>
    new Promise((done) => {
      const unreachable = (error: Error): void => done({ status: 502, body: `The Functions host does not answer: ${error.message}` })
      const sent = httpRequest({ hostname, port: hostPort, path, method, headers, agent }, (response) => {
        readWhole(response).then((content) => {
          const kept = Object.entries(response.headers).filter(
            ([name]) => !hopByHop.test(name) || (name === 'content-length' && method === 'HEAD'),
          )
          done({
            status: response.statusCode ?? 502,
            headers: Object.fromEntries(kept.map(([name, value]) => [name, [value ?? ''].flat().join(', ')])),
            ...(content && content.length > 0 ? { body: content } : {}),
          })
        }, unreachable)
      })
      sent.on('error', unreachable)
      sent.end(body)
    })

  // Longer than any caller keeps a connection by itself: or one is closed at the moment in which it is used again.
  const server = createServer({ keepAliveTimeout: 60_000 }, async (request, response) => {
    const free = clock.busy(`${request.method} ${request.url} at the front`)
    response.once('close', free)
    const send = ({ status, headers = {}, body }: CloudResponse): void => {
      const content = Buffer.from((body ?? '') as string)
      const length = request.method === 'HEAD' || status === 204 || status === 304 ? {} : { 'content-length': content.length }
      response.writeHead(status, { ...length, ...headers }).end(content)
    }
    const own = (server.address() as AddressInfo | null)?.port
    if (own === undefined || !isThisMachine(request.headers.host, own))
      return send({ status: 421, body: 'This is not the host that you named.' })
    const url = urlOf(request)
    if (!url) return send({ status: 400 })
    const body = await readWhole(request, largest).catch(() => undefined)
    if (response.destroyed) return
    if (body === undefined)
      return send({ status: 413, headers: { connection: 'close' }, body: `A request may have ${largest} bytes at most.` })
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, [value ?? ''].flat().join(', ')]))
    send(await answer({ method: request.method ?? 'GET', url, headers, body, location: 'internet' }))
  })
  await new Promise<void>((listening, failed) => server.once('error', failed).listen(port ?? 0, '127.0.0.1', listening))

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    service: (hostname) => ({ name: 'front', owns: (asked) => asked.toLowerCase() === hostname.toLowerCase(), handle: answer }),
    close: () =>
      new Promise((closed) => {
        agent.destroy()
        server.close(() => closed())
        server.closeAllConnections()
      }),
  }
}

type Forwarded = Pick<CloudRequest, 'method' | 'headers' | 'body'> & { readonly path: string }

const urlOf = (request: IncomingMessage): URL | undefined =>
  requestTarget(request.url) && urlAt(`http://${request.headers.host}`, request.url ?? '/')

/** As a lenient reader would see it: decoded, and with single slashes. */
function plain(path: string): string {
  let text = path
  for (let round = 0; round < 3 && text.includes('%'); round++)
    text = text.replace(/%([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
  return new URL(text.replace(/[\\/]+/g, '/').replace(/[?#]/g, '_'), 'http://localhost').pathname.replace(/\/+/g, '/')
}

/** Strict: nothing encoded may hide in what passes without a caller. */
const isExcluded = (path: string): boolean => path === '/healthz' || (path.startsWith('/runtime/webhooks/') && !/[%\\]|\/\//.test(path))

/** Undefined = more than `limit`; what comes after is thrown away, so that the answer can still be read. */
async function readWhole(message: IncomingMessage, limit = Number.POSITIVE_INFINITY): Promise<Buffer | undefined> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of message as AsyncIterable<Buffer>) {
    size += part.length
    if (size <= limit) parts.push(part)
  }
  return size <= limit ? Buffer.concat(parts) : undefined
}
