// Policies: who may be connected to what, managed through HTTP. A changed policy concerns every connection, so each of them runs again: at once if
// there are few, spread over time if there are many.
import { app, type HttpRequest, type HttpResponseInit, type InvocationContext } from '@azure/functions'
import * as z from 'zod'
import { mapConcurrent } from '../contract/map-concurrent.ts'
import { isPublicRange } from '../model/egress.ts'
import type { Loop } from '../model/loop.ts'
import { type Allow, allowSchema, type Policy, warningsOf } from '../model/policy.ts'
import { sanitize } from '../model/validation-issue.ts'
import { say } from '../telemetry/log.ts'
import { answering, empty, invalidInput, json, notFound, Refusal } from './answers.ts'
import { readJson } from './body.ts'
import { callerOf, readers } from './callers.ts'
import type { HandlerContext, HandlerContextOf, Hub } from './handler-context.ts'
import { hubInputs } from './hub.ts'
import { touchAndWake } from './touch.ts'

export function registerPolicies(services: HandlerContextOf): void {
  const options = { authLevel: 'anonymous', extraInputs: hubInputs, handler: policies(services) } as const
  app.http('policies', { ...options, route: 'policies', methods: ['GET'] })
  app.http('policy', { ...options, route: 'policies/{name}', methods: ['GET', 'PUT', 'DELETE'] })
}

export const policies = (servicesOf: HandlerContextOf) =>
  answering(async (request: HttpRequest, context: InvocationContext): Promise<HttpResponseInit> => {
    const services = servicesOf()
    const caller = callerOf(request, services, request.method === 'GET' ? readers : ['Policies.Write'])
    const [, , segment, ...more] = new URL(request.url).pathname.split('/')
    if (more.length > 0) throw notFound('There is nothing here. Policies are at /policies/<name>.')
    if (!segment) {
      if (request.method !== 'GET')
        throw new Refusal(405, { code: 'MethodNotAllowed', message: 'A policy has a name: /policies/<name>.' }, { allow: 'GET' })
      return json(200, { value: (await services.store.policies()).map(toResponse) })
    }
    const name = nameIn(segment)
    if (request.method === 'GET') return await get(services, name)
    say(context, 'log', { event: 'request', method: request.method, policy: name, by: caller.objectId })
    if (request.method === 'PUT') return await put(request, context, services, name)
    if (request.method === 'DELETE') return await remove(context, services, name)
    throw new Refusal(405, { code: 'MethodNotAllowed', message: `${request.method} is not supported here.` }, { allow: 'GET, PUT, DELETE' })
  })

async function get({ store }: HandlerContext, name: string): Promise<HttpResponseInit> {
  const policy = await store.policy(name)
  if (!policy) throw notFound(`There is no policy '${name}'.`)
  return json(200, toResponse(policy))
}

async function put(request: HttpRequest, context: InvocationContext, services: HandlerContext, name: string): Promise<HttpResponseInit> {
  const policy: Policy = { name, allow: allowIn(await readJson(request)) }
  const written = await services.store.putPolicy(policy)
  // Even if nothing changed: if the touches of the first attempt were cut short, another PUT completes them.
  await reconcileAll(services, services.hub(context), context)
  return json(written === 'created' ? 201 : 200, toResponse(policy))
}

/** `warnings`: what its author should reconsider; not part of what is stored. */
function toResponse(policy: Policy): object {
  const warnings = warningsOf(policy.allow)
  return warnings.length > 0 ? { ...policy, warnings } : policy
}

/** Emptied first: a connection that reads between the two writes finds either the whole policy or nothing allowed. */
async function remove(context: InvocationContext, services: HandlerContext, name: string): Promise<HttpResponseInit> {
  const policy = await services.store.policy(name)
  if (!policy) return empty(204)
  await services.store.putPolicy({ name, allow: { clusters: [], targets: [], namespaces: [], auth: [] } })
  await reconcileAll(services, services.hub(context), context)
  await services.store.deletePolicy(name)
  return empty(200)
}

/** This many are woken at once; the others become due later, this many each second, and the heartbeat wakes them. */
const atOnce = 50
const perSecond = 20

async function reconcileAll(services: HandlerContext, hub: Hub, context: InvocationContext): Promise<void> {
  let count = 0
  const wakeOne = async (loop: Loop): Promise<void> => {
    const place = count++
    if (place < atOnce) await touchAndWake(loop, 'wake', { store: services.store, hub, context })
    else await services.store.touch(loop, 'wake', { at: services.now() + Math.ceil((place - atOnce) / perSecond) * 1000 })
  }
  // Shared loops write nothing for members that are not allowed now.
  for (const kind of ['connection', 'cluster', 'target', 'identity'] as const)
    await mapConcurrent(services.store.loops(kind), 16, (row) => wakeOne(row.loop))
}

const names = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/

function nameIn(segment: string): string {
  const name = segment.toLowerCase()
  if (!names.test(name))
    throw new Refusal(400, {
      code: 'InvalidResourceName',
      message: `'${sanitize(segment)}' is not a valid name of a policy. Write 1 to 63 of a-z, 0-9 and -, with a letter or digit at both ends.`,
    })
  return name
}

/** A policy can be PUT again as it was read. */
export const policySchema = z.strictObject({ name: z.string().optional(), allow: allowSchema, warnings: z.array(z.string()).optional() })
/** A pattern with another number of parts would never match anything. */
const places = ['clusters', 'targets', 'identities'] as const
const words = ['namespaces', 'auth', 'roles'] as const

function allowIn(body: unknown): Allow {
  const parsed = policySchema.safeParse(body)
  if (!parsed.success)
    throw invalidInput(
      parsed.error.issues.slice(0, 20).map((issue) => ({
        field: sanitize(issue.path.join('.')) || 'body',
        message: sanitize(issue.message),
        hint: 'as docs/policies.md shows it',
      })),
    )
  const { allow } = parsed.data
  const bad = [
    ...places.flatMap((field) =>
      (allow[field] ?? [])
        .filter((pattern) => !/^[^/]+\/[^/]+\/[^/]+$/.test(pattern))
        .map((pattern) => ({
          field,
          pattern,
          hint: 'subscription/group/name, with * where anything will do: 5f0c3f3e-0000-4000-8000-000000000001/shop-*/*',
        })),
    ),
    ...words.flatMap((field) =>
      (allow[field] ?? [])
        .filter((pattern) => pattern.includes('/'))
        .map((pattern) => ({ field, pattern, hint: 'a name without slashes, with * where anything will do' })),
    ),
  ]
  const addresses = (allow.egress ?? []).filter((ip) => !isPublicRange(ip))
  if (bad.length + addresses.length > 0)
    throw invalidInput([
      ...bad.map(({ field, pattern, hint }) => ({
        field: `allow.${field}`,
        message: `the pattern '${sanitize(pattern)}' can match nothing`,
        hint,
      })),
      ...addresses.map((ip) => ({
        field: 'allow.egress',
        message: `'${sanitize(ip)}' is neither a public IPv4 address nor a range of at most a /16`,
        hint: 'addresses like 203.0.113.7 or ranges like 203.0.113.0/28',
      })),
    ])
  return allow
}
