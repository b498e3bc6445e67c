// Handlers for tests: the real store in memory, a hub that remembers, a clock that stands until it is moved.
import { type HttpHandler, HttpRequest, InvocationContext } from '@azure/functions'
import type { HandlerContext, HandlerContextOf } from '../../src/functions/http/handler-context.ts'
import type { HttpFunctionName } from '../../src/functions/http/http-functions.ts'
import { serve } from '../../src/functions/http/serve.ts'
import { keyOf, type Loop } from '../../src/model/loop.ts'
import type { StepNames } from '../../src/model/timeline.ts'
import type { Installation } from '../../src/model/view.ts'
import { silent } from '../../src/ports/observer.ts'
import type { Store } from '../../src/ports/store.ts'
import type { SweptAzure, SweptCluster } from '../../src/ports/sweep.ts'
import { targets } from '../../src/targets/catalogue.ts'
import { fakeProvenance } from '../steps/builders.ts'
import { type MemoryTable, memoryStore, memoryTable } from './memory-table.ts'

export const subscription = '5f0c3f3e-0000-4000-8000-000000000001'
const tenant = '7a1b2c3d-0000-4000-8000-00000000000a'
export const cluster = `/subscriptions/${subscription}/resourceGroups/rg/providers/Microsoft.ContainerService/managedClusters/aks`
export const account = `/subscriptions/${subscription}/resourceGroups/data/providers/Microsoft.Storage/storageAccounts/stdata`
export const target = `${account}/blobServices/default`
export const identity = `/subscriptions/${subscription}/resourceGroups/ids/providers/Microsoft.ManagedIdentity/userAssignedIdentities/app`
export const clientId = '11111111-2222-4333-8444-555555555555'
export const audience = 'api://aks-service-connector'

const minute = 60_000
export const installation: Installation = {
  name: 'main',
  tenant,
  graceMs: 30 * minute,
  massGraceMs: 24 * 60 * minute,
  goneAfterMs: 10 * minute,
  leavingMs: 60 * minute,
}
export const steps: StepNames = {
  cluster: ['read-cluster', 'read-declarations', 'resolve-egress', 'enable-features'],
  target: ['read-target', 'open-firewall'],
  identity: ['ensure-identity', 'federate-identity', 'assign-roles', 'write-service-accounts'],
  connection: ['check-consent', 'write-resources'],
}

export const emptyCluster: SweptCluster = {
  list: async () => [],
  hasNamespace: async () => false,
  usersOf: async () => ({ of: () => [], missing: [], unchecked: [] }),
  mark: async () => undefined,
  unmark: async () => undefined,
  remove: async () => {},
}

export const emptyAzure: SweptAzure = {
  async *made() {},
  async *ofTypes() {},
  namesakes: async () => [],
  isListed: async () => true,
  identity: async () => undefined,
  credentials: async () => undefined,
  assignment: async () => undefined,
  removeIdentity: async () => {},
  removeAssignment: async () => {},
  removeCredential: async () => {},
  grants: { types: [], on: async () => [] },
  provenance: fakeProvenance(),
}

/** Azure Resource Manager where nothing is. */
export const emptyArm: HandlerContext['sweeping']['arm'] = {
  get: async () => undefined,
  list: async () => [],
  put: async () => ({ body: undefined }),
  patch: async () => ({ body: undefined }),
  delete: async () => ({ body: undefined }),
}

/** Clusters are empty unless a test says otherwise. */
export const sweepingIn = (
  clock: { readonly now: number },
  over: Partial<HandlerContext['sweeping']> = {},
): HandlerContext['sweeping'] => ({
  open: async () => emptyCluster,
  openByCommand: async () => emptyCluster,
  azure: emptyAzure,
  arm: emptyArm,
  installation: installation.name,
  settings: { mode: 'report', graceMs: 24 * 60 * minute, most: 100, share: 0.25 },
  isSystem: (namespace) => namespace.startsWith('kube-') || namespace === 'sc-system',
  goneAfterMs: installation.goneAfterMs,
  now: () => clock.now,
  ...over,
})

export type TestServices = {
  readonly services: HandlerContext
  readonly store: Store
  readonly table: MemoryTable
  readonly woken: Loop[]
  readonly terminated: Loop[]
  readonly logged: string[]
  readonly clock: { now: number }
  readonly context: InvocationContext
}

export function testServices(over: Partial<HandlerContext> = {}): TestServices {
  const clock = { now: Date.UTC(2026, 10, 22, 8) }
  const table = memoryTable()
  const store = memoryStore(installation, () => clock.now, table)
  const woken: Loop[] = []
  const terminated: Loop[] = []
  const logged: string[] = []
  const services: HandlerContext = {
    store,
    hub: () => ({
      wake: async (loop) => void woken.push(loop),
      terminate: async (loop) => void terminated.push(loop),
      purge: async () => 0,
    }),
    installation,
    targets,
    steps,
    now: () => clock.now,
    audiences: [audience],
    keyOverlapMs: 60 * minute,
    pollSeconds: 5,
    typesOffered: async () => [],
    resolveIdentity: async (id) => (id === clientId ? identity : undefined),
    async *discover() {},
    sweeping: sweepingIn(clock),
    placeOf: async () => 'unknown',
    diagnose: async () => [],
    preflight: async () => undefined,
    observer: silent,
    ...over,
  }
  const context = new InvocationContext({
    invocationId: 'test',
    functionName: 'test',
    logHandler: (_level, ...args) => void logged.push(args.map(String).join(' ')),
  })
  return { services, store, table, woken, terminated, logged, clock, context }
}

/** Loops that have done what was due: any change that concerns them wakes them. */
export async function fallAsleep({ store, clock }: Pick<TestServices, 'store' | 'clock'>, ...loops: readonly Loop[]): Promise<void> {
  const until = clock.now + 24 * 60 * minute
  for (const one of loops) {
    const row = (await store.read(one))?.row
    if (row) await store.sleep(row, until, until)
  }
}

export type Claims = { readonly roles?: readonly string[]; readonly aud?: string; readonly tid?: string; readonly authTyp?: string }

/** The header that App Service authentication writes. */
export function principal({
  roles = ['Connections.Read', 'Connections.Write', 'Policies.Write'],
  aud = audience,
  tid = tenant,
  authTyp = 'aad',
}: Claims = {}): string {
  const claims = [
    { typ: 'aud', val: aud },
    { typ: 'http://schemas.microsoft.com/identity/claims/tenantid', val: tid },
    { typ: 'http://schemas.microsoft.com/identity/claims/objectidentifier', val: 'somebody' },
    ...roles.map((val) => ({ typ: 'roles', val })),
  ]
  return Buffer.from(JSON.stringify({ auth_typ: authTyp, name_typ: 'name', role_typ: 'roles', claims })).toString('base64')
}

export type Ask = {
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
  readonly text?: string
  readonly claims?: Claims
  readonly anonymous?: true
}

export function request(method: string, path: string, { headers = {}, body, text, claims, anonymous }: Ask = {}): HttpRequest {
  const content = text ?? (body === undefined ? undefined : JSON.stringify(body))
  return new HttpRequest({
    method,
    url: `https://connector.example${path}`,
    headers: {
      ...(anonymous ? {} : { 'x-ms-client-principal': principal(claims) }),
      ...(content === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(content === undefined ? {} : { body: { string: content } }),
  })
}

/** The function that the Functions host passes a request to. */
function functionOf(path: string): HttpFunctionName {
  const [first = '', second, third] = path.split('?', 1)[0]?.split('/').filter(Boolean) ?? []
  const names: Readonly<Record<string, HttpFunctionName>> = {
    subscriptions: 'arm',
    clusters: 'clusters',
    policies: second === undefined ? 'policies' : third === undefined ? 'policy' : 'policy-preview',
    connections: 'connections',
    graph: 'graph',
    import: 'import',
    inventory: 'inventory',
    sweeps: second === undefined ? 'sweeps' : 'sweep-report',
    azure: 'azure-arm',
    targettypes: 'target-types',
    providers: path.toLowerCase().split('?', 1)[0]?.endsWith('/operations') ? 'provider-operations' : 'configuration-names',
    healthz: 'healthz',
    'openapi.json': 'openapi',
  }
  const name = Object.hasOwn(names, first.toLowerCase()) ? names[first.toLowerCase()] : undefined
  if (!name) throw new Error(`The host passes ${path} to no function`)
  return name
}

/** All HTTP functions, behind the routing of the host. */
export const app =
  (servicesOf: HandlerContextOf): HttpHandler =>
  (request, context) =>
    serve(functionOf(new URL(request.url).pathname), servicesOf)(request, context)

export const version = 'api-version=2024-04-01'
export const linkerPath = (name: string, of = cluster): string => `${of}/providers/Microsoft.ServiceLinker/linkers/${name}`
export const keyOfLinker = (name: string, of = cluster) => keyOf(linkerPath(name, of))

/** A body as Azure Service Connector's tools send it. */
export const linkerBody = (properties: object = {}): object => ({
  properties: {
    targetService: { type: 'AzureResource', id: target },
    authInfo: { authType: 'userAssignedIdentity' },
    scope: 'shop',
    ...properties,
  },
})

export const everything = { clusters: ['*/*/*'], targets: ['*/*/*'], namespaces: ['*'], auth: ['*'] }
