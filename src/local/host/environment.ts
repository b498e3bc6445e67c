// The environment that a Functions host sets for its app, put back when the host stops.

const ensureListed = (list: string | undefined, ...names: string[]): string => {
  const present = (list ?? '').split(',').filter((name) => name !== '')
  return [...present, ...names.filter((name) => !present.includes(name))].join(',')
}

export const setEnvironment = (port: number): (() => void) => {
  const noProxy = ensureListed(process.env['NO_PROXY'] ?? process.env['no_proxy'], '127.0.0.1', 'localhost')
  const values: Record<string, string> = {
    // Durable builds its addresses from it, and the SDK rewrites them to port 7071 where it is missing.
    WEBSITE_HOSTNAME: `127.0.0.1:${port}`,
    FUNCTIONS_WORKER_RUNTIME: 'node',
    // The DurableClient's own calls go to this machine and must not take a proxy.
    NO_PROXY: noProxy,
    no_proxy: noProxy,
  }
  const before = Object.keys(values).map((name) => [name, process.env[name]] as const)
  Object.assign(process.env, values)
  return () => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
    }
  }
}
