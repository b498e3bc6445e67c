// The host's admin API, as far as people and tools use it locally: status, functions, and running a function now.
// https://learn.microsoft.com/azure/azure-functions/functions-manually-run-non-http

import type { HostKeys } from './contract.ts'
import type { RegisteredFunction } from './functions-core.ts'
import { httpBinding } from './http-trigger.ts'
import { localKeys, refuseSystem } from './keys.ts'
import { jsonAnswer, type WebAnswer, type WebRequest } from './web.ts'

export type AdminParts = {
  readonly functions: ReadonlyMap<string, RegisteredFunction>
  readonly keys: HostKeys | 'off'
  readonly routePrefix: string
  /** Starts the function; it is answered before it ends. */
  readonly run: (name: string, input: unknown) => void
}

export const adminApi = ({ functions, keys, routePrefix, run }: AdminParts) => {
  const named = (name: string) => [...functions.values()].find(({ metadata }) => metadata.name.toLowerCase() === name.toLowerCase())

  const described = (target: RegisteredFunction, origin: string) => {
    const { name, bindings } = target.metadata
    const route = httpBinding(target)?.[1]['route'] ?? name
    const url = httpBinding(target) === undefined ? null : [origin, routePrefix, route].filter((part) => part !== '').join('/')
    const listed = Object.entries(bindings).map(([binding, options]) => ({ ...options, name: binding }))
    return {
      name,
      href: `${origin}/admin/functions/${name}`,
      invoke_url_template: url,
      language: 'node',
      config: { name, bindings: listed },
      isDisabled: false,
    }
  }

  const runNow = async (request: WebRequest, target: RegisteredFunction): Promise<WebAnswer> => {
    if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) return { status: 415 }
    let input: unknown
    try {
      const body: unknown = JSON.parse((await request.body()).toString('utf8'))
      if (typeof body !== 'object' || body === null) return { status: 400 }
      input = 'input' in body ? body.input : undefined
    } catch {
      return { status: 400 }
    }
    run(target.metadata.name, input)
    return { status: 202 }
  }

  return async (request: WebRequest): Promise<WebAnswer> => {
    const [, , area = '', name = '', key = ''] = request.path.toLowerCase().replace(/\/$/, '').split('/')
    if (area === 'host' && name === 'ping') return { status: 200, headers: { 'Cache-Control': 'no-store,no-cache', Pragma: 'no-cache' } }
    const refused = refuseSystem(request, keys, undefined)
    if (refused !== undefined) return refused
    if (area === 'host' && name === 'status')
      return jsonAnswer(200, { state: 'Running', version: '4.1037.0.0', versionDetails: 'embedded host' })
    if (area === 'host' && name === 'systemkeys' && key !== '') {
      const value = Object.entries((keys === 'off' ? localKeys : keys).system).find(([each]) => each === key)?.[1]
      const href = `${request.origin}/admin/host/systemkeys/${key}`
      return value === undefined ? { status: 404 } : jsonAnswer(200, { name: key, value, links: [{ rel: 'self', href }] })
    }
    if (area !== 'functions') return { status: 404 }
    if (name === '')
      return jsonAnswer(
        200,
        [...functions.values()].map((each) => described(each, request.origin)),
      )
    const target = named(name)
    if (target === undefined) return { status: 404 }
    if (request.method === 'GET') return jsonAnswer(200, described(target, request.origin))
    return request.method === 'POST' ? runNow(request, target) : { status: 404 }
  }
}
