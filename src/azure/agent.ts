// The one connection pool to Azure. Node's own agent keeps connections alive through a proxy as well (one tunnel serves many requests),
// which the SDKs' proxy support does not: given an agent, they leave the proxy to it.
import type { ClientRequest } from 'node:http'
import { Agent } from 'node:https'

/** What Node asks its agents for each request; its types leave it out. */
type Taking = { addRequest(request: ClientRequest, options: object): void }

/**
 * A request can fail twice. For one that waits the agent begins a connection; should another one be free before, that serves the request, and when
 * the first one does not come about, the request is told so, though it is done (`removeSocket` in
 * https://github.com/nodejs/node/blob/v24.x/lib/_http_agent.js). The SDKs listen for one error only (`req.once('error')` in
 * @typespec/ts-http-runtime), and an error that nobody listens for ends the process: so somebody listens.
 */
class Pool extends Agent {
  addRequest(request: ClientRequest, options: object): void {
    request.on('error', () => undefined)
    ;(Agent.prototype as unknown as Taking).addRequest.call(this, request, options)
  }
}

/** `env`: where HTTPS_PROXY and NO_PROXY stand. */
export const azureAgent = (env: Readonly<Record<string, string | undefined>>): Agent =>
  new Pool({ keepAlive: true, proxyEnv: { ...env }, maxSockets: 64 })
