// The Azure Functions of the HTTP routes, as the Functions host knows them. One function has all of ARM's paths, because the host matches routes in
// the alphabetical order of the functions' names (https://github.com/Azure/azure-functions-host/issues/9876) and answers unmatched routes with an empty
// 404: so every path, method and version below `/subscriptions` gets an answer in ARM's shape.
import type { Refusal } from './answers.ts'
import { unservedBelowClusters, unservedByArm } from './unserved.ts'

type HttpFunction = {
  readonly route: string
  readonly needsApiVersion?: true
  /** It serves the routes of these functions, too, below `/azure/arm`. */
  readonly rebases?: readonly HttpFunctionName[]
  /** Why no route of this function has this path. Absent: the host lets no other paths through. */
  readonly unserved?: (pathname: string, segments: readonly string[]) => Refusal
}

export type HttpFunctionName =
  | 'arm'
  | 'azure-arm'
  | 'clusters'
  | 'configuration-names'
  | 'connections'
  | 'graph'
  | 'healthz'
  | 'import'
  | 'inventory'
  | 'openapi'
  | 'policies'
  | 'policy'
  | 'sweep-report'
  | 'sweeps'
  | 'provider-operations'
  | 'policy-preview'
  | 'target-types'

/** Whether the function serves the routes of this one. */
export const isServedBy = (name: HttpFunctionName, route: { readonly in: HttpFunctionName }): boolean =>
  route.in === name || httpFunctions[name].rebases?.includes(route.in) === true

export const httpFunctions: Readonly<Record<HttpFunctionName, HttpFunction>> = {
  arm: { route: 'subscriptions/{*rest}', needsApiVersion: true, unserved: unservedByArm },
  /**
   * The same below `/azure/arm`, the endpoint of SDKs. Some of them write an id after a slash, so an id with its leading slash makes two. The Functions host
   * matches no path with an empty segment before or at the place of a catch-all, only behind it (docs/azure-behaviour.md).
   */
  'azure-arm': {
    route: 'azure/{*rest}',
    needsApiVersion: true,
    unserved: unservedByArm,
    rebases: ['arm', 'configuration-names', 'provider-operations'],
  },
  /** A shorter path to a preflight, for people; without an api-version. */
  clusters: { route: 'clusters/{*rest}', unserved: unservedBelowClusters },
  'configuration-names': { route: 'providers/Microsoft.ServiceLinker/configurationNames', needsApiVersion: true },
  'provider-operations': { route: 'providers/Microsoft.ServiceLinker/operations', needsApiVersion: true },
  'target-types': { route: 'targetTypes' },
  policies: { route: 'policies' },
  policy: { route: 'policies/{name}' },
  'policy-preview': { route: 'policies/{name}/preview' },
  connections: { route: 'connections' },
  sweeps: { route: 'sweeps' },
  'sweep-report': { route: 'sweeps/{*rest}' },
  graph: { route: 'graph' },
  healthz: { route: 'healthz' },
  import: { route: 'import' },
  inventory: { route: 'inventory' },
  openapi: { route: 'openapi.json' },
}
