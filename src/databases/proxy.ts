// Which connections go through the proxy. Node and undici decide that for their own agents only, and neither's rule can be called: this has the rule of
// undici (https://github.com/nodejs/undici/blob/main/lib/dispatcher/env-http-proxy-agent.js), with which the app reaches clusters.
export type ProxySettings = { readonly HTTPS_PROXY?: string | undefined; readonly NO_PROXY?: string | undefined }

/** `undefined`: directly. */
export function proxyFor(host: string, port: number, { HTTPS_PROXY = '', NO_PROXY = '' }: ProxySettings): URL | undefined {
  if (HTTPS_PROXY === '') return undefined
  const entries = NO_PROXY.split(/[,\s]+/).filter((entry) => entry !== '')
  return entries.some((entry) => covers(entry, host.toLowerCase(), port)) ? undefined : new URL(HTTPS_PROXY)
}

/** `entry`: `*`, `<domain>`, which covers its subdomains as well, or `*.<domain>`, which covers only these; each with `:<port>` or without. */
function covers(entry: string, host: string, port: number): boolean {
  const [, name = '', only] = /^(.+?)(?::(\d+))?$/.exec(entry.toLowerCase()) ?? []
  if (only !== undefined && Number(only) !== port) return false
  const domain = name.replace(/^\*?\./, '').replace(/(.)\.$/, '$1')
  return domain === '*' || (host === domain && !name.startsWith('*')) || host.endsWith(`.${domain}`)
}
