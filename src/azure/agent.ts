// The one connection pool to Azure. Node's own agent also keeps connections alive through a proxy (one tunnel serves many requests), which the SDKs'
// proxy support does not: with a given agent, they leave the proxy to it.
import type { ClientRequest } from 'node:http'
import { Agent } from 'node:https'

/** What Node calls on its agents for each request; its types leave it out. */
type Taking = { addRequest(request: ClientRequest, options: object): void }

/**
 * A request can fail twice. For a waiting request the agent opens a connection; if another one becomes free first, that one serves the request, and
 * when opening fails, the request gets the error although it is done (`removeSocket` in
 * https://github.com/nodejs/node/blob/v24.x/lib/_http_agent.js). The SDKs listen for only one error (`req.once('error')` in
 * @typespec/ts-http-runtime), and an error without a listener ends the process: so this adds one.
 */
class Pool extends Agent {
  addRequest(request: ClientRequest, options: object): void {
    request.on('error', () => undefined)
    ;(Agent.prototype as unknown as Taking).addRequest.call(this, request, options)
  }
}

/** `env`: has HTTPS_PROXY and NO_PROXY. */
export const azureAgent = (env: Readonly<Record<string, string | undefined>>): Agent =>
  new Pool({ keepAlive: true, proxyEnv: { ...env }, maxSockets: 64 })
