// The HTTP side of the host: one small server form for the functions' port and for Durable's own RPC port.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { receivedPath } from './request-path.ts'
import type { Work } from './work.ts'

export type WebRequest = {
  readonly method: string
  /** Decoded once, as Kestrel hands it on: see request-path.ts. */
  readonly path: string
  /** With '?', or empty. */
  readonly search: string
  readonly query: URLSearchParams
  readonly origin: string
  readonly headers: IncomingMessage['headers']
  body(): Promise<Buffer>
  readonly raw: IncomingMessage
}

export type WebAnswer = {
  readonly status: number
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  readonly body?: string | Uint8Array
  /** Functions' answers have no Content-Length on a real host. */
  readonly chunked?: boolean
}

/** Answers, or takes over the response itself. */
export type WebHandler = (request: WebRequest, response: ServerResponse) => Promise<WebAnswer | 'answered'>

export const jsonAnswer = (status: number, value: unknown, headers: Record<string, string> = {}): WebAnswer => ({
  status,
  headers: { 'Content-Type': 'application/json; charset=utf-8', ...headers },
  body: JSON.stringify(value),
})

export const textAnswer = (status: number, body: string): WebAnswer => ({
  status,
  headers: { 'Content-Type': 'text/plain; charset=utf-8' },
  body,
})

const readAll = async (request: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

const asWebRequest = (raw: IncomingMessage, port: number): WebRequest | undefined => {
  const target = raw.url ?? '/'
  const mark = target.indexOf('?')
  const path = receivedPath(mark < 0 ? target : target.slice(0, mark))
  const search = mark < 0 ? '' : target.slice(mark)
  if (path === undefined) return undefined
  let body: Promise<Buffer> | undefined
  return {
    method: raw.method ?? 'GET',
    path,
    search,
    query: new URLSearchParams(search),
    origin: `http://${raw.headers.host ?? `127.0.0.1:${port}`}`,
    headers: raw.headers,
    body: () => (body ??= readAll(raw)),
    raw,
  }
}

const send = (method: string, { status, headers = {}, body, chunked }: WebAnswer, response: ServerResponse): void => {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  const bodiless = status === 204 || status === 304
  const empty = bytes === undefined || bytes.length === 0
  if (!bodiless && method !== 'HEAD' && (empty || chunked !== true)) response.setHeader('Content-Length', bytes?.length ?? 0)
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
  response.statusCode = status
  if (empty || bodiless || method === 'HEAD') response.end()
  else {
    if (chunked === true) response.write(bytes)
    response.end(chunked === true ? undefined : bytes)
  }
}

export type WebServer = { readonly port: number; stop(): Promise<void> }

export const serve = async (port: number, work: Work, handler: WebHandler, failed: (error: unknown) => void): Promise<WebServer> => {
  const server = createServer({ keepAliveTimeout: 30_000 }, (raw, response) => {
    const release = work.hold()
    response.on('close', release)
    const request = asWebRequest(raw, (server.address() as AddressInfo | null)?.port ?? port)
    if (request === undefined) return send('GET', { status: 400, headers: { Connection: 'close' } }, response)
    handler(request, response).then(
      (answer) => {
        if (answer !== 'answered') send(request.method, answer, response)
      },
      (error: unknown) => {
        failed(error)
        if (!response.headersSent) send(request.method, { status: 500 }, response)
        else response.destroy()
      },
    )
  })
  await new Promise<void>((ready, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => ready())
  })
  return {
    port: (server.address() as AddressInfo).port,
    stop: () =>
      new Promise((closed) => {
        server.close(() => closed())
        server.closeAllConnections()
      }),
  }
}
