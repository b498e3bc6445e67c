// The way into the simulated cloud: an HTTP proxy on loopback that ends TLS itself for the names it knows (CONNECT), with certificates
// of its own authority. Callers need nothing but `HTTPS_PROXY` and that authority; their URLs stay Azure's.
//
// The user name given to the proxy says where the caller sits in the network. A name that is not simulated is refused: nothing of a
// test or demo ever reaches the real cloud.

import { once } from 'node:events'
import { createServer, type IncomingMessage, Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { createSecureContext, type SecureContext, TLSSocket } from 'node:tls'
import type { Clock } from '../clock.ts'
import { urlAt } from '../request-target.ts'
import type { CloudRequest, CloudResponse } from './http.ts'
import type { Tunnel } from './tunnel.ts'

export type ProxyOptions = {
  readonly clock: Clock
  readonly port?: number
  owns(hostname: string): boolean
  certificate(hostname: string): Promise<{ readonly cert: string; readonly key: string }>
  handle(request: CloudRequest): Promise<CloudResponse | 'broken'>
  readonly tunnels?: readonly Tunnel[]
}

export type Proxy = { readonly port: number; close(): Promise<void> }

export async function startProxy(options: ProxyOptions): Promise<Proxy> {
  const sockets = new Set<Socket>()
  const contexts = new Map<string, Promise<SecureContext>>()
  const origins = new WeakMap<object, { readonly location: string; readonly authority: string }>()

  // Never listens: it is given the decrypted end of each tunnel.
  const inner = new Server((request, response) => {
    void serve(request, response)
  })
  inner.keepAliveTimeout = 60_000
  inner.requestTimeout = 0

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const free = options.clock.busy(`${request.method} ${request.url} in a tunnel`)
    try {
      const { location, authority } = origins.get(request.socket) ?? { location: 'internet', authority: 'unknown' }
      const answer = await options.handle({
        method: request.method ?? 'GET',
        // set, not resolved: SDK clients send paths that begin with `//`, and none may name another host than the tunnel's
        url: urlAt(`https://${authority}`, request.url ?? ''),
        headers: headersOf(request),
        body: await bodyOf(request),
        location,
      })
      if (answer === 'broken') return void request.socket.destroy()
      await send(response, answer)
    } catch (error) {
      if (!response.headersSent) await send(response, { status: 500, body: `The simulated cloud failed: ${(error as Error).stack}` })
    } finally {
      free()
    }
  }

  function contextFor(hostname: string): Promise<SecureContext> {
    let context = contexts.get(hostname)
    if (!context) {
      context = options.certificate(hostname).then(createSecureContext)
      context.catch(() => contexts.delete(hostname))
      contexts.set(hostname, context)
    }
    return context
  }

  const outer = createServer((request, response) => {
    void send(response, { status: 502, body: `Only HTTPS goes through the simulated cloud's proxy, not ${request.url}` })
  })
  outer.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  outer.on('connect', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    socket.on('error', () => socket.destroy())
    const { hostname, host, port } = authorityOf(request.url)
    const tunnel = options.tunnels?.find((one) => one.owns(hostname, Number(port)))
    if (!tunnel && !options.owns(hostname)) {
      socket.end(
        `HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\nThe simulated cloud has no ${hostname}\n`,
      )
      return
    }
    if (tunnel?.reaches?.(hostname, locationOf(request)) === false) {
      socket.end('HTTP/1.1 504 Gateway Timeout\r\nConnection: close\r\n\r\n')
      return
    }
    const free = options.clock.busy(`a tunnel to ${hostname}`)
    contextFor(hostname).then(
      (secureContext) => {
        socket.write('HTTP/1.1 200 Connection Established\r\n\r\n')
        if (head.length > 0) socket.unshift(head)
        if (tunnel) {
          // What is said on it takes no virtual time.
          socket.once('close', free)
          return tunnel.serve(socket, { hostname, location: locationOf(request), secureContext })
        }
        const decrypted = new TLSSocket(socket, { isServer: true, secureContext, ALPNProtocols: ['http/1.1'] })
        decrypted.on('error', () => decrypted.destroy())
        origins.set(decrypted, { location: locationOf(request), authority: host })
        inner.emit('connection', decrypted)
        free()
      },
      (error: Error) => {
        socket.end(`HTTP/1.1 502 Bad Gateway\r\nConnection: close\r\n\r\n${error.message}\n`)
        free()
      },
    )
  })

  await once(outer.listen(options.port ?? 0, '127.0.0.1'), 'listening')
  return {
    port: (outer.address() as AddressInfo).port,
    async close() {
      outer.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

/** `host:port`; anything else is the name of no host. */
const authorityOf = (line: string | undefined): Pick<URL, 'hostname' | 'host' | 'port'> =>
  /^[\w.-]+(:\d{1,5})?$/.test(line ?? '') && URL.canParse(`https://${line}`)
    ? new URL(`https://${line}`)
    : { hostname: '', host: '', port: '' }

function locationOf(request: IncomingMessage): string {
  const [, given] = /^Basic (.+)$/i.exec(request.headers['proxy-authorization'] ?? '') ?? []
  const [user] = Buffer.from(given ?? '', 'base64')
    .toString()
    .split(':')
  return user ? decodeURIComponent(user) : 'internet'
}

const headersOf = (request: IncomingMessage): Record<string, string> =>
  Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')]),
  )

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts)
}

/** Done when the answer is handed to the socket, so that the clock stands still until then. */
async function send(response: ServerResponse, { status, headers = {}, body }: CloudResponse): Promise<void> {
  if (response.destroyed || response.req.socket.destroyed) return
  const raw = typeof body === 'string' || body instanceof Uint8Array
  const payload = body === undefined ? undefined : raw ? body : JSON.stringify(body)
  response.writeHead(status, {
    ...(payload === undefined ? {} : { 'content-type': raw ? 'text/plain; charset=utf-8' : 'application/json; charset=utf-8' }),
    ...(response.req.method === 'HEAD' || status === 204 || status === 304 ? {} : { 'content-length': Buffer.byteLength(payload ?? '') }),
    ...headers,
  })
  await new Promise<void>((done) => {
    response.once('close', done) // also when the caller went away
    response.end(payload, done)
  })
}
