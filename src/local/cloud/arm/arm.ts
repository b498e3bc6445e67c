// Azure Resource Manager: the front of all resource providers. The order of checks matters and is the real one: token, api-version, throttling,
// subscription and its registrations, permission, resource group, then the provider; so a resource that does not exist answers 403 to a caller that
// may not read it.

import { decide } from '../access.ts'
import { tenant } from '../entra/directory.ts'
import type { Claims } from '../entra/entra.ts'
import type { CloudRequest, CloudResponse, CloudService } from '../http.ts'
import type { World } from '../world.ts'
import { announce } from './announce.ts'
import { denied, deniedBy } from './deny-assignments.ts'
import { ArmError, authorizationFailed, groupNotFound, refuse } from './errors.ts'
import { groupOf, sameId } from './ids.ts'
import { checkLocks } from './locks.ts'
import { type Body, type Call, objectOf, type Provider } from './provider.ts'
import { needRegistration } from './provider-registrations.ts'
import { findGroup } from './resource-groups.ts'
import { startIndexing } from './resources.ts'
import { createRouter, permissionOf, type Routed } from './routing.ts'
import { scratchOf } from './scratch.ts'
import { checkSubscription } from './subscriptions.ts'
import { type Buckets, createBuckets } from './throttling.ts'

export type ArmOptions = {
  readonly providers: readonly Provider[]
  verify(authorization: string | undefined, audiences: readonly string[]): Promise<Claims | undefined>
}

const armAudiences = ['https://management.azure.com', 'https://management.core.windows.net']
const hosts = ['management.azure.com', 'management.core.windows.net']

export function createArm(world: World, { providers, verify }: ArmOptions): CloudService {
  const route = createRouter(providers)
  const buckets = createBuckets(world.clock)
  startIndexing(world)
  for (const provider of providers) provider.start?.(world)

  async function answer(
    request: CloudRequest,
    ids: { readonly correlationId: string; left: Record<string, string> },
  ): Promise<CloudResponse> {
    const claims = await verify(request.headers['authorization'], armAudiences)
    if (!claims) throw unauthenticated(request)
    checkApiVersion(request.url)
    const path = decode(request.url.pathname)
    ids.left = throttle(buckets, request.method, path, claims)
    checkSubscription(world, request.method, path)
    if (request.method === 'PUT') needRegistration(world, path)
    const routed = route(request.method, path)
    if (!routed) throw notSimulated(request.method, path)
    const noEffect = request.fault === 'silent-no-op'
    const call: Call = {
      world: noEffect ? scratchOf(world) : world,
      method: request.method,
      path,
      parameters: routed.parameters,
      url: request.url,
      headers: request.headers,
      claims,
      correlationId: ids.correlationId,
      ...(typeof request.fault === 'object' ? { planned: request.fault.operation } : {}),
      noEffect,
      body: bodyOf(request),
    }
    authorise(world, routed, call)
    const group = groupOf(path)
    if (group !== undefined) checkGroup(world, request.method, path, group)
    checkLocks(call)
    try {
      const response = await routed.route.handle(call)
      if (!noEffect) announce(world, routed, call, 'Success')
      return response
    } catch (error) {
      if (error instanceof ArmError) announce(world, routed, call, 'Failure')
      throw error
    }
  }

  return {
    name: 'arm',
    owns: (hostname) => hosts.includes(hostname.toLowerCase()),
    async handle(request) {
      const ids = { correlationId: request.headers['x-ms-correlation-request-id'] ?? world.uuid(), left: {} as Record<string, string> }
      try {
        const response = await answer(request, ids)
        return { ...response, headers: { ...usualHeaders(world, ids), ...response.headers } }
      } catch (error) {
        if (!(error instanceof ArmError)) throw error
        return { ...error.response, headers: { ...usualHeaders(world, ids), ...error.response.headers } }
      }
    },
  }
}

function usualHeaders(
  world: World,
  ids: { readonly correlationId: string; readonly left: Record<string, string> },
): Record<string, string> {
  const id = world.uuid()
  const stamp = new Date(world.clock.now()).toISOString().replace(/[-:]|\.\d+/g, '')
  return {
    'cache-control': 'no-cache',
    pragma: 'no-cache',
    expires: '-1',
    ...ids.left,
    'x-ms-request-id': id,
    'x-ms-correlation-request-id': ids.correlationId,
    'x-ms-routing-request-id': `WESTEUROPE:${stamp}:${id}`,
    'strict-transport-security': 'max-age=31536000; includeSubDomains',
    'x-content-type-options': 'nosniff',
  }
}

function unauthenticated(request: CloudRequest): ArmError {
  const challenge = `Bearer authorization_uri="https://login.microsoftonline.com/${tenant}", error="invalid_token", error_description="The access token is missing or invalid."`
  const headers = { 'www-authenticate': challenge }
  return request.headers['authorization'] === undefined
    ? refuse(401, 'AuthenticationFailed', "Authentication failed. The 'Authorization' header is missing.", {}, headers)
    : refuse(
        401,
        'InvalidAuthenticationToken',
        'The access token is invalid, expired, or not meant for Azure Resource Manager.',
        {},
        headers,
      )
}

function checkApiVersion(url: URL): void {
  // its name in any case: some providers' own poll URLs say `api-Version`
  const [, version] = [...url.searchParams].find(([name]) => name.toLowerCase() === 'api-version') ?? []
  if (!version)
    throw refuse(400, 'MissingApiVersionParameter', 'The api-version query parameter (?api-version=) is required for all requests.')
  if (!/^\d{4}-\d{2}-\d{2}(-\w+)?$/.test(version))
    throw refuse(400, 'InvalidApiVersionParameter', `The api-version '${version}' is invalid. It is a date, such as '2022-04-01'.`)
}

function decode(pathname: string): string {
  try {
    return decodeURIComponent(pathname)
      .replace(/\/{2,}/g, '/')
      .replace(/\/$/, '')
  } catch {
    throw refuse(400, 'BadRequest', 'The request path is not a well-formed URL.')
  }
}

function throttle(buckets: Buckets, method: string, path: string, claims: Claims): Record<string, string> {
  const [, subscription = 'tenant'] = /^\/subscriptions\/([^/]+)/i.exec(path) ?? []
  const [kind, burst, refill] =
    method === 'GET' || method === 'HEAD'
      ? (['reads', 250, 25] as const)
      : method === 'DELETE'
        ? (['deletes', 200, 10] as const)
        : (['writes', 200, 10] as const)
  const taken = buckets.take(`${subscription.toLowerCase()}/${claims.oid}/${kind}`, burst, refill)
  if ('wait' in taken)
    throw refuse(
      429,
      'SubscriptionRequestsThrottled',
      `Number of '${kind.slice(0, -1)}' requests for subscription '${subscription}' actor '${claims.oid}' exceeded. Please try again after '${taken.wait}' seconds. Please refer to https://aka.ms/arm-throttling for more information.`,
      {},
      { 'retry-after': String(taken.wait) },
    )
  return { [`x-ms-ratelimit-remaining-subscription-${kind}`]: String(taken.left) }
}

function checkGroup(world: World, method: string, path: string, group: string): void {
  const found = findGroup(world, group)
  const isItself = sameId(group, path)
  const name = group.split('/').at(-1) ?? ''
  if (!found && !(isItself && method === 'PUT')) throw groupNotFound(name)
  if (found?.deleting && method !== 'GET' && method !== 'HEAD')
    throw refuse(
      409,
      'ResourceGroupBeingDeleted',
      `The resource group '${name}' is in deprovisioning state and cannot perform this operation.`,
    )
  // Writes and deletes are blocked while something moves: https://learn.microsoft.com/rest/api/resources/resources/move-resources
  const isRead = method === 'GET' || method === 'HEAD' || (method === 'POST' && /\/list\w*$/i.test(path))
  if (found?.moving && !isRead)
    throw refuse(409, 'ResourcesBeingMoved', `The resource group '${name}' is being updated and cannot perform this operation.`)
}

function notSimulated(method: string, path: string): ArmError {
  return refuse(501, 'NotSimulated', `The simulated Azure Resource Manager has no ${method} for '${path}'.`)
}

function bodyOf(request: CloudRequest): Body {
  if (request.body.length === 0) return {}
  try {
    return objectOf(JSON.parse(request.body.toString()))
  } catch {
    throw refuse(400, 'InvalidRequestContent', 'The request content was invalid and could not be deserialized.')
  }
}

function authorise(world: World, { route }: Routed, call: Call): void {
  if (route.action === 'none') return
  const { action, scope } = permissionOf(call.method, call.path)
  const wanted = route.action ?? action
  const answer = decide(world, { principalId: call.claims.oid, action: wanted, scope, ...route.attributes?.(call) })
  if (answer !== 'allowed') throw authorizationFailed(call.claims, wanted, scope, answer === 'condition')
  const by = deniedBy(world, call.claims.oid, wanted, scope)
  if (by) throw denied(call.claims, wanted, scope, by)
}
