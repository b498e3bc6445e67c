// The one connection pool to Azure. Node's own agent keeps connections alive through a proxy as well (one tunnel serves many requests),
// which the SDKs' proxy support does not: given an agent, they leave the proxy to it.
//
// A request can fail twice. For one that waits the agent begins a connection; should another one be free before, that serves the request, and when
// the first one does not come about, the request is told so, though it is done. The SDKs listen for one error only (`req.once('error')` in
// @typespec/ts-http-runtime), and an error that nobody listens for ends the process: so somebody listens.
import { subscribe } from 'node:diagnostics_channel'
import type { ClientRequest } from 'node:http'
import { Agent } from 'node:https'

const pools = new WeakSet<Agent>()

// https://nodejs.org/api/diagnostics_channel.html#http
subscribe('http.client.request.created', (message) => {
  const { request } = message as { readonly request: ClientRequest & { readonly agent?: Agent } }
  if (request.agent && pools.has(request.agent)) request.on('error', () => undefined)
})

/** `env`: where HTTPS_PROXY and NO_PROXY stand. */
export function azureAgent(env: Readonly<Record<string, string | undefined>>): Agent {
  const agent = new Agent({ keepAlive: true, proxyEnv: { ...env }, maxSockets: 64 })
  pools.add(agent)
  return agent
}
