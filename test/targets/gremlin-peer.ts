// A peer of the driver of Gremlin: WebSocket behind TLS, where every connection signs in by SASL first and is answered with one value then
// (https://tinkerpop.apache.org/docs/current/dev/provider/#_graph_driver_provider_requirements). Behind it is no graph.
import { once } from 'node:events'
import { createServer } from 'node:https'
import type { TLSSocket } from 'node:tls'
import { WebSocketServer } from 'ws'
import * as z from 'zod'

export type GremlinPeer = {
  readonly port: number
  /** Names asked for in TLS, `Host` and path, user and password with a colon between them, queries. */
  readonly seen: { readonly names: string[]; readonly urls: string[]; readonly signIns: string[]; readonly queries: string[] }
  close(): void
}

const requestSchema = z.object({
  requestId: z.union([z.string(), z.object({ '@value': z.string() }).transform((typed) => typed['@value'])]),
  op: z.enum(['eval', 'authentication']),
  args: z.object({ gremlin: z.string().optional(), sasl: z.string().optional() }),
})
const status = { success: 200, unauthorized: 401, authenticate: 407 } as const

/** `identity`: its certificate. `password`: the only one that it takes. */
export async function gremlinPeer(identity: { readonly cert: string; readonly key: string }, password: string): Promise<GremlinPeer> {
  const seen: GremlinPeer['seen'] = { names: [], urls: [], signIns: [], queries: [] }
  const server = createServer(identity)
  const sockets = new WebSocketServer({ server })
  sockets.on('connection', (socket, request) => {
    seen.names.push(String((request.socket as TLSSocket).servername))
    seen.urls.push(`${request.headers.host}${request.url}`)
    let [isSignedIn, waiting] = [false, '']
    socket.on('message', (data: Buffer) => {
      // Behind the length and the name of the format.
      const { requestId, op, args } = requestSchema.parse(JSON.parse(data.toString('utf8', 1 + (data[0] ?? 0))))
      if (op === 'eval') waiting = args.gremlin ?? ''
      else {
        const [, user, given] = Buffer.from(args.sasl ?? '', 'base64')
          .toString()
          .split('\0')
        seen.signIns.push(`${user}:${given}`)
        isSignedIn = given === password
      }
      const code = isSignedIn ? status.success : op === 'eval' ? status.authenticate : status.unauthorized
      if (isSignedIn) seen.queries.push(waiting)
      socket.send(
        JSON.stringify({
          requestId,
          status: { code, message: '', attributes: {} },
          result: { data: isSignedIn ? ['Ada'] : null, meta: {} },
        }),
      )
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    seen,
    close() {
      for (const socket of sockets.clients) socket.terminate()
      server.close()
    },
  }
}
