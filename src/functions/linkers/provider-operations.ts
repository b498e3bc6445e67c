// GET /providers/Microsoft.ServiceLinker/operations: what the provider can do, as ARM lists it for roles: made from the table of routes.
// https://learn.microsoft.com/rest/api/servicelinker/operations/list
import type { HttpResponseInit } from '@azure/functions'
import { json } from '../http/answers.ts'
import type { Route } from '../http/route.ts'

const provider = 'Microsoft.ServiceLinker'
const verbs = { GET: 'read', PUT: 'write', PATCH: 'write', POST: 'action', DELETE: 'delete' } as const

export function providerOperations(routes: readonly Route[]): HttpResponseInit {
  const value = routes.flatMap(({ path, method, summary, isDeprecated }) => {
    const [, below] = path.split(`/providers/${provider}/`)
    if (below === undefined || isDeprecated) return []
    const words = below.split('/').filter((part) => !part.startsWith('{'))
    const name = [provider, ...words, verbs[method]].join('/')
    const display = { provider, resource: words[0] ?? '', operation: summary, description: summary }
    return [{ name, isDataAction: false, display }]
  })
  return json(200, { value })
}
