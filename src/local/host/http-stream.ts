// Forwards a request to the server that an app with `enableHttpStream` runs beside itself, and its answer back.
// https://learn.microsoft.com/azure/azure-functions/functions-reference-node#http-streams

import { Agent, request as httpRequest, type ServerResponse } from 'node:http'
import { forwardedPath } from './request-path.ts'
import type { WebAnswer, WebRequest } from './web.ts'

export type Forwarded = {
  readonly done: Promise<'answered' | WebAnswer>
  /** The function failed: there will be no answer. */
  abandon(): void
}

/** Kept alive: a server that is told to close would cut the connection while an unread body is still being sent, and lose its answer. */
const agent = new Agent({ keepAlive: true })
const hopByHop = new Set(['connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'te', 'trailer'])

export const forward = (to: string, invocationId: string, request: WebRequest, response: ServerResponse): Forwarded => {
  const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => !hopByHop.has(name)))
  const target = new URL(to)
  const outgoing = httpRequest({
    host: target.hostname === '0.0.0.0' || target.hostname === '[::]' ? '127.0.0.1' : target.hostname,
    port: target.port,
    method: request.method,
    path: `${forwardedPath(request.path)}${request.search}`,
    headers: {
      ...headers,
      'x-ms-invocation-id': invocationId,
      'x-forwarded-host': request.headers.host ?? '',
      'x-forwarded-proto': 'http',
    },
    agent,
  })
  let abandoned = false
  const done = new Promise<'answered' | WebAnswer>((resolve) => {
    outgoing.on('response', (incoming) => {
      const { connection: _connection, 'keep-alive': _keep, ...shown } = incoming.headers
      response.writeHead(incoming.statusCode ?? 500, shown)
      incoming.pipe(response)
      incoming.on('end', () => resolve('answered'))
      incoming.on('error', () => resolve('answered'))
    })
    outgoing.on('error', () => resolve(abandoned || response.headersSent ? 'answered' : { status: 500 }))
  })
  request.raw.pipe(outgoing)
  // A function may answer without reading the body: the caller must be able to send the rest of it all the same.
  outgoing.on('close', () => {
    request.raw.unpipe(outgoing)
    request.raw.resume()
  })
  return {
    done,
    abandon() {
      abandoned = true
      outgoing.destroy()
    },
  }
}
