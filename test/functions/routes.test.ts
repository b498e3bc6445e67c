// The table of routes against everything that is made from it: what the host is told, who is let in, and the OpenAPI document. docs/http-api.md
// is held against it by test/docs.
import type { HttpResponseInit } from '@azure/functions'
import { describe, expect, it } from 'vitest'
import { type Role, rolesFor } from '../../src/functions/http/callers.ts'
import { openapi } from '../../src/functions/http/openapi.ts'
import type { Route } from '../../src/functions/http/route.ts'
import { routes } from '../../src/functions/http/routes.ts'
import { registerHandlers } from '../../src/functions/register.ts'
import { installCore } from '../../src/local/host/functions-core.ts'
import { app, type Claims, cluster, request, subscription, testServices, version } from './test-services.ts'

type Operation = { readonly security: readonly { readonly entra: readonly string[] }[]; readonly requestBody?: object }
type Described = { readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>> }

const named = routes.map((route) => [`${route.method} ${route.path}`, route] as const)
const core = installCore(() => undefined)
registerHandlers(() => testServices().services, { eventQueue: undefined, announces: false })
const registered = new Map(
  [...core.functions].map(([name, { metadata }]) => [name, Object.values(metadata.bindings).find(({ type }) => type === 'httpTrigger')]),
)
core.remove()

/** As ASP.NET matches a template, which the Functions host uses. */
const isUnder = (path: string, template: string): boolean =>
  new RegExp(`^/${template.replace('{*rest}', '.+').replace(/\{\w+\}/g, '[^/]+')}$`).test(path)

const pathOf = ({ path }: Route): string => {
  const known: Readonly<Record<string, string>> = { subscription, group: 'rg', cluster: 'aks', name: 'data' }
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => known[name] ?? 'x')
}

it('are all named where an action is not known', async () => {
  const { services, context } = testServices()
  const answer = await app(() => services)(
    request('GET', `${cluster}/providers/Microsoft.ServiceLinker/linkers/data/sing?${version}`),
    context,
  )
  const actions = routes.flatMap(({ path, isDeprecated }) => (isDeprecated ? [] : (/linkers\/\{name\}\/([\w-]+)$/.exec(path)?.[1] ?? [])))
  for (const action of actions) expect(String((answer as HttpResponseInit).body)).toContain(action)
})

describe.each(named)('%s', (_, route) => {
  it('is registered at its function, and at no other', () => {
    const at = [...registered].filter(([, binding]) => binding && isUnder(route.path, String(binding['route']))).map(([name]) => name)
    expect(at).toEqual([route.in])
    expect(registered.get(route.in)?.['methods']).toContain(route.method)
  })

  it('is in the document with its role and its body', () => {
    const { paths } = JSON.parse(JSON.stringify(openapi(routes))) as Described
    const described = paths[route.path]?.[route.method.toLowerCase()]
    const roles: readonly Role[] = route.role === 'anyone' ? [] : rolesFor(route.role)
    expect(described?.security).toEqual(roles.map((role) => ({ entra: [role] })))
    expect(described?.requestBody !== undefined).toBe(route.body !== undefined)
  })

  it('is open to its role only', async () => {
    const all: readonly Role[] = ['Connections.Read', 'Connections.Write', 'Policies.Write']
    const { services, context } = testServices({
      preflight: async () => ({ value: [], changes: [], adoptions: [], actions: [], budgets: [], ready: true, notes: [] }),
    })
    const status = async (ask: { readonly claims?: Claims; readonly anonymous?: true }): Promise<number> => {
      const text = route.body ? { text: '{}' } : {}
      const answer = await app(() => services)(request(route.method, `${pathOf(route)}?${version}`, { ...ask, ...text }), context)
      return (answer as HttpResponseInit).status ?? 200
    }
    if (route.role === 'anyone') return expect(await status({ anonymous: true })).toBe(200)
    expect(await status({ anonymous: true })).toBe(401)
    expect(await status({ claims: { roles: [] } })).toBe(403)
    for (const role of all)
      expect([role, (await status({ claims: { roles: [role] } })) !== 403]).toEqual([role, rolesFor(route.role).includes(role)])
  })
})

it('registers nothing over HTTP but the functions of the table', () => {
  const http = [...registered].filter(([, binding]) => binding).map(([name]) => name)
  expect(http.sort()).toEqual([...new Set([...routes.map((route) => route.in), 'azure-arm'])].sort())
})

it('tells a caller without the role nothing about what it does not serve', async () => {
  const { services, context } = testServices()
  const ask = async (method: string, path: string, claims: Claims) =>
    ((await app(() => services)(request(method, path, { claims }), context)) as HttpResponseInit).status
  const writer: Claims = { roles: ['Connections.Write'] }
  for (const path of [
    `/subscriptions/${subscription}`,
    `${cluster}/providers/Microsoft.ServiceLinker/dryruns/x?${version}`,
    '/subscriptions/%zz',
  ]) {
    expect(await ask('GET', path, { roles: [] })).toBe(403)
    expect(await ask('PATCH', path, { roles: ['Connections.Read'] })).toBe(403)
    expect([400, 404, 501]).toContain(await ask('PATCH', path, writer))
  }
})

it('answers another method with those that there are, after the api-version', async () => {
  const { services, context } = testServices()
  const ask = async (path: string) => (await app(() => services)(request('POST', path), context)) as HttpResponseInit
  const linker = `${cluster}/providers/Microsoft.ServiceLinker/linkers/data`
  expect((await ask(linker)).status).toBe(400)
  expect(await ask(`${linker}?${version}`)).toMatchObject({ status: 405, headers: { allow: 'GET, PUT, PATCH, DELETE' } })
})
