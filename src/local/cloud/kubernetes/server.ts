// One simulated API server: authentication, then authorization, then the resource, in the real one's order.
import type { CloudRequest, CloudResponse } from '../http.ts'
import type { World } from '../world.ts'
import { type Access, type Ask, type Caller, callerOf, mayAsk, type Profile, reasonOf, refusal } from './access.ts'
import { type Addons, isServed } from './addon-kinds.ts'
import { callWebhooks, checkQuotas } from './admission.ts'
import { type Deleting, deleteMany, deleteOne } from './deleting.ts'
import { discovery } from './discovery.ts'
import type { Raw } from './object.ts'
import { callerMay, needOwnRights } from './rbac.ts'
import { rbacGroup } from './rbac-kinds.ts'
import { get, list } from './reading.ts'
import { type Target, targetOf, verbOf } from './request.ts'
import { accessReview, tokenRequest } from './reviews.ts'
import { forbidden, noSuchResource, notAllowed, notFound, Refusal, unauthorized } from './status.ts'
import { type Cluster, storeOf } from './store.ts'
import type { Writing } from './storing.ts'
import { podLog } from './workloads.ts'
import { create, patch, replace } from './writing.ts'

export type Server = {
  readonly world: World
  readonly cluster: Cluster
  readonly issuer: string
  readonly access: Access
  readonly profile?: Profile
  readonly addons: Addons
}

export async function serve(server: Server, request: CloudRequest): Promise<CloudResponse> {
  const usual = { 'audit-id': server.world.uuid(), 'cache-control': 'no-cache, private' }
  try {
    const { status, headers, body } = await answer(server, request)
    const type = typeof body === 'string' ? 'text/plain; charset=utf-8' : 'application/json'
    return { status, headers: { ...usual, 'content-type': type, ...headers }, body }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    const type = typeof error.body === 'string' ? 'text/plain; charset=utf-8' : 'application/json'
    return { status: error.status, headers: { ...usual, 'content-type': type }, body: error.body }
  }
}

async function answer(server: Server, request: CloudRequest): Promise<CloudResponse> {
  const { world, cluster, access, profile, addons } = server
  const caller = await callerOf(world, cluster, request.headers['authorization'], access)
  if (!caller) throw unauthorized()
  const target = targetOf(request.url.pathname)
  if (!target) return discovery(request.url.pathname, request.url.hostname, addons) ?? missing(request.url.pathname, caller)

  const store = storeOf(world, cluster.id)
  const allowed = (ask: Ask): boolean => mayAsk(world, cluster, caller, ask, profile, access) || callerMay(store, caller.oid, ask)
  if (target.group === 'authorization.k8s.io' && target.resource === 'selfsubjectaccessreviews' && request.method === 'POST')
    return { status: 201, body: accessReview(request, allowed) }
  const about = { resource: target.resource, group: target.group }
  const verb = verbOf(request.method, target)
  const ask: Ask = { ...target, verb }
  if (!allowed(ask)) throw forbidden({ ...about, name: target.name }, refusal(caller, ask, profile))
  // This second question, of an apply that creates, is refused in fewer words.
  const demand = (also: string): void => {
    if (!allowed({ ...target, verb: also })) throw forbidden({ ...about, name: target.name }, reasonOf(profile))
  }
  const grant = (object: Raw): void => needOwnRights(store, object, target.resource, caller.oid, allowed)
  return carryOut(server, request, target, { demand, ...(target.group === rbacGroup ? { grant } : {}) })
}

async function carryOut(
  server: Server,
  request: CloudRequest,
  target: Target,
  checks: Pick<Writing, 'demand' | 'grant'>,
): Promise<CloudResponse> {
  const { world, cluster, issuer, addons } = server
  const { kind } = target
  if (!kind || !isServed(kind, addons)) {
    const unknownGroup = discovery(`/apis/${target.group}`, '', addons)?.status === 404
    if (target.group !== '' && unknownGroup) return { status: 404, body: '404 page not found\n' }
    throw noSuchResource()
  }
  const store = storeOf(world, cluster.id)
  if (target.resource === 'pods' && target.subresource === 'log') {
    if (request.method !== 'GET') throw notAllowed()
    if (!store.get('pods', target.namespace ?? '', target.name ?? '')) throw notFound({ resource: 'pods', name: target.name })
    return { status: 200, body: podLog(world, cluster.id, `${target.namespace}/${target.name}`, request.url.searchParams) }
  }
  if (target.subresource !== undefined) {
    if (target.resource !== 'serviceaccounts' || target.subresource !== 'token') throw noSuchResource()
    if (request.method !== 'POST') throw notAllowed()
    const account = store.get('serviceaccounts', target.namespace ?? '', target.name ?? '')
    if (!account) throw notFound({ resource: 'serviceaccounts', name: target.name })
    return { status: 201, body: await tokenRequest(request, world, { id: cluster.id, issuer }, account) }
  }
  const admit = (operation: 'CREATE' | 'UPDATE', name: string): void => {
    const asked = { operation, resource: target.resource, namespace: target.namespace, name }
    callWebhooks(world, cluster.id, asked)
    if (operation === 'CREATE') checkQuotas(store, asked)
  }
  const writing = { store, kind, target, now: world.clock.now(), uuid: () => world.uuid(), ...checks, admit }
  const written = ({ status, object }: { readonly status: number; readonly object: unknown }): CloudResponse => ({ status, body: object })
  const deleting: Deleting = { world, cluster: cluster.id, store, kind, target }
  const named = target.name !== undefined
  if (request.method === 'GET') return { status: 200, body: named ? get(request, writing) : list(request, writing) }
  if (request.method === 'POST' && !named && (target.namespace !== undefined || !kind.namespaced)) return written(create(request, writing))
  if (request.method === 'PUT' && named) return written(replace(request, writing))
  if (request.method === 'PATCH' && named) return written(patch(request, writing))
  if (request.method === 'DELETE' && named) return { status: 200, body: deleteOne(request, deleting) }
  if (request.method === 'DELETE' && kind.namespaced && target.namespace !== undefined)
    return { status: 200, body: deleteMany(request, deleting) }
  throw notAllowed()
}

function missing(path: string, caller: Caller): never {
  if (/^\/apis?(\/|$)/.test(path)) throw noSuchResource()
  throw new Refusal(403, 'Forbidden', `forbidden: User "${caller.oid}" cannot get path "${path}"`, {})
}
