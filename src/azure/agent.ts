// The one connection pool to Azure. Node's own agent keeps connections alive through a proxy as well (one tunnel serves many requests),
// which the SDKs' proxy support does not: given an agent, they leave the proxy to it.
import { Agent } from 'node:https'

/** `env`: where HTTPS_PROXY and NO_PROXY stand. */
export const azureAgent = (env: Readonly<Record<string, string | undefined>>): Agent =>
  new Agent({ keepAlive: true, proxyEnv: { ...env }, maxSockets: 64 })
