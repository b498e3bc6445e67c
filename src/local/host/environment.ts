// The environment that a Functions host sets for its app.

const ensureListed = (list: string | undefined, ...names: string[]): string => {
  const present = (list ?? '').split(',').filter((name) => name !== '')
  return [...present, ...names.filter((name) => !present.includes(name))].join(',')
}

export function environmentOfHost(port: number): Readonly<Record<string, string>> {
  const noProxy = ensureListed(process.env['NO_PROXY'] ?? process.env['no_proxy'], '127.0.0.1', 'localhost')
  return {
    // Durable builds its addresses from it, and the SDK rewrites them to port 7071 where it is missing.
    WEBSITE_HOSTNAME: `127.0.0.1:${port}`,
    FUNCTIONS_WORKER_RUNTIME: 'node',
    // The DurableClient's own calls go to this machine and must not take a proxy.
    NO_PROXY: noProxy,
    no_proxy: noProxy,
  }
}
