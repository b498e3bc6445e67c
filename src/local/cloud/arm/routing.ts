// From a request's path to a route, and to the action that the caller needs there.

import type { Provider, Route } from './provider.ts'

export type Routed = { readonly route: Route; readonly parameters: Readonly<Record<string, string>> }
export type Router = (method: string, path: string) => Routed | undefined

export function createRouter(providers: readonly Provider[]): Router {
  const rows = providers.flatMap((provider) => provider.routes.map((route) => ({ route, expression: expressionOf(route.path) })))
  return (method, path) => {
    for (const { route, expression } of rows) {
      if (route.method !== method) continue
      const match = expression.exec(path)
      if (match) return { route, parameters: { ...match.groups } }
    }
    return undefined
  }
}

function expressionOf(path: string): RegExp {
  const text = path
    .replace(/[.$]/g, '\\$&')
    .replace(/\/\{(\w+)\*\}/g, '(?<$1>(?:/[^/]+)*)')
    .replace(/\{(\w+)\}/g, '(?<$1>[^/]+)')
  return new RegExp(`^${text}$`, 'i')
}

const verbs: Readonly<Record<string, string>> = { GET: 'read', HEAD: 'read', PUT: 'write', PATCH: 'write', DELETE: 'delete' }

/**
 * `…/providers/A.B/types/name/verb` by POST needs `A.B/types/verb/action` on the resource; other methods read, write and delete.
 * A list is read from the scope above it.
 */
export function permissionOf(method: string, path: string): { readonly action: string; readonly scope: string } {
  const at = path.toLowerCase().lastIndexOf('/providers/')
  if (at < 0) {
    const kind = /\/resourcegroups(\/|$)/i.test(path) ? 'subscriptions/resourceGroups' : 'subscriptions'
    if (method === 'POST') {
      const verb = path.lastIndexOf('/')
      return { action: `Microsoft.Resources/${kind}/${path.slice(verb + 1)}/action`, scope: path.slice(0, verb) }
    }
    return { action: `Microsoft.Resources/${kind}/${verbs[method] ?? 'action'}`, scope: path.replace(/\/resourcegroups$/i, '') || '/' }
  }
  const [namespace = '', ...rest] = path.slice(at + '/providers/'.length).split('/')
  const parent = path.slice(0, at)
  // The registration of a provider is the subscription's matter.
  if (rest.length === 0 && method !== 'POST')
    return { action: `Microsoft.Resources/subscriptions/providers/${verbs[method]}`, scope: parent }
  const types = rest.filter((_, index) => index % 2 === 0)
  const isCollection = rest.length % 2 === 1
  if (method === 'POST') {
    const verb = isCollection ? types.pop() : rest.at(-1)
    return { action: [namespace, ...types, verb, 'action'].join('/'), scope: path.slice(0, path.lastIndexOf('/')) }
  }
  const above = rest.length <= 1 ? parent || '/' : path.slice(0, path.lastIndexOf('/'))
  return { action: [namespace, ...types, verbs[method]].join('/'), scope: isCollection ? above : path }
}
