// Variables of a process, as all settings are read from them: an empty one is none.
export type Environment = Readonly<Record<string, string | undefined>>

export const given = (env: Environment): Environment => Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''))

export type ProxySettings = { readonly HTTPS_PROXY?: string; readonly NO_PROXY?: string }

export const proxyIn = (env: Environment): ProxySettings => ({
  ...(env['HTTPS_PROXY'] ? { HTTPS_PROXY: env['HTTPS_PROXY'] } : {}),
  ...(env['NO_PROXY'] ? { NO_PROXY: env['NO_PROXY'] } : {}),
})
